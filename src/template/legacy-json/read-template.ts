// The root of a JSON template: which parts there are and which words the format itself takes.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import { problemList } from "../problem-list.ts";
import { describeRaw, type RawEntry, type RawMap, type RawString, type RawValue, showPlain } from "../raw-value.ts";
import type { LegacyBuilder, LegacyTemplate, LegacyVariable } from "./legacy-template.ts";
import { type Findings, readPostProcessors, readProvisioner, readType } from "./read-parts.ts";
import { isYaml } from "./var-files.ts";

const ROOT_KEYS = [
  "builders",
  "provisioners",
  "post-processors",
  "error-cleanup-provisioner",
  "variables",
  "sensitive-variables",
  "min_packer_version",
  "description",
] as const;
/** Accepted because Packer still accepts them; `push` has had no effect since Packer 1.3. */
const SILENT_KEYS = ["push", "comments"];

export interface ReadTemplate {
  readonly template: LegacyTemplate;
  /** What is wrong with its form. */
  readonly diagnostics: readonly Diagnostic[];
  /** What is wrong with its names, which `inspect` and `-syntax-only` do not ask for. */
  readonly checks: readonly Diagnostic[];
  /** Whether there is anything in its list of builders, readable or not. */
  readonly namesBuilders: boolean;
  /** The names of all variables, also of those with a mistake in their default. */
  readonly declaredVariables: readonly string[];
}

/** Finds the parts of a template. What could not be read is left out and reported. */
export function readTemplate(file: TextFile, root: RawValue): ReadTemplate {
  const problems: Findings = { ...problemList(), checks: problemList() };
  const entries = rootEntries(file, root, problems);
  const get = (key: string): RawValue | undefined => entries.get(key)?.value;
  const builders = readBuilders(get("builders"), problems);
  // Also those with a mistake: who names them makes no second one.
  const names = [...builders.map((builder) => builder.rawName), ...listItems(get("builders")).flatMap(listNames)];
  const description = get("description");
  const minVersion = get("min_packer_version");
  const cleanup = get("error-cleanup-provisioner");
  const isCleanup = cleanup !== undefined && cleanup.is !== "null";
  const cleanupProvisioner = isCleanup
    ? readProvisioner(cleanup, "error-cleanup-provisioner", names, problems)
    : undefined;
  const template: LegacyTemplate = {
    file,
    description: description?.is === "string" ? description.text : undefined,
    minVersion: minVersion?.is === "string" ? minVersion : undefined,
    variables: readVariables(get("variables"), problems),
    sensitiveVariables: readNames(get("sensitive-variables"), "sensitive-variables", problems),
    builders,
    provisioners: readList(get("provisioners"), "provisioners", problems).flatMap(
      (item, i) => readProvisioner(item, `provisioner ${i + 1}`, names, problems) ?? [],
    ),
    errorCleanupProvisioner: cleanupProvisioner,
    postProcessors: readPostProcessors(readList(get("post-processors"), "post-processors", problems), names, problems),
  };
  for (const [key, value] of [
    ["description", description],
    ["min_packer_version", minVersion],
  ] as const) {
    if (value !== undefined && value.is !== "string" && !(key === "description" && value.is === "null")) {
      problems.error("template/wrong-type", value.range(), `"${key}" must be a string, but is ${describeRaw(value)}`);
    }
  }
  return {
    template,
    diagnostics: problems.all,
    checks: problems.checks.all,
    namesBuilders: listItems(get("builders")).length > 0,
    declaredVariables: listKeys(get("variables")),
  };
}

function rootEntries(file: TextFile, root: RawValue, problems: Findings): ReadonlyMap<string, RawEntry> {
  const found = new Map<string, RawEntry>();
  if (root.is !== "map") {
    problems.error("template/wrong-type", root.range(), `A template is an object, but this is ${describeRaw(root)}`, {
      hint: isYaml(file.filename)
        ? "begin with the line builders: and list them below it"
        : 'Begin with { "builders": [ … ] }.',
    });
    return found;
  }
  for (const entry of root.entries) {
    const key = entry.key;
    if (key.startsWith("_")) {
      // In YAML they are also where anchors can stand.
      if (!isYaml(file.filename)) {
        checkComment(entry, problems);
      }
    } else {
      // As Packer: the decoder does not mind upper and lower case in root keys.
      const known = [...ROOT_KEYS, ...SILENT_KEYS].find((name) => name === key.toLowerCase());
      if (known === undefined) {
        reportUnknownRootKey(entry, found, problems);
      } else {
        found.set(known, entry);
      }
    }
  }
  return found;
}

function checkComment(entry: RawEntry, problems: Findings): void {
  if (entry.value.is === "string") {
    return;
  }
  problems.error(
    "template/comment",
    entry.value.range(),
    `Failed to cast root level comment value in comment "${entry.key}" to string.`,
    {
      hint: "Root keys that begin with an underscore are comments, and their value must be a string.",
    },
  );
}

/** What was meant stands in, so that one run tells the other mistakes as well. Nothing is built of it. */
function reportUnknownRootKey(entry: RawEntry, found: Map<string, RawEntry>, problems: Findings): void {
  const meant = didYouMean(entry.key, ROOT_KEYS);
  if (meant !== undefined && !found.has(meant)) {
    found.set(meant, entry);
  }
  const hint = meant
    ? `did you mean "${meant}"?`
    : `The root keys are ${ROOT_KEYS.join(", ")}; comments begin with an underscore.`;
  problems.error("template/unknown-root-key", entry.keyRange(), `Unknown root level key in template: '${entry.key}'`, {
    hint,
  });
}

/** The items of a list; what stands in place of one counts as what it should hold. */
function listKeys(value: RawValue | undefined): readonly string[] {
  return value?.is === "map" ? value.entries.map(({ key }) => key) : [];
}

function listItems(value: RawValue | undefined): readonly RawValue[] {
  if (value === undefined || value.is === "null") {
    return [];
  }
  return value.is === "list" ? value.items : [value];
}

function listNames(builder: RawValue): string[] {
  const entries = builder.is === "map" ? builder.entries : [];
  return entries.flatMap(({ key, value }) =>
    (key === "name" || key === "type") && value.is === "string" ? value.text : [],
  );
}

/** The items of a list. */
export function readList(value: RawValue | undefined, what: string, problems: Findings): readonly RawValue[] {
  if (value === undefined || value.is === "null") {
    return [];
  }
  if (value.is === "list") {
    return value.items;
  }
  problems.error("template/wrong-type", value.range(), `"${what}" must be a list, but is ${describeRaw(value)}`, {
    hint: value.is === "map" ? `Put it in brackets: "${what}": [ … ].` : undefined,
  });
  return [];
}

function readBuilders(value: RawValue | undefined, problems: Findings): LegacyBuilder[] {
  const byName = new Map<string, LegacyBuilder>();
  readList(value, "builders", problems).forEach((item, index) => {
    const label = `builder ${index + 1}`;
    if (item.is !== "map") {
      problems.error(
        "template/wrong-type",
        item.range(),
        `${label}: an object is expected, but this is ${describeRaw(item)}`,
      );
      return;
    }
    const builder = readBuilder(item, label, problems);
    if (builder === undefined) {
      return;
    }
    if (byName.has(builder.rawName)) {
      problems.error(
        "template/duplicate-builder",
        builder.name.range(),
        `${label}: builder with name '${builder.rawName}' already exists`,
        { hint: 'Give one of them a "name" of its own.' },
      );
    } else {
      byName.set(builder.rawName, builder);
    }
  });
  return [...byName.values()];
}

function readBuilder(item: RawMap, label: string, problems: Findings): LegacyBuilder | undefined {
  const type = readType(item, `${label}: missing 'type'`, problems);
  const name = item.entries.find((entry) => entry.key === "name")?.value;
  const named = readName(name, label, problems);
  if (type === undefined) {
    return undefined;
  }
  const body: RawMap = {
    is: "map",
    range: () => item.range(),
    entries: item.entries.filter(({ key }) => key !== "type" && key !== "name"),
  };
  return { type: type.text, typeRange: type.range(), rawName: (named ?? type).text, name: named ?? type, body };
}

/** As Packer's decoder: a number or a flag counts as its text, null and an empty text as no name. */
function readName(value: RawValue | undefined, label: string, problems: Findings): RawString | undefined {
  switch (value?.is) {
    case "string":
      return value.text === "" ? undefined : value;
    case "number":
      return { is: "string", range: () => value.range(), text: showPlain(value) };
    case "bool":
      return { is: "string", range: () => value.range(), text: value.written ?? (value.value ? "1" : "0") };
    case "list":
    case "map":
      problems.error(
        "template/wrong-type",
        value.range(),
        `${label}: "name" must be a string, but is ${describeRaw(value)}`,
      );
  }
  return undefined;
}

function readVariables(value: RawValue | undefined, problems: Findings): ReadonlyMap<string, LegacyVariable> {
  const variables = new Map<string, LegacyVariable>();
  if (value === undefined || value.is === "null") {
    return variables;
  }
  if (value.is !== "map") {
    problems.error("template/wrong-type", value.range(), `"variables" must be an object, but is ${describeRaw(value)}`);
    return variables;
  }
  for (const entry of value.entries) {
    const range = entry.keyRange();
    if (entry.value.is === "string") {
      variables.set(entry.key, { name: entry.key, range, value: entry.value });
    } else if (entry.value.is === "null") {
      variables.set(entry.key, { name: entry.key, range });
    } else {
      problems.error(
        "template/wrong-type",
        entry.value.range(),
        `variable ${entry.key}: its default must be a string or null, but is ${describeRaw(entry.value)}`,
        {
          hint:
            entry.value.is === "number" || entry.value.is === "bool"
              ? `Put it in double quotes: "${showPlain(entry.value)}".`
              : undefined,
        },
      );
    }
  }
  return variables;
}

function readNames(value: RawValue | undefined, what: string, problems: Findings): readonly string[] {
  return readList(value, what, problems).flatMap((item) => {
    if (item.is === "string") {
      return item.text;
    }
    problems.error(
      "template/wrong-type",
      item.range(),
      `"${what}" is a list of names, but this is ${describeRaw(item)}`,
    );
    return [];
  });
}

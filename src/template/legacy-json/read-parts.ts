// Provisioners and post-processors of a JSON template, with the words that every one of them may use.
import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import { parseDuration } from "../../sdk/duration.ts";
import { partWords } from "../part-words.ts";
import type { ProblemList } from "../problem-list.ts";
import { describeRaw, type RawEntry, type RawMap, type RawString, type RawValue } from "../raw-value.ts";
import type { LegacyPostProcessor, LegacyProvisioner, LegacySelection } from "./legacy-template.ts";
import { isYaml } from "./var-files.ts";

/** Mistakes in the form of a template, and `checks`: those that a reading for `inspect` or `-syntax-only` does not ask for. */
export interface Findings extends ProblemList {
  readonly checks: ProblemList;
}

/** The type of a part, or a report that it is missing. */
export function readType(item: RawMap, missing: string, problems: Findings): RawString | undefined {
  const entry = item.entries.find(({ key }) => key === "type");
  if (entry?.value.is === "string" && entry.value.text !== "") {
    return entry.value;
  }
  if (entry === undefined || entry.value.is === "null" || entry.value.is === "string") {
    const at = entry?.value.range() ?? takeStart(item.range());
    problems.error("template/missing-type", at, missing, { hint: hintType(entry?.value, at?.filename ?? "") });
  } else {
    problems.error(
      "template/wrong-type",
      entry.value.range(),
      `"type" must be a string, but is ${describeRaw(entry.value)}`,
    );
  }
  return undefined;
}

function hintType(value: RawValue | undefined, filename: string): string {
  if (value?.is === "null") {
    return 'null without quotes is no text; for the null builder write "null".';
  }
  return isYaml(filename) ? "Name the component: type: …" : 'Name the component: "type": "…".';
}

/** The first character of a block: pointing at all of it would mark pages. */
function takeStart(range: SourceRange | undefined): SourceRange | undefined {
  if (range === undefined) {
    return undefined;
  }
  const { start } = range;
  return { ...range, end: { line: start.line, column: start.column + 1, offset: start.offset + 1 } };
}

/** Splits a block into the words of the format and the body that belongs to the component. */
function splitWords(
  item: RawMap,
  words: readonly string[],
): { word(name: string): RawValue | undefined; body: RawMap } {
  const taken = new Map<string, RawEntry>();
  const rest: RawEntry[] = [];
  for (const entry of item.entries) {
    if (words.includes(entry.key)) {
      taken.set(entry.key, entry);
    } else {
      rest.push(entry);
    }
  }
  return { word: (name) => taken.get(name)?.value, body: { is: "map", range: () => item.range(), entries: rest } };
}

/** One provisioner; `label` says which, for messages. */
export function readProvisioner(
  item: RawValue,
  label: string,
  builders: readonly string[],
  problems: Findings,
): LegacyProvisioner | undefined {
  if (item.is !== "map") {
    problems.error(
      "template/wrong-type",
      item.range(),
      `${label}: an object is expected, but this is ${describeRaw(item)}`,
    );
    return undefined;
  }
  const type = readType(item, `${label}: Provisioner missing 'type'`, problems);
  const { word, body } = splitWords(item, ["type", ...partWords.provisioner]);
  const selection = readSelection(word, label, builders, problems);
  const maxRetries = word("max_retries");
  const part = {
    ...selection,
    override: readOverride(word("override"), label, builders, problems),
    pauseBefore: readDuration(word("pause_before"), "pause_before", label, problems),
    timeout: readDuration(word("timeout"), "timeout", label, problems),
    maxRetries,
  };
  return type && { type: type.text, typeRange: type.range(), body, ...part };
}

function readDuration(value: RawValue | undefined, key: string, label: string, problems: Findings): number {
  if (value === undefined || value.is === "null") {
    return 0;
  }
  // As Packer: a bare number counts nanoseconds.
  if (value.is === "number") {
    return Number(value.text) / 1e6;
  }
  if (value.is !== "string") {
    problems.error(
      "template/wrong-type",
      value.range(),
      `${label}: "${key}" must be a duration, but is ${describeRaw(value)}`,
      {
        hint: 'Write it as "30s" or "1m30s".',
      },
    );
    return 0;
  }
  const parsed = parseDuration(value.text);
  if (typeof parsed === "number") {
    return parsed;
  }
  problems.error("option/duration", value.range(), `${label}: error decoding '${key}': ${parsed.error}`, {
    hint: 'Write a number with its unit, such as "30s", "5m" or "1h30m".',
  });
  return 0;
}

function readSelection(
  word: (name: string) => RawValue | undefined,
  label: string,
  builders: readonly string[],
  problems: Findings,
): LegacySelection {
  const only = readBuildNames(word("only"), "only", { label, builders, problems });
  const except = readBuildNames(word("except"), "except", { label, builders, problems });
  if (only !== undefined && except !== undefined && only.length > 0 && except.length > 0) {
    problems.checks.error(
      "template/only-and-except",
      word("except")?.range(),
      `${label}: only one of 'only' or 'except' may be specified`,
    );
  }
  return { only, except };
}

/** Where names of builders stand: the part for people, and the names there are. */
interface NamesPlace {
  readonly label: string;
  readonly builders: readonly string[];
  readonly problems: Findings;
}

function readBuildNames(value: RawValue | undefined, key: string, place: NamesPlace): readonly RawString[] | undefined {
  if (value === undefined || value.is === "null") {
    return undefined;
  }
  const { label, builders, problems } = place;
  const items = value.is === "list" ? value.items : [value];
  return items.flatMap((item) => {
    if (item.is !== "string") {
      problems.error(
        "template/wrong-type",
        item.range(),
        `${label}: '${key}' is a list of build names, but this is ${describeRaw(item)}`,
      );
      return [];
    }
    const { text } = item;
    if (!builders.includes(text)) {
      reportUnknownBuilder(text, `'${key}' specified builder '${text}' not found`, item.range(), place);
    }
    return item;
  });
}

function reportUnknownBuilder(
  name: string,
  what: string,
  at: SourceRange | undefined,
  { label, builders, problems }: NamesPlace,
): void {
  const meant = didYouMean(name, builders);
  const all = builders.length > 0 ? `The builders are named ${builders.join(", ")}.` : undefined;
  const hint = meant ? `did you mean "${meant}"?` : all;
  problems.checks.error("template/unknown-build", at, `${label}: ${what}`, hint === undefined ? {} : { hint });
}

function readOverride(
  value: RawValue | undefined,
  label: string,
  builders: readonly string[],
  problems: Findings,
): LegacyProvisioner["override"] {
  const found = new Map<string, { range: SourceRange | undefined; body: RawMap }>();
  const isEmpty = value?.is === "list" && value.items.length === 0;
  if (value === undefined || value.is === "null" || isEmpty) {
    return found;
  }
  if (value.is !== "map") {
    problems.error(
      "template/wrong-type",
      value.range(),
      `${label}: "override" must be an object of build names, but is ${describeRaw(value)}`,
    );
    return found;
  }
  for (const entry of value.entries) {
    const range = entry.keyRange();
    if (!builders.includes(entry.key)) {
      reportUnknownBuilder(entry.key, `override '${entry.key}' doesn't exist`, range, { label, builders, problems });
    }
    if (entry.value.is === "map") {
      found.set(entry.key, { range, body: entry.value });
    } else if (entry.value.is !== "null") {
      problems.error(
        "template/wrong-type",
        entry.value.range(),
        `${label}: the override for '${entry.key}' must be an object, but is ${describeRaw(entry.value)}`,
      );
    }
  }
  return found;
}

/** All sequences. A bare name or object is a sequence of one. */
export function readPostProcessors(
  items: readonly RawValue[],
  builders: readonly string[],
  problems: Findings,
): LegacyPostProcessor[][] {
  return items.map((item, i) => {
    if (item.is !== "list") {
      if (item.is === "string" || item.is === "map") {
        return readStep(item, `${i + 1}.1`, builders, problems);
      }
      problems.error("template/wrong-type", item.range(), `post-processor ${i + 1}: bad format`, {
        hint: "Write a name, an object, or a list of these.",
      });
      return [];
    }
    return item.items.flatMap((step, j) => readStep(step, `${i + 1}.${j + 1}`, builders, problems));
  });
}

function readStep(
  item: RawValue,
  number: string,
  builders: readonly string[],
  problems: Findings,
): LegacyPostProcessor[] {
  const label = `post-processor ${number}`;
  if (item.is === "string") {
    return [
      {
        type: item.text,
        name: item.text,
        typeRange: item.range(),
        body: { is: "map", range: () => item.range(), entries: [] },
      },
    ];
  }
  if (item.is !== "map") {
    const nested = item.is === "list";
    problems.error(
      "template/wrong-type",
      item.range(),
      nested ? `${label}: sequence not allowed to be nested in a sequence` : `${label}: unknown format`,
    );
    return [];
  }
  return readFullStep(item, label, builders, problems);
}

function readFullStep(
  item: RawMap,
  label: string,
  builders: readonly string[],
  problems: Findings,
): LegacyPostProcessor[] {
  const type = readType(item, `${label}: type is required`, problems);
  const { word, body } = splitWords(item, ["type", "name", ...partWords["post-processor"]]);
  const keep = word("keep_input_artifact");
  if (keep !== undefined && keep.is !== "bool" && keep.is !== "null") {
    problems.error(
      "template/wrong-type",
      keep.range(),
      `${label}: "keep_input_artifact" must be true or false, but is ${describeRaw(keep)}`,
    );
  }
  const name = word("name");
  if (name !== undefined && name.is !== "string" && name.is !== "null") {
    problems.error(
      "template/wrong-type",
      name.range(),
      `${label}: "name" must be a string, but is ${describeRaw(name)}`,
    );
  }
  for (const key of ["only", "except"]) {
    const names = word(key);
    if (names?.is === "string") {
      problems.error(
        "template/wrong-type",
        names.range(),
        `${label}: "${key}" must be a list, but is ${describeRaw(names)}`,
        {
          hint: `Put it in brackets: ["${names.text}"].`,
        },
      );
    }
  }
  const selection = readSelection(word, label, builders, problems);
  if (type === undefined) {
    return [];
  }
  const named = name?.is === "string" && name.text !== "" ? name.text : type.text;
  return [
    {
      type: type.text,
      typeRange: type.range(),
      name: named,
      body,
      ...selection,
      keepInputArtifact: keep?.is === "bool" ? keep.value : undefined,
    },
  ];
}

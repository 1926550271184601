// The variables of a JSON template -> `variable` blocks, and locals for what a default of HCL2 may not hold.
import type { LegacyTemplate, LegacyVariable } from "../../template/legacy-json/legacy-template.ts";
import {
  isIdentifier,
  makeAttribute,
  makeBlock,
  quoteText,
  type WrittenBlock,
  type WrittenItem,
} from "./hcl-writer.ts";
import { type TextNames, type UpgradedText, upgradeText } from "./upgrade-text.ts";

/** Where the texts of a template find their variables. */
export interface UpgradedVariables {
  /** Names for the texts of components. */
  readonly names: TextNames;
  /** True once a text has asked for the name of its build. */
  usesBuildName(): boolean;
  /** The blocks for everything that was asked for, variables first. */
  blocks(): readonly WrittenBlock[];
}

interface Plain {
  readonly is: "variable";
  readonly text: UpgradedText | undefined;
}

interface Composed {
  readonly is: "local";
}

/** Decides for every variable what becomes of it. */
export function upgradeVariables(template: LegacyTemplate): UpgradedVariables {
  const sorted = [...template.variables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  const idOf = (name: string): string => {
    const known = ids.get(name);
    if (known !== undefined) {
      return known;
    }
    const id = findUnusedName(name, taken);
    ids.set(name, id);
    return id;
  };
  for (const { name } of sorted) {
    idOf(name);
  }
  const undeclared = new Map<string, { readonly required: boolean }>();
  const environment = new Map<string, string>();
  const forms = new Map(sorted.map((variable) => [variable.name, chooseForm(variable)] as const));
  const timestampId = findUnusedName(
    "timestamp",
    new Set([...forms].flatMap(([name, form]) => (form.is === "local" ? idOf(name) : []))),
  );
  let usesBuildName = false;

  const reference = (name: string, required: boolean): string => {
    const form = forms.get(name);
    if (form === undefined && undeclared.get(name)?.required !== true) {
      undeclared.set(name, { required });
    }
    return `${form?.is === "local" ? "local" : "var"}.${idOf(name)}`;
  };
  const outside = (required: boolean): TextNames => ({
    variable: (name) => reference(name, required),
    environment: (name) => {
      const id = environment.get(name) ?? findUnusedName(`env_${name}`, taken);
      environment.set(name, id);
      return `var.${id}`;
    },
    timestamp: () => `local.${timestampId}`,
    buildName: () => {
      usesBuildName = true;
      return "source.name";
    },
  });

  const blocks = (): readonly WrittenBlock[] => {
    const locals = sorted.filter(({ name }) => forms.get(name)?.is === "local");
    const secret = (name: string): boolean => template.sensitiveVariables.includes(name);
    const composed = locals.map((variable) => ({
      variable,
      expression: writeLocal(variable, idOf(variable.name), outside(true)),
    }));
    const declared = sorted.map((variable) =>
      writeVariable(idOf(variable.name), forms.get(variable.name), secret(variable.name)),
    );
    const extra = [
      ...[...environment].map(([name, id]) =>
        makeBlock(
          "variable",
          [id],
          [makeAttribute("type", "string"), makeAttribute("default", `env(${quoteText(name)})`)],
        ),
      ),
      ...[...undeclared].map(([name, { required }]) => declareUndeclared(idOf(name), required)),
    ];
    const open = composed.filter(({ variable }) => !secret(variable.name));
    return [
      ...declared,
      ...extra,
      {
        ...makeBlock("locals", [], [makeAttribute(timestampId, 'regex_replace(timestamp(), "[- TZ:]", "")')]),
        inline: true,
      },
      ...(open.length === 0
        ? []
        : [
            makeBlock(
              "locals",
              [],
              open.map(({ variable, expression: { text } }) => makeAttribute(idOf(variable.name), text)),
              composedNote,
            ),
          ]),
      ...composed
        .filter(({ variable }) => secret(variable.name))
        .map(({ variable, expression: { text } }) =>
          makeBlock(
            "local",
            [idOf(variable.name)],
            [makeAttribute("sensitive", "true"), makeAttribute("expression", text)],
          ),
        ),
    ];
  };
  return { names: outside(false), usesBuildName: () => usesBuildName, blocks };
}

const composedNote = [
  "Defaults that refer to other variables or call functions. A value that is given for the",
  "variable of the same name still wins.",
];

/** A default may call `env` and nothing else. */
function chooseForm({ value }: LegacyVariable): Plain | Composed {
  if (value === undefined) {
    return { is: "variable", text: undefined };
  }
  let composed = false;
  const needsLocal = (): string => {
    composed = true;
    return "";
  };
  const text = upgradeText(value.text, {
    variable: needsLocal,
    environment: (name) => `env(${quoteText(name)})`,
    timestamp: needsLocal,
    buildName: needsLocal,
  });
  // Whatever else is a call of HCL2 now.
  const calls = /(?<!\$)\$\{(?!env\()/.test(text.hcl);
  return composed || calls ? { is: "local" } : { is: "variable", text };
}

function writeVariable(id: string, form: Plain | Composed | undefined, secret: boolean): WrittenBlock {
  const items: WrittenItem[] = [makeAttribute("type", "string")];
  if (form?.is === "local") {
    items.push(makeAttribute("default", "null"));
  } else if (form?.text !== undefined) {
    items.push(makeAttribute("default", `"${form.text.hcl}"`));
  }
  if (secret) {
    items.push(makeAttribute("sensitive", "true"));
  }
  return makeBlock("variable", [id], items);
}

function declareUndeclared(id: string, required: boolean): WrittenBlock {
  const items = required ? [] : [makeAttribute("default", '""')];
  return makeBlock(
    "variable",
    [id],
    [makeAttribute("type", "string"), ...items],
    ["Used but not declared in the JSON template."],
  );
}

function writeLocal({ value }: LegacyVariable, id: string, names: TextNames): { readonly text: string } {
  const { hcl } = upgradeText(value?.text ?? "", names);
  return { text: `var.${id} == null ? "${hcl}" : var.${id}` };
}

/** A name that HCL2 allows and nobody has, near the one wanted. */
function findUnusedName(wanted: string, taken: Set<string>): string {
  const plain = isIdentifier(wanted)
    ? wanted
    : wanted.replace(/[^\p{ID_Continue}-]/gu, "_").replace(/^(?![\p{ID_Start}_])/u, "_");
  let name = plain;
  for (let i = 2; taken.has(name); i++) {
    name = `${plain}_${i}`;
  }
  taken.add(name);
  return name;
}

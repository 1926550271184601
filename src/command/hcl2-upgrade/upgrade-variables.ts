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
  const variables = new Variables(template);
  return {
    names: variables.makeNames(false),
    usesBuildName: () => variables.usesBuildName,
    blocks: () => variables.writeBlocks(),
  };
}

class Variables {
  readonly #template: LegacyTemplate;
  readonly #sorted: readonly LegacyVariable[];
  readonly #forms: ReadonlyMap<string, ReturnType<typeof chooseForm>>;
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #undeclared = new Map<string, { readonly required: boolean }>();
  readonly #environment = new Map<string, string>();
  readonly #timestampId: string;
  usesBuildName = false;

  constructor(template: LegacyTemplate) {
    this.#template = template;
    this.#sorted = [...template.variables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name } of this.#sorted) {
      this.#chooseId(name);
    }
    this.#forms = new Map(this.#sorted.map((variable) => [variable.name, chooseForm(variable)]));
    const locals = this.#locals.map(({ name }) => this.#chooseId(name));
    this.#timestampId = findUnusedName("timestamp", new Set(locals));
  }

  /** `required` where a variable that nothing declares must be given. */
  makeNames(required: boolean): TextNames {
    return {
      variable: (name) => this.#refer(name, required),
      environment: (name) => {
        const id = this.#environment.get(name) ?? findUnusedName(`env_${name}`, this.#taken);
        this.#environment.set(name, id);
        return `var.${id}`;
      },
      timestamp: () => `local.${this.#timestampId}`,
      buildName: () => {
        this.usesBuildName = true;
        return "source.name";
      },
    };
  }

  writeBlocks(): readonly WrittenBlock[] {
    // First, for it may ask for more variables.
    const composed = this.#locals.map((variable) => [variable.name, this.#writeLocal(variable)] as const);
    const declared = this.#sorted.map(({ name }) =>
      writeVariable(this.#chooseId(name), this.#forms.get(name), this.#isSecret(name)),
    );
    const open = composed.filter(([name]) => !this.#isSecret(name)).map(([, { id, text }]) => makeAttribute(id, text));
    const secret = composed.filter(([name]) => this.#isSecret(name)).map(([, local]) => writeSecretLocal(local));
    const timestamp = makeAttribute(this.#timestampId, 'regex_replace(timestamp(), "[- TZ:]", "")');
    return [
      ...declared,
      ...[...this.#environment].map(([name, id]) => writeEnvironment(name, id)),
      ...[...this.#undeclared].map(([name, { required }]) => declareUndeclared(this.#chooseId(name), required)),
      { ...makeBlock("locals", [], [timestamp]), inline: true },
      ...(open.length === 0 ? [] : [makeBlock("locals", [], open, composedNote)]),
      ...secret,
    ];
  }

  get #locals(): readonly LegacyVariable[] {
    return this.#sorted.filter(({ name }) => this.#forms.get(name)?.is === "local");
  }

  #isSecret(name: string): boolean {
    return this.#template.sensitiveVariables.includes(name);
  }

  #chooseId(name: string): string {
    const id = this.#ids.get(name) ?? findUnusedName(name, this.#taken);
    this.#ids.set(name, id);
    return id;
  }

  #refer(name: string, required: boolean): string {
    const form = this.#forms.get(name);
    if (form === undefined && this.#undeclared.get(name)?.required !== true) {
      this.#undeclared.set(name, { required });
    }
    return `${form?.is === "local" ? "local" : "var"}.${this.#chooseId(name)}`;
  }

  #writeLocal(variable: LegacyVariable): LocalText {
    const id = this.#chooseId(variable.name);
    return { id, text: writeLocal(variable, id, this.makeNames(true)).text };
  }
}

interface LocalText {
  readonly id: string;
  /** An expression. */
  readonly text: string;
}

function writeSecretLocal({ id, text }: LocalText): WrittenBlock {
  return makeBlock("local", [id], [makeAttribute("sensitive", "true"), makeAttribute("expression", text)]);
}

function writeEnvironment(name: string, id: string): WrittenBlock {
  const byDefault = makeAttribute("default", `env(${quoteText(name)})`);
  return makeBlock("variable", [id], [makeAttribute("type", "string"), byDefault]);
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

// An option schema and the body of a block -> the finished configuration, and where each value came from.
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Option, OptionSchema } from "../sdk/option.ts";
import { type Conversion, convertValue, UNKNOWN_TEXT, UNSET } from "./convert-value.ts";
import { hideRaw } from "./given-secrets.ts";
import { type ProblemList, problemList } from "./problem-list.ts";
import { type RawEntry, type RawMap, type RawValue, toRaw } from "./raw-value.ts";
import { findRewrite, type Rewrite } from "./removed-options.ts";

export interface DecodeRequest {
  readonly schema: OptionSchema;
  /** Further words that could be meant by one that is misspelt. */
  readonly words?: readonly string[] | undefined;
  readonly body: RawMap;
  /** As Packer's decoder of JSON, upper and lower case do not matter. */
  readonly anyCase?: boolean | undefined;
  /** For people: `provisioner "shell"`. */
  readonly label: string;
  /** What to point at for something that is missing. */
  readonly range: SourceRange | undefined;
  /** Renders the templates inside an option's value; late ones are only checked. `pending` tells that only the run knows the value. */
  render?(
    value: RawValue,
    option: Option,
    problems: ProblemList,
  ): { readonly value: RawValue; readonly pending: boolean };
  /** Called with every sensitive value before anything else can see it. */
  hide?(secret: string, origin: { readonly name: string; readonly isGuess: boolean }): void;
}

export interface Decoded {
  readonly config: Readonly<Record<string, unknown>>;
  /** What was written, with its templates rendered. */
  readonly values: ReadonlyMap<string, RawValue>;
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the options that the user wrote. */
  readonly set: ReadonlySet<string>;
  /** Names of the required options that are not there, which is reported already. */
  readonly missing: ReadonlySet<string>;
  /** Names of the options whose value is only known during the run. */
  readonly pending: ReadonlySet<string>;
  /** The place of an option's value, or of the nearest thing that was written. */
  rangeOf(path: string): SourceRange | undefined;
}

/** Decodes a body. Never throws for a mistake in it; after errors the configuration must not be used. */
export function decodeOptions(request: DecodeRequest): Decoded {
  const problems = problemList(request.label);
  const pending = new Set<string>();
  const absent = new Set<string>();
  const { written, meant } = collectEntries(request, problems);
  const values = new Map<string, RawValue>();
  for (const [name, entry] of written) {
    const option = request.schema[name] as Option;
    const rendered = request.render?.(entry.value, option, problems) ?? {
      value: entry.value,
      pending: false,
    };
    if (rendered.pending || hasUnknown(rendered.value)) {
      pending.add(name);
    }
    // What a variable without a value left empty is not empty: nobody knows it.
    const isOpen = rendered.pending && isEmpty(rendered.value);
    values.set(name, isOpen ? { is: "unknown", range: () => entry.value.range() } : rendered.value);
  }
  // Nobody knows yet what they will be: nothing is to be said about their values, or that they are missing.
  for (const name of meant) {
    pending.add(name);
  }
  const config = new BodyDecoder(request, { problems, absent }).decode(values, "");
  checkConflicts(request, written, problems);
  return {
    config,
    values,
    diagnostics: problems.all,
    set: new Set([...written].filter(([, entry]) => entry.value.is !== "null").map(([name]) => name)),
    pending,
    missing: absent,
    rangeOf: (path) => rangeOfPath(path, written) ?? request.range,
  };
}

interface Entries {
  /** By the names of the schema. */
  readonly written: ReadonlyMap<string, RawEntry>;
  /** Options that an older one, which is no more, stood for. */
  readonly meant: readonly string[];
}

/**
 * What is written under the names of the schema; what it does not know is reported. A misspelt one stands for the
 * option that was meant, so that nobody says that this is missing.
 */
function collectEntries(request: DecodeRequest, problems: ProblemList): Entries {
  const found = new Map<string, RawEntry>();
  const misspelt = new Map<string, RawEntry>();
  const meant: string[] = [];
  const isOption = (name: string): boolean => Object.hasOwn(request.schema, name);
  for (const entry of request.body.entries) {
    const name = findName(request.schema, entry.key, request.anyCase === true);
    if (name !== undefined) {
      found.set(name, entry);
      continue;
    }
    if (isLeftAside(entry.key, request)) {
      continue;
    }
    const rewrite = findRewrite(entry.key, request.body, isOption);
    const near = reportUnknownOption(entry, rewrite, request, problems);
    if (rewrite?.instead !== undefined) {
      meant.push(rewrite.instead);
    } else if (near !== undefined && isOption(near)) {
      misspelt.set(near, entry);
    }
  }
  return { written: new Map([...misspelt, ...found]), meant };
}

/** The schema's spelling of a key. */
function findName(schema: OptionSchema, key: string, anyCase: boolean): string | undefined {
  const name = anyCase && !Object.hasOwn(schema, key) ? key.toLowerCase() : key;
  return Object.hasOwn(schema, name) ? name : undefined;
}

/** As Packer's decoder of JSON. */
function isLeftAside(key: string, { anyCase }: DecodeRequest): boolean {
  return anyCase === true && (key === "type" || key.startsWith("packer_"));
}

/** Reports it; gives the word that was meant, if that can be told. */
function reportUnknownOption(
  entry: RawEntry,
  rewrite: Rewrite | undefined,
  { schema, words = [], label }: DecodeRequest,
  problems: ProblemList,
): string | undefined {
  const meant = rewrite === undefined ? didYouMean(entry.key, [...Object.keys(schema), ...words]) : undefined;
  const capital = label.charAt(0).toUpperCase() + label.slice(1);
  problems.error("option/unknown", entry.keyRange(), "Unsupported option", {
    detail: `${capital} has no option "${entry.key}".`,
    hint: rewrite?.hint ?? (meant && `did you mean "${meant}"?`),
  });
  return meant;
}

function hasUnknown(value: RawValue): boolean {
  if (value.is === "unknown") {
    return true;
  }
  if (value.is === "list") {
    return value.items.some(hasUnknown);
  }
  return value.is === "map" && value.entries.some((entry) => hasUnknown(entry.value));
}

/** What decoding finds besides the values. */
interface Findings {
  readonly problems: ProblemList;
  /** Required options that are not there. */
  readonly absent: Set<string>;
}

/** Decodes one body, and the blocks inside it. */
class BodyDecoder {
  readonly #request: DecodeRequest;
  readonly #findings: Findings;
  readonly #conversion: Conversion;

  constructor(request: DecodeRequest, findings: Findings) {
    this.#request = request;
    this.#findings = findings;
    this.#conversion = {
      wrong: (at, where, summary, { code = "option/wrong-type", ...more } = {}) =>
        findings.problems.error(code, at, summary, { ...more, detail: more.detail ?? `In option "${where}".` }),
      block: (options, body, where) => this.#decodeNested(options, body, where),
    };
  }

  decode(values: ReadonlyMap<string, RawValue>, path: string): Record<string, unknown> {
    const config: Record<string, unknown> = {};
    for (const [name, option] of Object.entries(this.#request.schema)) {
      config[name] = this.#decodeOption(option, path === "" ? name : `${path}.${name}`, values.get(name));
    }
    return config;
  }

  #decodeOption(option: Option, path: string, value: RawValue | undefined): unknown {
    const given = new Set<string>();
    // Before it is read: a value of the wrong type is told together with it. What is still to be rendered is no secret yet.
    if (option.sensitive && value !== undefined) {
      hideRaw(value, (text) => text.includes("{{") || given.add(text));
    }
    for (const text of given) {
      this.#hide(text, path);
    }
    const converted = value === undefined ? UNSET : convertValue(value, option.type, path, this.#conversion);
    if (converted === UNSET) {
      // A value of the wrong type is there, so it is not missing too.
      if (option.required && (value === undefined || value.is === "null" || isEmpty(value))) {
        this.#reportMissing(path, option);
      }
      return readDefault(option, path, this.#conversion);
    }
    if (option.required && converted === "" && value?.is === "string") {
      this.#reportMissing(path, option);
    }
    this.#checkValue(option, converted, path, value);
    if (option.sensitive) {
      for (const text of textsIn(converted).filter((each) => !given.has(each))) {
        this.#hide(text, path);
      }
    }
    if (option.deprecated !== undefined) {
      this.#findings.problems.warning("option/deprecated", value?.range(), `"${path}" is deprecated`, {
        detail: option.deprecated,
      });
    }
    return converted;
  }

  #decodeNested(schema: OptionSchema, body: RawMap, path: string): Record<string, unknown> {
    const nested = {
      ...{ ...this.#request, schema, words: [], body },
      label: `block "${path}"`,
      range: body.range(),
    };
    const { written } = collectEntries(nested, this.#findings.problems);
    const values = new Map([...written].map(([name, entry]) => [name, entry.value]));
    return new BodyDecoder(nested, this.#findings).decode(values, path);
  }

  #reportMissing(path: string, option: Option): void {
    this.#findings.absent.add(path);
    const example = option.oneOf === undefined ? "" : ` One of ${option.oneOf.join(", ")}.`;
    this.#findings.problems.error("option/missing", this.#request.range, `Missing required option "${path}"`, {
      detail: `${option.description}${example}`,
    });
  }

  #hide(text: string, option: string): void {
    this.#request.hide?.(text, { name: `option "${option}"`, isGuess: true });
  }

  #checkValue(option: Option, value: unknown, path: string, raw: RawValue | undefined): void {
    const { problems } = this.#findings;
    const at = raw?.range();
    if (raw?.is === "unknown") {
      return;
    }
    const { oneOf, min, max } = option;
    if (oneOf !== undefined && value !== "") {
      for (const item of Array.isArray(value) ? value : [value]) {
        if (oneOf.includes(item as string) || (item === UNKNOWN_TEXT && raw !== undefined && hasUnknown(raw))) {
          continue;
        }
        const meant = didYouMean(String(item), oneOf.map(String));
        problems.error("option/value", at, `"${path}" is ${JSON.stringify(item)}, which is not allowed`, {
          detail: `The allowed values are ${oneOf.map((allowed) => JSON.stringify(allowed)).join(", ")}.`,
          hint: meant === undefined ? undefined : `did you mean "${meant}"?`,
        });
      }
    }
    if (typeof value !== "number") {
      return;
    }
    if (min !== undefined && value < min) {
      problems.error("option/value", at, `"${path}" is ${value}, but must be at least ${min}`);
    }
    if (max !== undefined && value > max) {
      problems.error("option/value", at, `"${path}" is ${value}, but must be at most ${max}`);
    }
  }
}

function isEmpty(value: RawValue): boolean {
  return value.is === "string" && value.text === "";
}

/** Converted defaults that nobody can change: every component of a template asks for the same ones. */
const plainDefaults = new WeakMap<Option, unknown>();

function readDefault(option: Option, path: string, conversion: Conversion): unknown {
  if (option.default === undefined) {
    return option.type.is === "block" && option.type.many ? [] : undefined;
  }
  if (typeof option.default === "object") {
    return convertDefault(option, path, conversion);
  }
  if (!plainDefaults.has(option)) {
    plainDefaults.set(option, convertDefault(option, path, conversion));
  }
  return plainDefaults.get(option);
}

function convertDefault(option: Option, path: string, conversion: Conversion): unknown {
  const converted = convertValue(toRaw(option.default), option.type, path, conversion);
  // An empty text stays what it is where a flag or number could be left unset.
  return converted === UNSET ? undefined : converted;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function checkConflicts(request: DecodeRequest, written: ReadonlyMap<string, RawEntry>, problems: ProblemList): void {
  const reported = new Set<string>();
  for (const [name, entry] of written) {
    if (isBlank(entry.value)) {
      continue;
    }
    for (const other of request.schema[name]?.conflicts ?? []) {
      const rival = written.get(other);
      if (rival === undefined || isBlank(rival.value) || reported.has(`${other} ${name}`)) {
        continue;
      }
      reported.add(`${name} ${other}`);
      problems.error("option/conflict", entry.keyRange(), `Only one of "${other}" and "${name}" can be set`, {
        hint: "Take one of the two away.",
      });
    }
  }
}

function isBlank(value: RawValue): boolean {
  return value.is === "null" || isEmpty(value) || (value.is === "list" && value.items.length === 0);
}

function rangeOfPath(path: string, written: ReadonlyMap<string, RawEntry>): SourceRange | undefined {
  const [first = "", ...rest] = path.split(/[.[\]]+/).filter((part) => part !== "");
  const entry = written.get(first);
  if (entry === undefined) {
    return undefined;
  }
  let value = entry.value;
  let range = value.is === "map" || value.is === "list" ? entry.keyRange() : value.range();
  for (const part of rest) {
    const next = findInside(value, part);
    if (next === undefined) {
      break;
    }
    value = next;
    range = value.range() ?? range;
  }
  return range;
}

function findInside(value: RawValue, part: string): RawValue | undefined {
  if (value.is === "list") {
    return value.items[Number(part)];
  }
  return value.is === "map" ? value.entries.find(({ key }) => key === part)?.value : undefined;
}

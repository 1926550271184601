// Reads the JSON template's shape written in YAML, with the same places and the same strictness about keys.
import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";
import type { Diagnostic, SourceRange } from "../../diagnostic/diagnostic.ts";
import { makeRange, type TextFile } from "../../diagnostic/text-file.ts";
import type { RawEntry, RawPlace, RawValue } from "../raw-value.ts";
import type { JsonResult } from "./json-reader.ts";

/** Reads one YAML 1.2 document. Import this file only when there is YAML to read: the library behind it is large. */
export function readYaml(file: TextFile): JsonResult {
  try {
    return readDocument(file);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) {
      throw thrown;
    }
    return { diagnostics: [tooDeep(makeRange(file, 0, 0))] };
  }
}

function tooDeep(subject: SourceRange): Diagnostic {
  return { code: "json/too-deep", severity: "error", summary: "Values are nested too deep", subject };
}

function readDocument(file: TextFile): JsonResult {
  const document = parseDocument(file.text, { uniqueKeys: false, prettyErrors: false, stringKeys: true });
  const diagnostics = [
    ...leaveOutFollowers(withRepeatedKeys(document)).map((error) => describeProblem(file, error)),
    ...document.warnings.map((warning) => ({ ...describeProblem(file, warning), severity: "warning" as const })),
  ];
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) {
    return { diagnostics };
  }
  const converter = new Converter(file);
  const value = converter.convert(document.contents)?.value;
  if (converter.problem !== undefined) {
    return { diagnostics: [...diagnostics, converter.problem] };
  }
  if (value === undefined) {
    diagnostics.push({
      code: "json/empty",
      severity: "error",
      summary: "The template is empty",
      subject: makeRange(file, 0, 0),
    });
  }
  return { value, diagnostics };
}

/** The library's own look at keys compares each with all before it, which thousands of them make slow. */
function withRepeatedKeys({ contents, errors }: ReturnType<typeof parseDocument>): readonly YamlProblem[] {
  const repeated: YamlProblem[] = [];
  const look = (node: unknown): void => {
    if (isSeq(node)) {
      node.items.forEach(look);
    }
    if (!isMap(node)) {
      return;
    }
    const names = new Set<unknown>();
    for (const { key, value } of node.items) {
      if (isScalar(key) && names.has(key.value)) {
        const start = key.range?.[0] ?? 0;
        repeated.push({ code: "DUPLICATE_KEY", message: "Map keys must be unique", pos: [start, start + 1] });
      }
      if (isScalar(key)) {
        names.add(key.value);
      }
      look(value);
    }
  };
  look(contents);
  return repeated.length === 0 ? errors : [...errors, ...repeated].sort((one, other) => one.pos[0] - other.pos[0]);
}

/** Values that aliases may repeat in one file: a few aliases of aliases are enough to fill any memory. */
const MAX_REPEATED = 100_000;

/** A value and how many values are in it. */
interface Converted {
  readonly value: RawValue;
  readonly size: number;
}

/** Turns what the library made of a text into values. What an alias stands for is converted once. */
class Converter {
  /** Why the conversion was given up. */
  problem: Diagnostic | undefined;
  readonly #file: TextFile;
  /** By their names, the anchors so far; `undefined` while what it names is still being converted. */
  readonly #anchors = new Map<string, Converted | undefined>();
  #repeated = 0;

  constructor(file: TextFile) {
    this.#file = file;
  }

  convert(node: unknown): Converted | undefined {
    if (this.problem !== undefined) {
      return undefined;
    }
    if (isAlias(node)) {
      return this.#repeat(node);
    }
    const anchor = isNode(node) && "anchor" in node ? node.anchor : undefined;
    if (anchor !== undefined) {
      this.#anchors.set(anchor, undefined);
    }
    const converted = this.#convertOwn(node);
    if (anchor !== undefined) {
      this.#anchors.set(anchor, converted);
    }
    return converted;
  }

  #convertOwn(node: unknown): Converted | undefined {
    if (isMap(node)) {
      return this.#convertMap(node);
    }
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => this.convert(item) ?? []);
      const value = { ...findPlace(this.#file, node), is: "list" as const, items: items.map((item) => item.value) };
      return { value, size: countAll(items) };
    }
    return isScalar(node) ? { value: toScalar(this.#file, node), size: 1 } : undefined;
  }

  #convertMap(node: YAMLMap): Converted {
    const found = new Map<string, RawEntry>();
    const merged: RawEntry[] = [];
    let size = 1;
    for (const { key: name, value: written } of node.items) {
      const at = findPlace(this.#file, name);
      const key = isScalar(name) ? String(name.value) : "";
      const converted = this.convert(written);
      const value = converted?.value ?? { is: "null" as const, ...at };
      size += converted?.size ?? 1;
      if (key === "<<" && isScalar(name) && name.type === "PLAIN") {
        merged.push(...this.#merge(value));
      } else {
        found.set(key, { key, keyRange: at.range, value });
      }
    }
    for (const entry of merged) {
      if (!found.has(entry.key)) {
        found.set(entry.key, entry);
      }
    }
    return { value: { ...findPlace(this.#file, node), is: "map", entries: [...found.values()] }, size };
  }

  /** `<<: *name`: what the objects have that is not written here; the first of several wins. */
  #merge(value: RawValue): readonly RawEntry[] {
    const maps = value.is === "list" ? value.items : [value];
    return maps.flatMap((map) => {
      if (map.is === "map") {
        return map.entries;
      }
      this.#giveUp(
        map.range(),
        "<< takes an object or a list of objects",
        "Write <<: *NAME for an object that &NAME marks.",
      );
      return [];
    });
  }

  #repeat(alias: Alias): Converted | undefined {
    const at = findPlace(this.#file, alias).range();
    const converted = this.#anchors.get(alias.source);
    if (converted === undefined) {
      this.#giveUp(at, `The alias *${alias.source} is inside of what it stands for`);
      return undefined;
    }
    this.#repeated += converted.size;
    if (this.#repeated > MAX_REPEATED) {
      this.#giveUp(
        at,
        "The aliases repeat too much",
        `Those of a file may stand for ${MAX_REPEATED.toLocaleString("en")} values together.`,
      );
      return undefined;
    }
    return converted;
  }

  #giveUp(subject: SourceRange | undefined, summary: string, hint?: string): void {
    this.problem ??= { code: "yaml/alias", severity: "error", summary, hint, subject };
  }
}

function countAll(items: readonly Converted[]): number {
  return items.reduce((sum, { size }) => sum + size, 1);
}

/** These leave the nesting clear, so that every one of them is a mistake of its own. */
const SEPARATE: ReadonlySet<string> = new Set(["DUPLICATE_KEY", "NON_STRING_KEY", "BAD_DQ_ESCAPE"]);

/** After the first mistake in the nesting the library guesses, and finds more of them. */
function leaveOutFollowers(errors: readonly YamlProblem[]): readonly YamlProblem[] {
  const first = errors.findIndex(({ code }) => !SEPARATE.has(code));
  return first < 0 ? errors : errors.slice(0, first + 1);
}

interface YamlProblem {
  readonly pos: readonly [number, number];
  readonly message: string;
  readonly code: string;
}

interface Words {
  readonly summary: string;
  readonly hint?: string | undefined;
}

/** In words of this program: the library speaks to those who program with it. */
const WORDS: Readonly<Record<string, Words>> = {
  ALIAS_PROPS: { summary: "An alias cannot have an anchor or a tag of its own" },
  BAD_ALIAS: { summary: "This alias cannot be read", hint: "write * and the name of an anchor, such as *base" },
  BAD_COLLECTION_TYPE: { summary: "This tag does not fit what follows it" },
  BAD_DQ_ESCAPE: {
    summary: "A backslash in double quotes is followed by a character that makes no escape",
    hint: "write two backslashes, or put the text in single quotes",
  },
  BAD_INDENT: {
    summary: "This line is not indented as the lines around it",
    hint: "lines that belong together begin in the same column",
  },
  BAD_SCALAR_START: {
    summary: "A text may not begin with this character",
    hint: "put the text in quotes",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    summary: "A second colon in one line",
    hint: "put a text that has a colon and a space in it in quotes",
  },
  BLOCK_IN_FLOW: { summary: "Inside of [ ] and { } nothing is written line by line" },
  DUPLICATE_KEY: { summary: "The same key stands in this object already", hint: "keep one of the two" },
  KEY_OVER_1024_CHARS: { summary: "This key is too long", hint: "a key is followed by a colon on its line" },
  MULTILINE_IMPLICIT_KEY: {
    summary: "A line without a colon stands where a key is expected",
    hint: "write name: value, or indent what belongs to the line above",
  },
  MULTIPLE_ANCHORS: { summary: "A value can have one anchor" },
  MULTIPLE_DOCS: { summary: "A file holds one template; a second one begins here", hint: "take the line --- away" },
  MULTIPLE_TAGS: { summary: "A value can have one tag" },
  NON_STRING_KEY: { summary: "A key is no text" },
  TAB_AS_INDENT: { summary: "This line is indented with a tab", hint: "indent with spaces" },
  TAG_RESOLVE_FAILED: { summary: "This tag is not known, and is passed over" },
  UNEXPECTED_TOKEN: {
    summary: "This does not belong here",
    hint: "the lines of a list begin with a dash, those of an object with a key and a colon",
  },
};

const TEMPLATE_WORDS: Words = {
  summary: "A template without quotes around it",
  hint: "put the text in quotes: '{{ user `name` }}'",
};

function describeProblem(file: TextFile, error: YamlProblem): Diagnostic {
  const [from, to] = findMistake(file.text, error);
  if (error.code === "RESOURCE_EXHAUSTION") {
    return tooDeep(makeRange(file, from, to));
  }
  const words = wordsFor(file, error);
  return {
    code: error.code === "DUPLICATE_KEY" ? "json/duplicate-key" : "yaml/syntax",
    severity: "error",
    ...words,
    subject: makeRange(file, from, Math.max(from, to)),
  };
}

/** The library sees that a quote is not closed where the text ends: it is mended where it begins. */
function findMistake(text: string, { code, message, pos }: YamlProblem): readonly [number, number] {
  if (code !== "MISSING_CHAR" || !message.includes("quote")) {
    return pos;
  }
  const quote = message.includes("'") ? "'" : '"';
  const opening = new RegExp(`(?:^|[:,[{-][ \\t]+)${quote}[^${quote}\\n]*$`, "m").exec(text);
  const at = opening === null ? pos[0] : opening.index + opening[0].indexOf(quote);
  return [at, at + 1];
}

function wordsFor(file: TextFile, { code, pos: [from], message }: YamlProblem): Words {
  if (code === "NON_STRING_KEY" && /\{\{/.test(file.text.slice(Math.max(0, from - 1), from + 2))) {
    return TEMPLATE_WORDS;
  }
  if (code === "BAD_INDENT" && message.includes("end with")) {
    return UNCLOSED;
  }
  if (code === "MISSING_CHAR") {
    return missingCharacter(message);
  }
  return WORDS[code] ?? { summary: message.split("\n")[0] ?? "This is not YAML" };
}

function missingCharacter(message: string): Words {
  if (message.includes("quote")) {
    return { summary: "A text in quotes is never closed" };
  }
  if (message.includes("comma") || message.includes(",")) {
    return { summary: "A comma is missing here" };
  }
  if (message.includes("indicator")) {
    return WORDS["BAD_INDENT"] ?? UNCLOSED;
  }
  return UNCLOSED;
}

const UNCLOSED: Words = {
  summary: "A bracket or brace is never closed",
  hint: "look for the one that begins it, further up",
};

interface YamlScalar {
  readonly value: unknown;
  readonly source?: string | undefined;
  readonly type?: string | null | undefined;
  readonly range?: readonly [number, number, number] | null | undefined;
}

function toScalar(file: TextFile, node: YamlScalar): RawValue {
  const at = findPlace(file, node);
  const written = node.source;
  if (typeof node.value === "boolean") {
    return { ...at, is: "bool", value: node.value, written };
  }
  // Infinity and what is not a number are no numbers anywhere else.
  if (typeof node.value === "number" && Number.isFinite(node.value)) {
    return { ...at, is: "number", text: showNumber(node.value, written), written };
  }
  if (node.value === null || node.value === undefined) {
    return { ...at, is: "null" };
  }
  const text = typeof node.value === "string" ? node.value : (written ?? String(node.value));
  return { ...at, is: "string", text, rangeWithin: rangesWithin(file, node, text) };
}

/** All digits of a whole number, however many there are. */
function showNumber(value: number, written: string | undefined): string {
  return written !== undefined && /^[+-]?\d+$/.test(written)
    ? BigInt(written.replace(/^\+/, "")).toString()
    : String(value);
}

/** Exact where the value stands in the file as it is; the whole scalar for folded and escaped ones. */
function rangesWithin(file: TextFile, node: YamlScalar, text: string): (offset: number, length: number) => SourceRange {
  return (offset, length) => {
    const [start, end] = node.range ?? [0, 0];
    const found = file.text.indexOf(text, start);
    if (found >= 0 && found + text.length <= end) {
      return makeRange(file, found + offset, found + offset + length);
    }
    return makeRange(file, start, end);
  };
}

function findPlace(file: TextFile, node: unknown): RawPlace {
  const range = (node as { range?: readonly [number, number, number] | null | undefined } | null)?.range;
  return { range: () => (range ? makeRange(file, range[0], range[1]) : undefined) };
}

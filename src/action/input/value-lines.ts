// Values of variables, one a line: the rest of a line is the value as it is, whatever YAML makes of the characters in it.
import { readMap } from "./map-input.ts";

export interface ValueReading {
  readonly map: Readonly<Record<string, string>>;
  /** What is wrong and where, without a word of the text: it may be a secret, and a part of one is not recognised. */
  readonly problem?: string | undefined;
  /** Names of the values that keep quotes around them. */
  readonly quoted: readonly string[];
}

/** What values may be: a `text` has no structure, `any` value has one where it is written as YAML writes it. */
export type ValueForm = "text" | "any";

interface Entry {
  readonly name: string;
  readonly value: string;
  /** The lines of it: the first one, and the first that is none of its lines. */
  readonly from: number;
  readonly to: number;
}

type Reading = { readonly value: string; readonly isQuoted?: boolean } | { readonly problem: string };

const NAME = /^(?:"([^"\\]+)"|'([^']+)'|([^\s:=#"'{}[\],&*!|>%@`?-][^\s:=]*))/;
/** Directly behind a name, `=` takes everything; else blanks around it belong to nobody. */
const SEPARATOR = /^(?:[ \t]*:(?:[ \t]+|$)|=|[ \t]+=[ \t]*)/;
/** What introduces a text of several lines. */
const BLOCK = /^[|>](?:[-+]?[1-9]?|[1-9][-+])[ \t]*$/;
const EXPECTED_NAME = "a name with a value was expected, such as `name: value`";
const EXPECTED_START =
  "a name was expected at the beginning of the line. Several lines are a value after `name: |`, or as ${{ toJson(secrets.NAME) }}";

/** The values by name, or what is wrong with the text. */
export function readValues(text: string, form: ValueForm): ValueReading {
  if (text.trimStart().startsWith("{")) {
    return readObject(text.trim(), form);
  }
  const lines = alignLines(text.split(/\r\n|\r|\n/));
  const found = readLines(lines, form);
  if (found.problem === undefined || form === "text" || isAssigned(lines)) {
    return found;
  }
  // Such as names with anchors: a text that is YAML as a whole, or the better explanation of why it is none.
  return { ...readMap(lines.join("\n")), quoted: [] };
}

/** A map in JSON, which is how a secret of any form can be given; numbers stay as they were written. */
function readObject(text: string, form: ValueForm): ValueReading {
  const json = parseJson(text);
  if (json === undefined && form === "text") {
    const problem = "A map in JSON was expected, because the text begins with `{`.";
    return { map: {}, problem, quoted: [] };
  }
  const { map, problem } = readMap(text);
  const texts = Object.entries(json ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { map: { ...map, ...Object.fromEntries(texts) }, problem, quoted: [] };
}

function parseJson(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** Without the indentation that all lines have. */
function alignLines(lines: readonly string[]): readonly string[] {
  const filled = lines.filter((line) => line.trim() !== "");
  const indentation = Math.min(...filled.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => (line.trim() === "" ? "" : line.slice(indentation)));
}

/** Whether the text has the form `NAME=value`, which is no YAML. */
function isAssigned(lines: readonly string[]): boolean {
  const first = lines.find((line) => line !== "" && !line.startsWith("#")) ?? "";
  return separatorIn(first)?.trim() === "=";
}

function separatorIn(line: string): string | undefined {
  const name = NAME.exec(line)?.[0];
  return name === undefined ? undefined : SEPARATOR.exec(line.slice(name.length))?.[0];
}

function readLines(lines: readonly string[], form: ValueForm): ValueReading {
  const map = new Map<string, string>();
  const quoted: string[] = [];
  const assigns = isAssigned(lines);
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    if (line === "" || line.startsWith("#")) {
      at++;
      continue;
    }
    const entry = entryAt(lines, at, form);
    // All lines have the same form, so that a line of a secret is not taken for one more variable.
    if (entry === undefined || (separatorIn(line)?.trim() === "=") !== assigns) {
      const expected = /^\s/.test(line) ? EXPECTED_START : EXPECTED_NAME;
      const problem = line.startsWith("- ")
        ? "It has to be a list of names, each with a value behind it and no dash before it: `name: value`."
        : atLine(at, expected);
      return { map: {}, problem, quoted };
    }
    const read = map.has(entry.name)
      ? { problem: atLine(at, "a name was expected that was not given before") }
      : readEntry(lines, entry, form);
    if ("problem" in read) {
      return { map: {}, problem: read.problem, quoted };
    }
    if (read.isQuoted === true) {
      quoted.push(entry.name);
    }
    map.set(entry.name, read.value);
    at = entry.to;
  }
  return { map: Object.fromEntries(map), quoted };
}

function atLine(index: number, expected: string): string {
  return `Line ${index + 1}: ${expected}.`;
}

function entryAt(lines: readonly string[], from: number, form: ValueForm): Entry | undefined {
  const line = lines[from] ?? "";
  const [named, ...names] = NAME.exec(line) ?? [];
  const separator = separatorIn(line);
  if (named === undefined || separator === undefined) {
    return undefined;
  }
  const value = line.slice(named.length + separator.length);
  return { name: names.find((name) => name !== undefined) ?? "", value, from, to: findEnd(lines, from, value, form) };
}

/** Where the lines end that are indented below a name. In a structure, so do brackets that close it and items of a list. */
function findEnd(lines: readonly string[], from: number, value: string, form: ValueForm): number {
  const belongs = form === "any" && value.trim() === "" ? /^(?:[ \t\]}]|-(?:[ \t]|$))/ : /^[ \t]/;
  const more = form === "any" && /^[[{]/.test(value) ? /^[ \t\]}]/ : belongs;
  let to = from + 1;
  for (let at = to; at < lines.length && (lines[at] === "" || more.test(lines[at] ?? "")); at++) {
    to = lines[at] === "" ? to : at + 1;
  }
  return to;
}

function readEntry(lines: readonly string[], entry: Entry, form: ValueForm): Reading {
  const { value, from, to } = entry;
  const isBlock = to > from + 1 && BLOCK.test(value);
  if (isBlock || (form === "any" && (to > from + 1 || hasStructure(value)))) {
    // Lines before it, so that what is wrong is told with the line that it is on.
    return readPiece([...Array.from({ length: from }, () => ""), `x: ${value}`, ...lines.slice(from + 1, to)]);
  }
  if (to > from + 1) {
    return {
      problem: atLine(
        lines.findIndex((line, i) => i > from && line !== ""),
        EXPECTED_START,
      ),
    };
  }
  if (value.trim() === "" || (form === "any" && /^(?:null|Null|NULL|~)[ \t]*$/.test(value))) {
    return { problem: `Line ${from + 1}: the variable has no value. Write "" for an empty one.` };
  }
  return form === "text" ? readText(value) : { value: value.trimEnd() };
}

/** What YAML gives a structure, or takes quotes away from. Go's templates and what only begins like it are texts. */
function hasStructure(value: string): boolean {
  const text = value.trim();
  if (/^"(?:[^"\\]|\\.)*"(?:\s+#.*)?$/.test(text) || /^'(?:[^']|'')*'(?:\s+#.*)?$/.test(text)) {
    return true;
  }
  return /^[[{]/.test(text) && !text.startsWith("{{");
}

function readPiece(lines: readonly string[]): Reading {
  const { map, problem } = readMap(lines.join("\n"));
  return problem === undefined ? { value: map["x"] ?? "" } : { problem };
}

/** As it is; a text in JSON that could not stand here in any other way is read. */
function readText(value: string): Reading {
  const text = value.trim();
  if (text === '""' || text === "''") {
    return { value: "" };
  }
  const json = /^".*\\.*"$/.test(text) ? parseJson(text) : undefined;
  return typeof json === "string" ? { value: json } : { value, isQuoted: /^(["']).*\1$/.test(text) && text.length > 1 };
}

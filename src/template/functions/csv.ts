// Reads text in CSV after RFC 4180: fields between commas, in quotes where they hold commas, quotes or line ends.
import { listType, objectType, stringType } from "../../cty/type.ts";
import { listValue, objectValue, stringValue, type Value } from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";

/** The rows as a list of objects, named by the first one. */
export function csvTable(text: string): Value {
  const [header, ...rows] = readRows(text);
  if (header === undefined) {
    throw new FunctionError("there is no line with the names of the columns", 0);
  }
  const names = header.fields;
  names.forEach((name, i) => {
    if (names.indexOf(name) < i) {
      throw new FunctionError(`the column ${JSON.stringify(name)} is there twice`, 0);
    }
  });
  const type = objectType(names.map((name) => [name, stringType] as const));
  const objects = rows.map(({ fields, line }) => {
    if (fields.length !== names.length) {
      throw new FunctionError(
        `line ${line} has ${count(fields.length, "field")}, and the first line names ${count(names.length, "column")}`,
        0,
      );
    }
    return objectValue(names.map((name, i) => [name, stringValue(fields[i] ?? "")] as const));
  });
  return { ...listValue(type, objects), type: listType(type) };
}

interface Row {
  readonly fields: readonly string[];
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** A field without quotes, up to what ends it. */
const bare = /[^,\r\n]*(?:\r(?!\n)[^,\r\n]*)*/y;

function readRows(text: string): readonly Row[] {
  const rows: Row[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const blank = /\r?\n/y;
    blank.lastIndex = at;
    if (blank.test(text)) {
      at = blank.lastIndex;
      line++;
      continue;
    }
    const { fields, end } = readRow(text, at, line);
    rows.push({ fields, line });
    line += lineEndsIn(text.slice(at, end));
    at = end;
  }
  return rows;
}

function readRow(text: string, start: number, line: number): { readonly fields: string[]; readonly end: number } {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    const field =
      text[at] === '"'
        ? readQuotedField(text, at, line + lineEndsIn(text.slice(start, at)))
        : bareField(text, at, line);
    fields.push(field.value);
    at = field.end;
    if (text[at] === ",") {
      at++;
    } else {
      return { fields, end: at + (text.startsWith("\r\n", at) ? 2 : Math.min(1, text.length - at)) };
    }
  }
}

function bareField(text: string, start: number, line: number): { readonly value: string; readonly end: number } {
  bare.lastIndex = start;
  const value = bare.exec(text)?.[0] ?? "";
  if (value.includes('"')) {
    throw new FunctionError(`line ${line}: a field with a quote in it must stand in quotes`, 0);
  }
  const end = start + value.length;
  // A carriage return at the very end belongs to no field.
  return { value: end === text.length ? value.replace(/\r$/, "") : value, end };
}

function readQuotedField(text: string, start: number, line: number): { readonly value: string; readonly end: number } {
  let at = start + 1;
  let value = "";
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      throw new FunctionError(`line ${line}: a field in quotes has no end`, 0);
    }
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') {
      break;
    }
    value += '"';
    at++;
  }
  if (at < text.length && !/^(?:,|\r?\n|\r$)/.test(text.slice(at, at + 2))) {
    throw new FunctionError(
      `line ${line}: after the closing quote of a field only a comma or the end of the line may follow`,
      0,
    );
  }
  return { value: value.replaceAll("\r\n", "\n"), end: text[at] === "\r" && at + 1 === text.length ? at + 1 : at };
}

function lineEndsIn(text: string): number {
  return text.split("\n").length - 1;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

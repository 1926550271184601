// A template as `fix` prints it: keys in order, two spaces deep, as Go writes JSON.
import { compareStrings } from "../../cty/type.ts";

/** Characters that Go writes as numbers although JSON would take them; the brackets are given back. */
const ESCAPED = /[&\u2028\u2029\u007f]|[\u0008\u000c]/g;

/** Half a character, which no encoding can write. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function writeSortedJson(value: unknown): string {
  return write(value, "");
}

function write(value: unknown, indent: string): string {
  if (typeof value === "string") {
    return writeText(value);
  }
  if (Array.isArray(value)) {
    return wrap(
      "[",
      "]",
      value.map((item) => write(item, `${indent}  `)),
      indent,
    );
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => compareStrings(a, b));
    const lines = entries.map(([name, item]) => `${writeText(name)}: ${write(item, `${indent}  `)}`);
    return wrap("{", "}", lines, indent);
  }
  return JSON.stringify(value);
}

function wrap(open: string, close: string, items: readonly string[], indent: string): string {
  if (items.length === 0) {
    return open + close;
  }
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(",\n")}\n${indent}${close}`;
}

function writeText(text: string): string {
  return JSON.stringify(text.replace(LONE_SURROGATE, "\ufffd")).replace(ESCAPED, (character) =>
    character === "\u007f" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

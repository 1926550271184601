// Values as JSON, as Packer writes it: on one line, with keys in order, safe inside HTML.
import type { BigFloat } from "../../cty/number.ts";
import { numberText } from "../../cty/number-text.ts";
import type { Value } from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";

/** The value as JSON. It must be known in all its parts. */
export function jsonText(value: Value): string {
  const { data } = value;
  if (data === null) {
    return "null";
  }
  if (typeof data === "symbol") {
    throw new TypeError("an unknown value has no text");
  }
  if (typeof data === "string") {
    return jsonString(data);
  }
  if (typeof data === "boolean") {
    return String(data);
  }
  if (Array.isArray(data)) {
    return `[${data.map((part: Value) => jsonText(part)).join(",")}]`;
  }
  if (data instanceof Map) {
    return `{${[...data].map(([name, part]) => `${jsonString(name)}:${jsonText(part)}`).join(",")}}`;
  }
  const n = data as BigFloat;
  if (n.infinite) {
    throw new FunctionError("infinity cannot be written as JSON");
  }
  return numberText(n);
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function jsonString(text: string): string {
  const escaped = text
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/["\\\u0000-\u001f<>&\u2028\u2029]/g, (character) => shortEscapes[character] ?? unicodeEscape(character));
  return `"${escaped}"`;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// Reads JSON text and keeps the place of everything in it.

import { parseDecimal } from "../cty/number.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { JsonNode, JsonProperty } from "./ast.ts";
import { errorAt } from "./body.ts";
import { maxDepth, maxDiagnostics } from "./limits.ts";
import type { Source, Span } from "./source.ts";

type ObjectNode = JsonNode & { kind: "object" };
type ArrayNode = JsonNode & { kind: "array" };
type StringNode = JsonNode & { kind: "string" };

/** Reads a JSON text. The node is undefined when nothing could be read. */
export function parseJsonText(source: Source): {
  readonly node: JsonNode | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  return new JsonParser(source).run();
}

const WORD = /[\p{L}\p{N}_.+-]+/uy;
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

class JsonParser {
  readonly #source: Source;
  readonly #text: string;
  readonly #diagnostics: Diagnostic[] = [];
  #at = 0;
  #depth = 0;
  #gaveUp = false;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
    if (this.#text.charCodeAt(0) === 0xfeff) {
      this.#at = 1;
    }
  }

  run(): { node: JsonNode | undefined; diagnostics: readonly Diagnostic[] } {
    this.#skipSpace();
    if (this.#at >= this.#text.length) {
      this.#fail(
        this.#here(0),
        "hcl/json-syntax",
        "Empty JSON file",
        "A JSON value was expected, but there is nothing.",
      );
      return { node: undefined, diagnostics: this.#diagnostics };
    }
    const node = this.#value();
    this.#skipSpace();
    if (!this.#gaveUp && this.#at < this.#text.length) {
      this.#fail(
        this.#here(),
        "hcl/unexpected-token",
        "Extraneous data after value",
        "Nothing was expected after the end of the JSON value.",
      );
    }
    return { node, diagnostics: this.#diagnostics };
  }

  #here(length = 1): Span {
    const from = Math.min(this.#at, this.#text.length);
    return this.#source.span(from, Math.min(from + length, this.#text.length));
  }

  #complain(
    at: Span,
    code: string,
    summary: string,
    { detail, hint }: { readonly detail: string; readonly hint?: string | undefined },
  ): void {
    if (this.#gaveUp || this.#diagnostics.length >= maxDiagnostics) {
      return;
    }
    this.#diagnostics.push(errorAt(at, code, summary, hint === undefined ? { detail } : { detail, hint }));
  }

  /** A mistake after which nothing more can be read. */
  #fail(at: Span, code: string, summary: string, detail: string): undefined {
    this.#complain(at, code, summary, { detail });
    this.#gaveUp = true;
    return undefined;
  }

  /** Passes over white space, and over comments with a complaint. */
  #skipSpace(): void {
    for (;;) {
      SPACE.lastIndex = this.#at;
      SPACE.test(this.#text);
      this.#at = Math.max(this.#at, SPACE.lastIndex);
      const isLine = this.#text.startsWith("//", this.#at) || this.#text.charAt(this.#at) === "#";
      if (!isLine && !this.#text.startsWith("/*", this.#at)) {
        return;
      }
      const end = isLine ? this.#text.indexOf("\n", this.#at) : this.#text.indexOf("*/", this.#at) + 1;
      this.#complain(this.#here(2), "hcl/json-syntax", "Comment in JSON", {
        detail: "JSON has no comments.",
        hint: 'use a property named "//" instead',
      });
      this.#at = end <= 0 ? this.#text.length : end + 1;
    }
  }

  #value(): JsonNode | undefined {
    const character = this.#text.charAt(this.#at);
    if (character === "{") {
      return this.#nested(() => this.#object());
    }
    if (character === "[") {
      return this.#nested(() => this.#array());
    }
    if (character === '"') {
      return this.#string();
    }
    return this.#word();
  }

  #nested(read: () => JsonNode | undefined): JsonNode | undefined {
    if (this.#depth >= maxDepth) {
      return this.#fail(
        this.#here(),
        "hcl/too-deep",
        "Nested too deeply",
        `No more than ${maxDepth} levels of nesting are read.`,
      );
    }
    this.#depth += 1;
    const node = read();
    this.#depth -= 1;
    return node;
  }

  #word(): JsonNode | undefined {
    const from = this.#at;
    WORD.lastIndex = from;
    if (!WORD.test(this.#text)) {
      const found =
        from >= this.#text.length
          ? "the text ends"
          : `there is ${JSON.stringify(String.fromCodePoint(this.#text.codePointAt(from) ?? 32))}`;
      const quotes = this.#text.charAt(from) === "'" ? " Strings are written in double quotes." : "";
      return this.#fail(
        this.#here(),
        "hcl/json-syntax",
        "Invalid JSON value",
        `A JSON value was expected here, but ${found}.${quotes}`,
      );
    }
    this.#at = WORD.lastIndex;
    const range = this.#source.span(from, this.#at);
    const text = range.text;
    if (text === "true" || text === "false") {
      return { kind: "bool", value: text === "true", range };
    }
    if (text === "null") {
      return { kind: "null", range };
    }
    if (/^[-\d]/.test(text)) {
      return this.#number(text, range);
    }
    this.#complain(range, "hcl/json-syntax", "Invalid JSON keyword", {
      detail: `"${text}" is not a JSON value.`,
      hint: "put strings in double quotes",
    });
    return { kind: "null", range };
  }

  #number(text: string, range: Span): JsonNode {
    if (!NUMBER.test(text)) {
      this.#complain(range, "hcl/invalid-number", "Invalid JSON number", {
        detail: `"${text}" is not a number as JSON writes it.`,
      });
    } else if (parseDecimal(text) === undefined) {
      this.#complain(range, "hcl/invalid-number", "Invalid number", {
        detail: "This number is too large to be worked with.",
      });
    }
    return { kind: "number", text, range };
  }

  #string(): StringNode | undefined {
    const from = this.#at;
    for (let i = from + 1; i < this.#text.length; i++) {
      const code = this.#text.charCodeAt(i);
      if (code === 92) {
        i += 1;
      } else if (code === 10) {
        break;
      } else if (code === 34) {
        this.#at = i + 1;
        return this.#decoded(from, i);
      }
    }
    return this.#fail(
      this.#source.span(from, from + 1),
      "hcl/unclosed-string",
      "Unclosed string",
      "There is no closing quote for this string on its line.",
    );
  }

  /** The string between two quotes. */
  #decoded(open: number, close: number): StringNode {
    const range = this.#source.span(open, close + 1);
    const raw = this.#text.slice(open + 1, close);
    if (!raw.includes("\\")) {
      this.#checkControls(raw, open + 1);
      return { kind: "string", value: raw, range };
    }
    let value = "";
    const offsets: number[] = [];
    for (let i = 0; i < raw.length; ) {
      const [decoded, length] = raw.charAt(i) === "\\" ? this.#escape(raw, i, open + 1) : [raw.charAt(i), 1];
      for (let unit = 0; unit < decoded.length; unit++) {
        offsets.push(open + 1 + i);
      }
      value += decoded;
      i += length;
    }
    offsets.push(close);
    return { kind: "string", value, offsets, range };
  }

  #checkControls(raw: string, offset: number): void {
    const control = /[\0-\x1f]/.exec(raw);
    if (control === null) {
      return;
    }
    const at = offset + control.index;
    this.#complain(this.#source.span(at, at + 1), "hcl/json-syntax", "Invalid character in string", {
      detail: "Control characters in JSON strings must be written as escapes.",
    });
  }

  #escape(raw: string, at: number, offset: number): [text: string, length: number] {
    const selector = raw.charAt(at + 1);
    const simple = escapes.get(selector);
    if (simple !== undefined) {
      return [simple, 2];
    }
    const digits = /^[0-9A-Fa-f]{4}/.exec(raw.slice(at + 2, at + 6))?.[0];
    if (selector === "u" && digits !== undefined) {
      return [String.fromCharCode(Number.parseInt(digits, 16)), 6];
    }
    const range = this.#source.span(offset + at, offset + at + 2);
    const detail =
      selector === "u"
        ? "The \\u escape must be followed by 4 hexadecimal digits."
        : `"\\${selector}" is not an escape sequence of JSON.`;
    this.#complain(range, "hcl/invalid-escape", "Invalid escape sequence", {
      detail,
      hint: 'a backslash itself is written "\\\\"',
    });
    return [raw.slice(at, at + 2), 2];
  }

  #array(): ArrayNode | undefined {
    const open = this.#at;
    this.#at += 1;
    const elements: JsonNode[] = [];
    while (this.#next("]", open)) {
      const element = this.#value();
      if (element === undefined) {
        break;
      }
      elements.push(element);
      if (!this.#separator("]", "element", open)) {
        break;
      }
    }
    if (this.#gaveUp) {
      return {
        kind: "array",
        elements,
        openRange: this.#source.span(open, open + 1),
        range: this.#source.span(open, this.#at),
      };
    }
    this.#at += 1;
    return {
      kind: "array",
      elements,
      openRange: this.#source.span(open, open + 1),
      range: this.#source.span(open, this.#at),
    };
  }

  #object(): ObjectNode {
    const open = this.#at;
    this.#at += 1;
    const properties: JsonProperty[] = [];
    while (this.#next("}", open)) {
      const property = this.#property();
      if (property === undefined) {
        break;
      }
      properties.push(property);
      if (!this.#separator("}", "property", open)) {
        break;
      }
    }
    if (!this.#gaveUp) {
      this.#at += 1;
    }
    const close = Math.max(open + 1, this.#at);
    return {
      kind: "object",
      properties,
      openRange: this.#source.span(open, open + 1),
      closeRange: this.#source.span(close - 1, close),
      range: this.#source.span(open, close),
    };
  }

  /** True when another item begins; false before the closing bracket or when there is none. */
  #next(closer: string, open: number): boolean {
    this.#skipSpace();
    if (this.#gaveUp) {
      return false;
    }
    if (this.#at < this.#text.length) {
      return this.#text.charAt(this.#at) !== closer;
    }
    this.#fail(
      this.#source.span(open, open + 1),
      "hcl/unclosed-bracket",
      "Unclosed bracket",
      `There is no closing "${closer}" for this bracket.`,
    );
    return false;
  }

  /** Takes the comma; false at the closing bracket. A comma too few or too many is reported and forgiven. */
  #separator(closer: string, item: string, open: number): boolean {
    this.#skipSpace();
    const character = this.#text.charAt(this.#at);
    if (character === closer || this.#gaveUp) {
      return false;
    }
    if (character === ",") {
      const comma = this.#here();
      this.#at += 1;
      this.#skipSpace();
      if (this.#text.charAt(this.#at) !== closer) {
        return true;
      }
      this.#complain(comma, "hcl/json-syntax", "Trailing comma", {
        detail: `JSON does not permit a comma after the last ${item}.`,
      });
      return false;
    }
    if (this.#at >= this.#text.length) {
      return true;
    }
    if (character === "]" || character === "}") {
      this.#fail(
        this.#source.span(open, open + 1),
        "hcl/unclosed-bracket",
        "Unclosed bracket",
        `There is no closing "${closer}" for this bracket before another one closes.`,
      );
      return false;
    }
    if (!/["{[\w-]/.test(character)) {
      this.#fail(
        this.#here(),
        "hcl/missing-separator",
        "Missing comma",
        `A comma or "${closer}" was expected after the ${item}, but there is ${JSON.stringify(character)}.`,
      );
      return false;
    }
    this.#complain(this.#here(), "hcl/missing-separator", "Missing comma", {
      detail: `A comma was expected before the next ${item}.`,
    });
    return true;
  }

  #property(): JsonProperty | undefined {
    const nameNode = this.#text.charAt(this.#at) === '"' ? this.#string() : this.#bareName();
    if (nameNode === undefined) {
      return undefined;
    }
    this.#skipSpace();
    const sign = this.#text.charAt(this.#at);
    if (sign === "=") {
      this.#complain(this.#here(), "hcl/json-syntax", "Missing colon", {
        detail: "JSON uses a colon between name and value, not an equals sign.",
      });
    }
    if (sign !== ":" && sign !== "=") {
      return this.#fail(
        this.#here(),
        "hcl/json-syntax",
        "Missing colon",
        "A colon was expected after the name of the property.",
      );
    }
    this.#at += 1;
    this.#skipSpace();
    const value = this.#value();
    return value === undefined
      ? undefined
      : { name: nameNode.value.normalize("NFC"), nameRange: nameNode.range, nameNode, value };
  }

  #bareName(): StringNode | undefined {
    const from = this.#at;
    WORD.lastIndex = from;
    if (!WORD.test(this.#text)) {
      return this.#fail(
        this.#here(),
        "hcl/json-syntax",
        "Invalid property name",
        "The name of a property, in double quotes, was expected here.",
      );
    }
    this.#at = WORD.lastIndex;
    const range = this.#source.span(from, this.#at);
    this.#complain(range, "hcl/json-syntax", "Unquoted property name", {
      detail: "Names of properties must be in double quotes.",
    });
    return { kind: "string", value: range.text, range };
  }
}

const escapes = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

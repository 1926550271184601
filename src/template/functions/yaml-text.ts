// Values as YAML in block style with strings in double quotes, byte for byte as Packer writes it.
import type { BigFloat } from "../../cty/number.ts";
import { numberText } from "../../cty/number-text.ts";
import { asElements, asEntries, type Value } from "../../cty/value.ts";

/** The value as a YAML document. It must be known in all its parts. */
export function yamlText(value: Value): string {
  const writer = new YamlWriter();
  writer.node(value, -1, "root");
  const isBare = !isCollection(value) && typeof value.data !== "string";
  // A bare word at the end of a document could still go on.
  return `${writer.finished()}${isBare ? "...\n" : ""}`;
}

/** What a node stands behind: nothing, a dash, a key, or the colon of a key that took lines of its own. */
type Place = "root" | "item" | "value" | "long value";

const bestWidth = 80;
const longestSimpleKey = 128;

class YamlWriter {
  #text = "";
  #lineStart = 0;

  finished(): string {
    return this.#text.endsWith("\n") ? this.#text : `${this.#text}\n`;
  }

  /** Writes a node; `indent` is the indentation of the collection around it, -1 where there is none. */
  node(value: Value, indent: number, place: Place): void {
    if (!isCollection(value)) {
      this.#scalar(value, indent < 0 ? 2 : indent + 2);
    } else if (Array.isArray(value.data)) {
      this.#sequence(asElements(value), indent, place);
    } else {
      this.#mapping(asEntries(value), indent, place);
    }
  }

  #sequence(elements: readonly Value[], indent: number, place: Place): void {
    if (elements.length === 0) {
      this.#write(`${place === "value" ? " " : ""}[]`);
      return;
    }
    // A list under a key is not indented.
    const below = indent < 0 ? 0 : indent + 2;
    const own = place === "value" ? indent : below;
    elements.forEach((element, i) => {
      if (i > 0 || place === "value") {
        this.#line(own);
      }
      this.#write("- ");
      this.node(element, own, "item");
    });
  }

  #mapping(entries: ReadonlyMap<string, Value>, indent: number, place: Place): void {
    if (entries.size === 0) {
      this.#write(`${place === "value" ? " " : ""}{}`);
      return;
    }
    const own = indent < 0 ? 0 : indent + 2;
    let isFirst = true;
    for (const [key, value] of entries) {
      if (!isFirst || place === "value") {
        this.#line(own);
      }
      isFirst = false;
      this.#entry(key, value, own);
    }
  }

  #entry(key: string, value: Value, indent: number): void {
    if (!/[\n\r\u0085\u2028\u2029]/.test(key) && Buffer.byteLength(key) <= longestSimpleKey) {
      this.#quoted(key, indent + 2, false);
      this.#write(":");
      if (!isCollection(value)) {
        this.#write(" ");
      }
      this.node(value, indent, "value");
      return;
    }
    this.#write("? ");
    this.#string(key, indent + 2);
    this.#line(indent);
    this.#write(": ");
    this.node(value, indent, "long value");
  }

  #scalar({ data }: Value, indent: number): void {
    if (typeof data === "string") {
      this.#string(data, indent);
    } else if (data === null || typeof data === "boolean") {
      this.#write(String(data));
    } else {
      this.#write(numberText(data as BigFloat));
    }
  }

  #string(text: string, indent: number): void {
    if (text.includes("\n") && fitsBlock(text)) {
      this.#block(text, indent);
    } else {
      this.#quoted(text, indent, true);
    }
  }

  /** "|" with its lines below. */
  #block(text: string, indent: number): void {
    const margin = " ".repeat(indent);
    const lines = text.replace(/([\n\u2028\u2029]|^)(?=[^\n\u2028\u2029])/g, `$1${margin}`);
    this.#write(`|${/^[ \n\u2028\u2029]/.test(text) ? "2" : ""}${blockEnd(text)}\n${lines}`);
  }

  /** A string in double quotes; where it grows long and may be broken, a blank becomes a new line. */
  #quoted(text: string, indent: number, mayBreak: boolean): void {
    this.#write('"');
    const characters = [...text];
    let afterBlank = false;
    characters.forEach((character, i) => {
      if (character !== " ") {
        this.#write(escapeCharacter(character));
        afterBlank = false;
        return;
      }
      const isInside = i > 0 && i < characters.length - 1;
      if (mayBreak && !afterBlank && isInside && this.#column() > bestWidth) {
        this.#line(indent);
        if (characters[i + 1] === " ") {
          this.#write("\\");
        }
      } else {
        this.#write(" ");
      }
      afterBlank = true;
    });
    this.#write('"');
  }

  #write(text: string): void {
    this.#text += text;
    const end = text.lastIndexOf("\n");
    if (end >= 0) {
      this.#lineStart = this.#text.length - text.length + end + 1;
    }
  }

  /** Begins a line, unless the last one has just ended. */
  #line(indent: number): void {
    this.#write(`${this.#text.endsWith("\n") ? "" : "\n"}${" ".repeat(indent)}`);
  }

  #column(): number {
    return [...this.#text.slice(this.#lineStart)].length;
  }
}

function isCollection({ data }: Value): boolean {
  return Array.isArray(data) || data instanceof Map;
}

/** How a block tells what it ends with: no line end, one, or more of them. */
function blockEnd(text: string): string {
  if (!/[\n\u2028\u2029]$/.test(text)) {
    return "-";
  }
  return /(?:^|[\n\u2028\u2029])[\n\u2028\u2029]$/.test(text) ? "+" : "";
}

/** Characters that are written as they are: the first 65,536 without controls and what has no meaning. */
const printable = /^[\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/;

function fitsBlock(text: string): boolean {
  return printable.test(text) && !/ [\n\u2028\u2029]| $/.test(text);
}

const escapes: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\x85": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escapeCharacter(character: string): string {
  const short = escapes[character];
  if (short !== undefined) {
    return short;
  }
  if (printable.test(character)) {
    return character;
  }
  const point = (/\p{Surrogate}/u.test(character) ? "\ufffd" : character).codePointAt(0) ?? 0;
  const hex = point.toString(16).toUpperCase();
  if (point <= 0xff) {
    return `\\x${hex.padStart(2, "0")}`;
  }
  return point <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

// Reads strict JSON (RFC 8259, as Packer does) and goes on after a mistake, so that one run reports all of them.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { findPosition, makeRange, type TextFile } from "../../diagnostic/text-file.ts";
import type { RawEntry, RawValue } from "../raw-value.ts";
import { JsonBool, JsonEntry, JsonList, JsonMap, JsonNull, JsonNumber, JsonString } from "./json-nodes.ts";

/** Nesting that no template needs; deeper text is refused instead of exhausting the stack. */
const MAX_DEPTH = 500;
/** After this many mistakes the file is something else than JSON. */
const MAX_MISTAKES = 50;

export interface JsonResult {
  /** Missing when there is nothing that could be read. */
  readonly value?: RawValue | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Where it was no longer clear what belongs to what: nothing that is made of the text after it can be believed. */
  readonly lostAt?: number | undefined;
}

/** Reads one JSON document. Never throws for a mistake in it. */
export function readJson(file: TextFile): JsonResult {
  const reader = new JsonReader(file);
  const value = reader.document();
  return { value, diagnostics: reader.diagnostics, lostAt: reader.lostAt };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[^\s,:{}[\]"'/]+/y;
const LITERALS: Readonly<Record<string, string>> = {
  True: "true",
  False: "false",
  None: "null",
  TRUE: "true",
  FALSE: "false",
  NULL: "null",
  undefined: "null",
  nil: "null",
};
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** After one of these the nesting is a guess. */
const LOSES_WAY = new Set([
  "json/unclosed",
  "json/too-deep",
  "json/unclosed-string",
  "json/unexpected",
  "json/missing-colon",
  "json/after-end",
]);

/** Characters that look like a space or like nothing, and that JSON does not have between its values. */
const INVISIBLE = /[\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\v\f]+/y;

/** White space as JSON has it; a no-break space is not. */
function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

class JsonReader {
  readonly diagnostics: Diagnostic[] = [];
  lostAt: number | undefined;
  readonly #file: TextFile;
  readonly #text: string;
  #at = 0;
  #sawInvisible = false;
  #stopped = false;
  /** True after a forgotten "]" was noticed: the comma before the next key has been read already. */
  #reopened = false;

  constructor(file: TextFile) {
    this.#file = file;
    this.#text = file.text;
    // A byte order mark says nothing in UTF-8.
    if (this.#text.charCodeAt(0) === 0xfeff) {
      this.#at = 1;
    }
  }

  document(): RawValue | undefined {
    this.#blank();
    if (this.#at >= this.#text.length) {
      this.#problem("json/empty", [0, 0], "The template is empty", {
        hint: 'Begin with { "builders": [ { "type": "null", "communicator": "none" } ] }.',
      });
      return undefined;
    }
    const value = this.#value(0);
    this.#blank();
    if (!this.#stopped && this.lostAt === undefined && this.#at < this.#text.length) {
      this.#problem("json/after-end", [this.#at, this.#at + 1], "Text after the end of the template", {
        detail: "A template is one object; nothing may follow its closing brace.",
      });
    }
    return value;
  }

  /** value = object | array | string | number | "true" | "false" | "null" */
  #value(depth: number): RawValue | undefined {
    const character = this.#text[this.#at];
    if (depth > MAX_DEPTH) {
      return this.#tooDeep();
    }
    if (character === "{") {
      return this.#isEngineTemplate() ? this.#engineTemplate() : this.#object(depth);
    }
    if (character === "[") {
      return this.#array(depth);
    }
    if (character === '"') {
      return this.#string('"');
    }
    if (character === "'") {
      return this.#singleQuoted();
    }
    return this.#word();
  }

  /** `{{`, which begins a template of text: no object begins with another one. */
  #isEngineTemplate(): boolean {
    return /^\{\{[^\n]*?\}\}/.test(this.#text.slice(this.#at, this.#at + 1000));
  }

  /** A template without the quotes around it, with what is written right after it. */
  #engineTemplate(): JsonString {
    const start = this.#at;
    const rest = this.#text.slice(start, this.#text.indexOf("\n", start) + 1 || undefined);
    const text = /^(?:\{\{.*?\}\}[^\s,\]}]*)+/.exec(rest)?.[0] ?? "{{";
    this.#at += text.length;
    this.#problem("json/bad-word", [start, this.#at], "A template without quotes around it", {
      detail: "In JSON every text stands in double quotes, also one with {{ }} in it.",
      hint: `Put it in double quotes: ${JSON.stringify(text)}.`,
    });
    return new JsonString(this.#file, start - 1, this.#at + 1, text);
  }

  #tooDeep(): undefined {
    this.#problem("json/too-deep", [this.#at, this.#at + 1], `Values are nested more than ${MAX_DEPTH} deep`);
    this.#stop();
    return undefined;
  }

  /** object = "{" [ member { "," member } ] "}" */
  #object(depth: number): RawValue {
    const start = this.#at++;
    const entries: RawEntry[] = [];
    const seen = new Map<string, JsonString>();
    this.#elements(start, "}", () => {
      const entry = this.#member(depth);
      if (entry === undefined) {
        return;
      }
      const earlier = seen.get(entry.key);
      if (earlier === undefined) {
        seen.set(entry.key, entry.name);
      } else {
        this.#duplicate(entry, earlier);
      }
      entries.push(entry);
    });
    return new JsonMap(this.#file, start, this.#at, entries);
  }

  #duplicate(entry: JsonEntry, earlier: JsonString): void {
    this.#problem(
      "json/duplicate-key",
      [entry.name.start, entry.name.end],
      `template has duplicate field: ${entry.key}`,
      {
        detail: `"${entry.key}" stands in the same object already, on line ${findPosition(this.#file, earlier.start).line}.`,
        hint: "Keep one of the two.",
      },
    );
  }

  /** member = string ":" value */
  #member(depth: number): JsonEntry | undefined {
    const name = this.#key();
    if (name === undefined) {
      return undefined;
    }
    this.#blank();
    if (this.#text[this.#at] === ":") {
      this.#at++;
    } else if (this.#text[this.#at] === "=") {
      this.#tell("json/missing-colon", [this.#at, this.#at + 1], 'A key and its value are separated by ":"');
      this.#at++;
    } else {
      this.#problem("json/missing-colon", [name.start, name.end], `The key "${name.text}" has no ":" and value`);
    }
    this.#blank();
    const next = this.#text[this.#at];
    if (next === undefined || next === "}" || next === ",") {
      this.#problem("json/missing-value", [name.start, name.end], `The key "${name.text}" has no value`);
      return undefined;
    }
    const value = this.#value(depth + 1);
    return value && new JsonEntry(name, value);
  }

  #key(): JsonString | undefined {
    const character = this.#text[this.#at];
    if (character === '"') {
      return this.#string('"');
    }
    if (character === "'") {
      return this.#singleQuoted();
    }
    const start = this.#at;
    const word = this.#match(WORD);
    if (word === "") {
      const wrong = this.#text[this.#at] ?? "";
      this.#problem("json/unexpected", [start, start + 1], `Unexpected "${wrong}" where a key should be`, {
        detail: 'A key is a string in double quotes, such as "builders".',
      });
      this.#skipValueLike();
      return undefined;
    }
    this.#problem("json/unquoted-key", [start, this.#at], `The key ${word} is not in double quotes`, {
      hint: `Write "${word}".`,
    });
    return new JsonString(this.#file, start - 1, this.#at + 1, word);
  }

  /** array = "[" [ value { "," value } ] "]" */
  #array(depth: number): RawValue {
    const start = this.#at++;
    const items: RawValue[] = [];
    this.#elements(start, "]", () => {
      const item = this.#value(depth + 1);
      if (item !== undefined) {
        items.push(item);
      }
    });
    return new JsonList(this.#file, start, this.#at, items);
  }

  /** The comma-separated inside of an object or array, up to and including its closing character. */
  #elements(start: number, close: "}" | "]", element: () => void): void {
    let comma = -1;
    for (let first = true; ; first = false) {
      this.#blank();
      const character = this.#text[this.#at];
      if (this.#stopped) {
        return;
      }
      if (character === undefined) {
        this.#unclosed(start, close);
        return;
      }
      if (character === close) {
        this.#close(close, comma);
        return;
      }
      if (character === "}" || character === "]") {
        this.#wrongClose(start, close);
        return;
      }
      if (!first && comma < 0 && !this.#reopened) {
        this.#missingComma();
      }
      this.#reopened = false;
      comma = -1;
      const before = this.#at;
      element();
      if (this.#at === before) {
        this.#at++;
      }
      this.#blank();
      if (close === "]" && this.#text[this.#at] === ":" && this.#text[before] === '"') {
        this.#keyInList(start, before);
        return;
      }
      if (this.#text[this.#at] === ",") {
        comma = this.#at++;
      }
      while (this.#text[this.#at] === ",") {
        this.#tell("json/unexpected", [this.#at, this.#at + 1], "A value is missing between two commas");
        this.#at++;
        this.#blank();
      }
    }
  }

  #close(close: string, comma: number): void {
    if (comma >= 0) {
      this.#problem("json/trailing-comma", [comma, comma + 1], `A comma before "${close}"`, {
        detail: "JSON allows a comma only between two values.",
        hint: "Take the comma away.",
      });
    }
    this.#at++;
  }

  #missingComma(): void {
    let end = this.#at;
    while (end > 0 && /\s/.test(this.#text[end - 1] ?? "")) {
      end--;
    }
    this.#problem("json/missing-comma", [end - 1, end], "A comma is missing after this value", {
      detail: `${this.#shown(this.#at)} follows without a comma between.`,
    });
  }

  #unclosed(start: number, close: string): void {
    const what = close === "}" ? "object" : "list";
    this.#problem("json/unclosed", [start, start + 1], `This ${what} is never closed`, {
      detail: `The file ends before its "${close}".`,
    });
    this.#stop();
  }

  /** A key inside a list: the list's closing bracket was forgotten, and the key belongs to the object around it. */
  #keyInList(start: number, key: number): void {
    this.#problem("json/unclosed", [start, start + 1], "This list is never closed", {
      detail: `A key follows inside it, on line ${findPosition(this.#file, key).line}; its "]" is missing before.`,
    });
    this.#at = key;
    this.#reopened = true;
  }

  #wrongClose(start: number, close: string): void {
    const opened = findPosition(this.#file, start);
    this.#problem("json/unclosed", [this.#at, this.#at + 1], `"${this.#text[this.#at]}" where "${close}" should be`, {
      detail: `The "${this.#text[start]}" on line ${opened.line}, column ${opened.column} is still open.`,
    });
    // Most often one closing character is missing: the one found may belong to what lies around.
    if (start === 0) {
      this.#at++;
    }
  }

  /** string = quote { character | escape } quote; JSON's own quote is `"`. */
  #string(quote: string): JsonString {
    const start = this.#at++;
    let from = this.#at;
    let text = "";
    for (;;) {
      const character = this.#text[this.#at];
      if (character === quote) {
        break;
      }
      if (character === "\n" && this.#goesOn(quote)) {
        this.#problem("json/control-character", [start, this.#at], "A line end inside a string", {
          detail: "It goes on in the next line.",
          hint: "Write the line end as \\n, with the whole string on one line.",
        });
        this.#passLines(quote);
        continue;
      }
      if (character === undefined || character === "\n") {
        text += this.#text.slice(from, this.#at);
        return this.#unclosedString(start, text);
      }
      if (character === "\\") {
        text += this.#text.slice(from, this.#at) + this.#escape();
        from = this.#at;
        continue;
      }
      if (character < " ") {
        this.#controlCharacter();
      }
      this.#at++;
    }
    text += this.#text.slice(from, this.#at++);
    return new JsonString(this.#file, start, this.#at, text);
  }

  /** Whether the text in the lines below closes the string, as somebody does who breaks a long one. */
  #goesOn(quote: string): boolean {
    const lines = this.#text.slice(this.#at + 1, this.#at + 20_000).split("\n", 50);
    const closing = lines.findIndex((line) => line.replaceAll(/\\./g, "").includes(quote));
    const line = lines[closing]?.replaceAll(/\\./g, "") ?? "";
    const inner = line.slice(0, line.indexOf(quote));
    const after = line.slice(line.indexOf(quote) + 1);
    const ends = /^\s*(:|[,\]}]|$)/.test(after) && (after.split(quote).length - 1) % 2 === 0;
    // A line that begins with the next key or closes a bracket belongs to something else.
    return closing >= 0 && ends && inner.trim() !== "" && !/[:[\]{},]\s*$/.test(inner);
  }

  /** To the closing quote of a string that goes over several lines. */
  #passLines(quote: string): void {
    while (this.#at < this.#text.length && this.#text[this.#at] !== quote) {
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    }
  }

  #unclosedString(start: number, text: string): JsonString {
    this.#problem("json/unclosed-string", [start, this.#at], "This string is never closed", {
      detail: 'It has no closing " on its line; a line end inside a string is written \\n.',
    });
    // What follows on the line was swallowed; give back the punctuation that most likely ended the value.
    const tail = /[,\]}\s]*$/.exec(text)?.[0].length ?? 0;
    if (tail < text.length) {
      this.#at -= tail;
    }
    return new JsonString(this.#file, start, this.#at, text.slice(0, text.length - tail));
  }

  #controlCharacter(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code === 13) {
      return;
    }
    const written = code === 9 ? "\\t" : `\\u${code.toString(16).padStart(4, "0")}`;
    this.#problem("json/control-character", [this.#at, this.#at + 1], `A control character inside a string`, {
      hint: `Write it as ${written}.`,
    });
  }

  #escape(): string {
    const start = this.#at;
    const letter = this.#text[start + 1] ?? "";
    const plain = ESCAPES[letter];
    if (plain !== undefined) {
      this.#at += 2;
      return plain;
    }
    const hex = letter === "u" ? /^[0-9a-fA-F]{4}/.exec(this.#text.slice(start + 2, start + 6)) : null;
    if (hex !== null) {
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(hex[0], 16));
    }
    this.#problem("json/bad-escape", [start, start + 2], `"\\${letter}" is no escape of JSON`, {
      detail: 'The escapes are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits.',
      hint: `For a backslash write two: "\\\\${letter}".`,
    });
    this.#at += letter === "" || letter === "\n" ? 1 : 2;
    return `\\${letter}`;
  }

  #singleQuoted(): JsonString {
    const start = this.#at;
    const node = this.#string("'");
    this.#problem("json/single-quotes", [start, node.end], "A string in single quotes", {
      hint: "JSON strings stand in double quotes: \" instead of '.",
    });
    return node;
  }

  /** number | "true" | "false" | "null", and what people write instead. */
  #word(): RawValue | undefined {
    const start = this.#at;
    const word = this.#match(WORD);
    if (word === "true" || word === "false") {
      return new JsonBool(this.#file, start, this.#at);
    }
    if (word === "null") {
      return new JsonNull(this.#file, start, this.#at);
    }
    NUMBER.lastIndex = start;
    if (NUMBER.exec(this.#text)?.[0] === word && word !== "") {
      return new JsonNumber(this.#file, start, this.#at);
    }
    if (word === "") {
      this.#problem("json/unexpected", [start, start + 1], `Unexpected ${this.#shown(start)} where a value should be`);
      this.#at++;
      // What follows is most likely the value that was meant.
      this.#reopened = true;
      return undefined;
    }
    const meant = LITERALS[word];
    const number = /^[-+.\d]/.test(word);
    const quote = number
      ? "Write digits without leading zeros, or put the value in double quotes."
      : `Put it in double quotes: "${word}".`;
    const hint = meant ? `Write ${meant}.` : quote;
    this.#problem(
      number ? "json/bad-number" : "json/bad-word",
      [start, this.#at],
      number ? `${word} is no number` : `${word} is no value`,
      {
        hint,
      },
    );
    return meant === "null"
      ? new JsonNull(this.#file, start, this.#at)
      : new JsonString(this.#file, start - 1, this.#at + 1, word);
  }

  /** Passes over white space, and over comments with a complaint. */
  #blank(): void {
    for (;;) {
      while (isBlank(this.#text.charCodeAt(this.#at))) {
        this.#at++;
      }
      if (this.#invisible()) {
        continue;
      }
      const two = this.#text.slice(this.#at, this.#at + 2);
      if (two === "//" || two === "/*" || two[0] === "#") {
        this.#comment(two);
      } else {
        return;
      }
    }
  }

  /** Told once: whoever pasted one of them pasted many. */
  #invisible(): boolean {
    const start = this.#at;
    if (this.#match(INVISIBLE) === "") {
      return false;
    }
    if (!this.#sawInvisible) {
      this.#sawInvisible = true;
      this.#tell("json/unexpected", [start, this.#at], `An invisible character: ${this.#shown(start)}`, {
        detail: "It looks like a space, or like nothing, and JSON does not allow it between values.",
        hint: "Replace it, and all others like it, with plain spaces.",
      });
    }
    return true;
  }

  #comment(opening: string): void {
    const start = this.#at;
    const isBlock = opening === "/*";
    const end = this.#text.indexOf(isBlock ? "*/" : "\n", start);
    const past = isBlock ? end + 2 : end;
    this.#at = end < 0 ? this.#text.length : past;
    this.#problem(
      "json/comment",
      [start, Math.min(this.#at, this.#text.indexOf("\n", start) + 1 || this.#at)],
      "JSON has no comments",
      {
        hint: 'Use a root key that begins with an underscore: "_comment": "…"; or write the template in HCL2 or YAML.',
      },
    );
  }

  #skipValueLike(): void {
    while (this.#at < this.#text.length && !",}]\n".includes(this.#text[this.#at] as string)) {
      this.#at++;
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #shown(at: number): string {
    const character = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
    if (/^[\x21-\x7e]$/.test(character) || /\p{L}|\p{N}/u.test(character)) {
      return character === '"' ? "Another text" : `"${character}"`;
    }
    return `the character U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  }

  #problem(
    code: string,
    [start, end]: readonly [number, number],
    summary: string,
    more: { detail?: string | undefined; hint?: string | undefined } = {},
  ): void {
    if (this.#stopped) {
      return;
    }
    if (LOSES_WAY.has(code)) {
      // What is seen of the nesting from here on may follow from the first mistake in it.
      if (this.lostAt !== undefined && code !== "json/unclosed-string") {
        return;
      }
      this.lostAt ??= code === "json/unclosed-string" ? start : this.#at;
    }
    this.#tell(code, [start, end], summary, more);
  }

  #tell(
    code: string,
    [start, end]: readonly [number, number],
    summary: string,
    more: { detail?: string | undefined; hint?: string | undefined } = {},
  ): void {
    this.diagnostics.push({
      code,
      severity: "error",
      summary,
      ...more,
      subject: makeRange(this.#file, start, Math.max(end, start)),
    });
    if (this.diagnostics.length >= MAX_MISTAKES) {
      this.#stop();
    }
  }

  #stop(): void {
    this.#stopped = true;
    this.#at = this.#text.length;
  }
}

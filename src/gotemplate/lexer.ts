// Cuts a template into tokens. After a mistake it goes on behind the action's `}}`, so that later mistakes are found too.
import { problemAt, quoteShort, type Span, type TemplateProblemCode } from "./problem.ts";
import { keywords, missingQuoteHint, type Token, type TokenKind } from "./token.ts";

/** All tokens of a template, ended by `end-of-text`. A mistake is a `broken` token, always followed by its action's end. */
export function splitTokens(text: string): readonly Token[] {
  return new Lexer(text).run();
}

const blank = " \t\r\n";
const name = /[\p{L}\p{Nd}_]+/uy;
const numeral =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;

/** The end of an action, `}}` or ` -}}`. */
interface Marker extends Span {
  readonly trims: boolean;
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #depth = 0;
  #actionStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): readonly Token[] {
    for (;;) {
      const open = this.#text.indexOf("{{", this.#at);
      if (open < 0) {
        break;
      }
      this.#textBefore(open);
      this.#action(open);
    }
    this.#textBefore(this.#text.length);
    this.#add("end-of-text", this.#text.length, this.#text.length);
    return this.#tokens;
  }

  #add(kind: TokenKind, start: number, end: number): void {
    this.#tokens.push({ kind, text: this.#text.slice(start, end), start, end });
    this.#at = end;
  }

  /** text = everything between actions, without the blanks that trim markers take. */
  #textBefore(open: number): void {
    let end = open;
    if (this.#hasLeftTrim(open)) {
      while (end > this.#at && this.#isBlank(end - 1)) {
        end--;
      }
    }
    if (end > this.#at) {
      this.#add("text", this.#at, end);
    }
    this.#at = open;
  }

  /** action = "{{" [ "- " ] ( comment | { token } ) [ " -" ] "}}" */
  #action(open: number): void {
    this.#actionStart = open;
    this.#depth = 0;
    const inside = open + (this.#hasLeftTrim(open) ? 4 : 2);
    if (this.#text.startsWith("/*", inside)) {
      this.#comment(inside);
      return;
    }
    this.#add("open", open, inside);
    while (this.#step()) {
      // Each step adds one token; the last one closes the action.
    }
  }

  /** A whole comment leaves no token. */
  #comment(start: number): void {
    const end = this.#text.indexOf("*/", start + 2);
    const close = end < 0 ? undefined : this.#closingAt(end + 2);
    if (close === undefined) {
      this.#add("open", this.#actionStart, start);
    }
    if (close !== undefined) {
      this.#goBehind(close);
    } else if (end < 0) {
      // All that follows belongs to the comment.
      this.#broken(
        { start: this.#actionStart, end: start + 2 },
        "gotemplate/unclosed-comment",
        "This comment is not closed",
        "close it with */}}",
      );
      this.#add("close", this.#text.length, this.#text.length);
    } else {
      const hint = "put nothing but the comment between {{/* and */}}";
      this.#stop(
        { start: end, end: end + 2 },
        "gotemplate/unclosed-comment",
        "A comment must end right before }}",
        hint,
      );
    }
  }

  /** Reads one token inside an action; false when it was the action's last. */
  #step(): boolean {
    const start = this.#at;
    const close = this.#closingAt(start);
    if (close !== undefined) {
      return this.#close(close);
    }
    const unit = this.#text[start];
    if (unit === undefined) {
      return this.#unclosed(start);
    }
    if (this.#isBlank(start)) {
      return this.#space(start);
    }
    if (this.#text.startsWith("{{", start)) {
      return this.#unclosed(start);
    }
    switch (unit) {
      case '"':
      case "'":
        return this.#quoted(unit, start);
      case "`":
        return this.#raw(start);
      case "(":
        this.#depth++;
        return this.#keep("left-paren", start + 1);
      case ")":
        return this.#rightParen(start);
      case "|":
        return this.#keep("pipe", start + 1);
      case "=":
        return this.#keep("assign", start + 1);
      case ":":
        return this.#declare(start);
      case "$":
        return this.#named("variable", start, start + 1);
      case ".":
        return this.#dotted(start);
    }
    return this.#word(unit, start);
  }

  #keep(kind: TokenKind, end: number): true {
    this.#add(kind, this.#at, end);
    return true;
  }

  #word(unit: string, start: number): boolean {
    if (/[0-9+-]/.test(unit)) {
      return this.#number(start);
    }
    if (this.#nameEnd(start) > start) {
      return this.#named("identifier", start, start);
    }
    if (unit > " " && unit < "\u007f") {
      return this.#keep("other", start + 1);
    }
    const end = start + this.#characterAt(start).length;
    return this.#stop(
      { start, end },
      "gotemplate/unexpected",
      `The character ${JSON.stringify(this.#text.slice(start, end))} cannot stand here`,
      "quote it if it is part of a text",
    );
  }

  #close(marker: Marker): false {
    if (this.#depth > 0) {
      this.#broken(
        { start: marker.start, end: marker.end },
        "gotemplate/unexpected",
        "A parenthesis is still open here",
        "add a ) before it",
      );
    }
    this.#add("close", marker.start, marker.end);
    this.#goBehind(marker);
    return false;
  }

  #goBehind(marker: Marker): void {
    this.#at = marker.end;
    if (marker.trims) {
      while (this.#isBlank(this.#at)) {
        this.#at++;
      }
    }
  }

  #space(start: number): true {
    let end = start;
    while (this.#isBlank(end) && this.#closingAt(end) === undefined) {
      end++;
    }
    return this.#keep("space", end);
  }

  #declare(start: number): boolean {
    if (this.#text[start + 1] === "=") {
      return this.#keep("declare", start + 2);
    }
    return this.#stop(
      { start, end: start + 1 },
      "gotemplate/unexpected",
      'A ":" must be followed by "="',
      "a variable is declared with $name := value",
    );
  }

  #rightParen(start: number): boolean {
    if (this.#depth === 0) {
      return this.#stop(
        { start, end: start + 1 },
        "gotemplate/unexpected",
        'This ")" has no "(" before it',
        "remove it",
      );
    }
    this.#depth--;
    return this.#keep("right-paren", start + 1);
  }

  #dotted(start: number): boolean {
    if (/[0-9]/.test(this.#text[start + 1] ?? "")) {
      return this.#number(start);
    }
    const end = this.#nameEnd(start + 1);
    if (end > start + 1) {
      return this.#named("field", start, start + 1);
    }
    return this.#terminated("dot", start, end);
  }

  /** variable = "$" [ name ]   field = "." name   identifier = name */
  #named(kind: TokenKind, start: number, from: number): boolean {
    const end = this.#nameEnd(from);
    const word = this.#text.slice(start, end);
    if (kind !== "identifier") {
      return this.#terminated(kind, start, end);
    }
    if (word === "true" || word === "false") {
      return this.#terminated("bool", start, end);
    }
    return this.#terminated(keywords.has(word) ? "keyword" : kind, start, end);
  }

  /** A name must be followed by something that cannot be part of it. */
  #terminated(kind: TokenKind, start: number, end: number): boolean {
    const next = this.#characterAt(end);
    if (next === "" || " \t\r\n.,|:)(".includes(next) || this.#text.startsWith("}}", end)) {
      return this.#keep(kind, end);
    }
    const word = this.#text.slice(start, end);
    const message = `The character ${quoteShort(next)} cannot follow ${quoteShort(word)}`;
    return this.#stop(
      { start: end, end: end + next.length },
      "gotemplate/unexpected",
      message,
      hintAfterName(kind, next, word, this.#tokens.at(-1)),
    );
  }

  /** number = [ "+" | "-" ] digits, in Go's notations */
  #number(start: number): boolean {
    numeral.lastIndex = start;
    let end = start + (numeral.exec(this.#text)?.[0].length ?? 0);
    const rest = this.#nameEnd(end);
    const sign = /[+-]/.test(this.#text[end] ?? "");
    const isTrimMarker =
      this.#text[start] === "-" && start === this.#actionStart + 2 && (rest > end || end === start + 1);
    if (rest === end && !sign && !isTrimMarker) {
      return this.#keep("number", end);
    }
    end = Math.max(rest, sign ? end + 1 : end);
    const reason = sign ? "templates cannot calculate" : undefined;
    const hint = isTrimMarker ? "a trim marker needs a blank: {{- " : reason;
    return this.#stop(
      { start, end },
      "gotemplate/invalid-literal",
      `${quoteShort(this.#text.slice(start, end))} is not a number`,
      hint,
    );
  }

  #quoted(quote: '"' | "'", start: number): boolean {
    let end = start + 1;
    for (;;) {
      const unit = this.#text[end];
      if (unit === undefined || unit === "\n") {
        break;
      }
      if (unit === quote) {
        return this.#keep(quote === '"' ? "string" : "character", end + 1);
      }
      end += unit === "\\" && this.#text[end + 1] !== "\n" ? 2 : 1;
    }
    const hint = `add the closing ${quote}; a text of several lines is written in backquotes`;
    return this.#stopAt(start, Math.min(end, this.#text.length), hint);
  }

  #raw(start: number): boolean {
    const end = this.#text.indexOf("`", start + 1);
    return end < 0 ? this.#stopAt(start, this.#text.length, "add the closing `") : this.#keep("raw-string", end + 1);
  }

  /** An unclosed quote: the mark covers no more than this action. */
  #stopAt(start: number, end: number, hint: string): boolean {
    const close = this.#text.slice(start, end).indexOf("}}");
    const marked = close < 0 ? end : start + close;
    return this.#stop({ start, end: marked }, "gotemplate/unclosed-text", "This text has no closing quote", hint);
  }

  #unclosed(end: number): boolean {
    const hint = this.#text.startsWith("{{", end) ? "add }} before the next {{" : "add }}";
    this.#broken(
      { start: this.#actionStart, end: this.#actionStart + 2 },
      "gotemplate/unclosed-action",
      "This {{ is not closed",
      hint,
    );
    this.#resume(end);
    return false;
  }

  /** Reports a mistake and goes on behind the action. */
  #stop(
    { start, end }: { readonly start: number; readonly end: number },
    code: TemplateProblemCode,
    message: string,
    hint?: string,
  ): false {
    this.#broken({ start, end }, code, message, hint);
    this.#resume(Math.max(start, this.#at));
    return false;
  }

  #broken(
    { start, end }: { readonly start: number; readonly end: number },
    code: TemplateProblemCode,
    message: string,
    hint?: string,
  ): void {
    const text = this.#text.slice(start, end);
    this.#tokens.push({ kind: "broken", text, start, end, problem: problemAt({ start, end }, code, message, hint) });
  }

  /** Leaves a broken action: behind the next `}}`, or before the next `{{` when that comes first. */
  #resume(from: number): void {
    const open = this.#text.indexOf("{{", from);
    const end = open < 0 ? this.#text.length : open;
    const close = this.#text.slice(from, end).indexOf("}}");
    if (close < 0) {
      this.#add("close", end, end);
    } else {
      this.#add("close", from + close, from + close + 2);
    }
  }

  /** Where the action's closing marker is, when one begins here. */
  #closingAt(at: number): Marker | undefined {
    if (this.#text.startsWith("}}", at)) {
      return { start: at, end: at + 2, trims: false };
    }
    if (this.#isBlank(at) && this.#text.startsWith("-}}", at + 1)) {
      return { start: at, end: at + 4, trims: true };
    }
    return undefined;
  }

  #hasLeftTrim(open: number): boolean {
    return this.#text[open + 2] === "-" && this.#isBlank(open + 3);
  }

  #isBlank(at: number): boolean {
    const unit = this.#text[at];
    return unit !== undefined && blank.includes(unit);
  }

  #characterAt(at: number): string {
    const point = this.#text.codePointAt(at);
    return point === undefined ? "" : String.fromCodePoint(point);
  }

  #nameEnd(from: number): number {
    name.lastIndex = from;
    return from + (name.exec(this.#text)?.[0].length ?? 0);
  }
}

function hintAfterName(kind: TokenKind, next: string, word: string, before: Token | undefined): string | undefined {
  if (before?.kind.endsWith("string") && before.text.includes("}}")) {
    return missingQuoteHint;
  }
  if (next === "=") {
    return `put a blank before "="`;
  }
  if (next === "-" && kind === "field") {
    return `a key with "-" is read with index: {{index . "${word.slice(1)}-…"}}`;
  }
  if ("\"'`".includes(next)) {
    return "put a blank before the quote";
  }
  return undefined;
}

// Cuts the native syntax into tokens. Never fails: what makes no sense becomes an `invalid` token.
import type { Token, TokenType } from "./token.ts";

/** What the lexer is inside of. */
type Mode =
  | { readonly kind: "code"; braces: number; readonly insideTemplate: boolean; readonly from: number }
  | { readonly kind: "quoted" }
  | { readonly kind: "heredoc"; readonly marker: string; atLineStart: boolean }
  | { readonly kind: "bare" };

/** How a text starts out: as configuration or expression, or as a template without quotes. */
export type StartMode = "code" | "template";

/** The tokens of a text, white space left out, with one `end` token at the end. */
export function tokenize(text: string, start: StartMode = "code"): Token[] {
  return new Lexer(text, start).run();
}

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const DOLLAR = 36;
const PERCENT = 37;
const STAR = 42;
const SLASH = 47;
const LESS = 60;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const TILDE = 126;
const BYTE_ORDER_MARK = 0xfeff;

const NUMBER = /\d+(?:\.\d+|[eE][+-]?\d+)*/y;
/** True for a name that can be written without quotes. */
export function isIdentifier(text: string): boolean {
  return /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(text);
}

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)(\r?\n)/uy;

/** Longest first. */
const OPERATORS: readonly TokenType[] = ["...", "==", "!=", "<=", ">=", "=>", "&&", "||", "::"];
const SINGLE = new Set<string>("{}[]()=<>!+-*/%?:.,");

const identifierStart = new Uint8Array(128);
const identifierPart = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const letter = /[A-Za-z_]/.test(String.fromCharCode(code));
  identifierStart[code] = letter ? 1 : 0;
  identifierPart[code] = letter || /[0-9-]/.test(String.fromCharCode(code)) ? 1 : 0;
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  readonly #modes: Mode[];
  #at = 0;
  #sequencesEndWithLine = false;

  constructor(text: string, start: StartMode) {
    this.#text = text;
    this.#modes = [start === "code" ? { kind: "code", braces: 0, insideTemplate: false, from: 0 } : { kind: "bare" }];
    if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
      this.#at = 1;
    }
  }

  run(): Token[] {
    while (this.#at < this.#text.length || this.#backtrack()) {
      this.#step();
    }
    this.#closeAll();
    this.#emit("end", this.#at);
    return this.#tokens;
  }

  /** At the end of the text inside a sequence of a quoted string: goes back to the end of the line it began on. From then on such sequences end with their line. */
  #backtrack(): boolean {
    if (this.#sequencesEndWithLine) {
      return false;
    }
    const broken = this.#modes.findIndex(
      (mode, i) => mode.kind === "code" && mode.insideTemplate && this.#insideQuotes(i),
    );
    const mode = this.#modes[broken];
    if (mode?.kind !== "code") {
      return false;
    }
    const lineEnd = this.#text.indexOf("\n", mode.from);
    if (lineEnd < 0) {
      return false;
    }
    this.#sequencesEndWithLine = true;
    this.#at = mode.from;
    this.#tokens.length = this.#tokens.findLastIndex((token) => token.to <= mode.from) + 1;
    this.#modes.length = broken;
    this.#modes.push({ kind: "code", braces: 0, insideTemplate: true, from: mode.from });
    return true;
  }

  #step(): void {
    const mode = this.#modes[this.#modes.length - 1];
    if (mode === undefined || mode.kind === "code") {
      this.#code(mode);
    } else if (mode.kind === "quoted") {
      this.#quoted();
    } else {
      this.#template(mode);
    }
  }

  #emit(type: TokenType, to: number): void {
    this.#tokens.push({ type, from: this.#at, to });
    this.#at = to;
  }

  #code(mode: (Mode & { kind: "code" }) | undefined): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code === SPACE || code === TAB) {
      this.#at += 1;
    } else if (code < 128 && identifierStart[code] === 1) {
      this.#identifier();
    } else if (code === LINE_FEED) {
      this.#lineFeed();
    } else if (code === CARRIAGE_RETURN) {
      this.#carriageReturn();
    } else if (code === QUOTE) {
      this.#open("open-quote", this.#at + 1, { kind: "quoted" });
    } else if (code >= 48 && code <= 57) {
      this.#emit("number", this.#matchEnd(NUMBER) ?? this.#at + 1);
    } else if (code === HASH || (code === SLASH && this.#text.charCodeAt(this.#at + 1) === SLASH)) {
      this.#lineComment();
    } else if (code === SLASH && this.#text.charCodeAt(this.#at + 1) === STAR) {
      this.#blockComment();
    } else if (code === OPEN_BRACE || code === CLOSE_BRACE) {
      this.#brace(code, mode);
    } else if (
      code === TILDE &&
      mode?.insideTemplate &&
      mode.braces === 0 &&
      this.#text.charCodeAt(this.#at + 1) === CLOSE_BRACE
    ) {
      this.#close("close-sequence", this.#at + 2);
    } else if (code === LESS && this.#heredoc()) {
      return;
    } else {
      this.#sign();
    }
  }

  #open(type: TokenType, to: number, mode: Mode): void {
    this.#emit(type, to);
    this.#modes.push(mode);
  }

  #close(type: TokenType, to: number): void {
    this.#emit(type, to);
    this.#modes.pop();
  }

  #lineFeed(): void {
    if (
      this.#sequencesEndWithLine &&
      this.#modes[this.#modes.length - 1]?.kind === "code" &&
      this.#insideQuotes(this.#modes.length - 1)
    ) {
      this.#closeQuotes();
    } else {
      this.#emit("newline", this.#at + 1);
    }
  }

  #carriageReturn(): void {
    const isBreak = this.#text.charCodeAt(this.#at + 1) === LINE_FEED;
    this.#emit(isBreak ? "newline" : "invalid", this.#at + (isBreak ? 2 : 1));
  }

  #matchEnd(pattern: RegExp): number | undefined {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text) ? pattern.lastIndex : undefined;
  }

  #identifier(): void {
    let end = this.#at + 1;
    let code = this.#text.charCodeAt(end);
    while (code < 128 && identifierPart[code] === 1) {
      code = this.#text.charCodeAt(++end);
    }
    this.#emit("identifier", code >= 128 ? (this.#matchEnd(IDENTIFIER) ?? end) : end);
  }

  /** A comment to the end of its line takes the line break along. */
  #lineComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#emit("comment", end < 0 ? this.#text.length : end + 1);
  }

  #blockComment(): void {
    const end = this.#text.indexOf("*/", this.#at + 2);
    if (end < 0) {
      this.#emit("invalid", this.#text.length);
    } else {
      this.#emit("comment", end + 2);
    }
  }

  #brace(code: number, mode: (Mode & { kind: "code" }) | undefined): void {
    const isOpen = code === OPEN_BRACE;
    if (!isOpen && mode?.insideTemplate && mode.braces === 0) {
      this.#close("close-sequence", this.#at + 1);
      return;
    }
    if (mode !== undefined) {
      mode.braces += isOpen ? 1 : -1;
    }
    this.#emit(isOpen ? "{" : "}", this.#at + 1);
  }

  #heredoc(): boolean {
    HEREDOC.lastIndex = this.#at;
    const match = HEREDOC.exec(this.#text);
    if (match === null) {
      return false;
    }
    this.#open("open-heredoc", HEREDOC.lastIndex, { kind: "heredoc", marker: match[1] ?? "", atLineStart: true });
    return true;
  }

  #sign(): void {
    const operator = OPERATORS.find((text) => this.#text.startsWith(text, this.#at));
    const character = this.#text.charAt(this.#at);
    if (operator !== undefined) {
      this.#emit(operator, this.#at + operator.length);
    } else if (SINGLE.has(character)) {
      this.#emit(character as TokenType, this.#at + 1);
    } else {
      const end = this.#matchEnd(IDENTIFIER);
      if (end === undefined) {
        this.#emit("invalid", this.#at + characterLength(this.#text, this.#at));
      } else {
        this.#emit("identifier", end);
      }
    }
  }

  #quoted(): void {
    const end = this.#textEnd(true);
    if (end > this.#at) {
      this.#emit("quoted-text", end);
    }
    const code = this.#text.charCodeAt(this.#at);
    if (code === QUOTE) {
      this.#close("close-quote", this.#at + 1);
    } else if (code === LINE_FEED || code === CARRIAGE_RETURN || this.#at >= this.#text.length) {
      this.#breakOff();
    } else {
      this.#sequence(code);
    }
  }

  /** A quoted string ends with its line at the latest; so do the strings and sequences around it. */
  #breakOff(): void {
    this.#close("missing-quote", this.#at);
    this.#closeQuotes();
  }

  #closeQuotes(): void {
    for (let i = this.#modes.length - 1; i > 0; i--) {
      const mode = this.#modes[i];
      if (mode?.kind === "heredoc" || mode?.kind === "bare") {
        return;
      }
      const isQuoted = mode?.kind === "quoted";
      if (!isQuoted && !this.#insideQuotes(i)) {
        return;
      }
      this.#close(isQuoted ? "missing-quote" : "missing-brace", this.#at);
    }
  }

  #insideQuotes(mode: number): boolean {
    return this.#modes[mode - 1]?.kind === "quoted";
  }

  #template(mode: Mode & { kind: "heredoc" | "bare" }): void {
    const wasAtLineStart = mode.kind === "heredoc" && mode.atLineStart;
    const end = this.#textEnd(false);
    const isLine = this.#text.charCodeAt(end - 1) === LINE_FEED && end > this.#at;
    if (mode.kind === "heredoc") {
      if (wasAtLineStart && isLine && this.#isMarker(mode.marker, end)) {
        this.#closeHeredoc(end);
        return;
      }
      mode.atLineStart = isLine;
    }
    if (end > this.#at) {
      this.#emit("text", end);
    } else {
      this.#sequence(this.#text.charCodeAt(this.#at));
    }
  }

  #isMarker(marker: string, end: number): boolean {
    if (end - this.#at < marker.length) {
      return false;
    }
    return this.#text.slice(this.#at, end).trim() === marker;
  }

  /** The line break after the marker is a token of its own. */
  #closeHeredoc(end: number): void {
    const lineBreak = /\r?\n?$/.exec(this.#text.slice(Math.max(this.#at, end - 2), end))?.[0].length ?? 0;
    this.#close("close-heredoc", end - lineBreak);
    if (lineBreak > 0) {
      this.#emit("newline", end);
    }
  }

  /** Where the text of a template ends: before a sequence, the quote or the line break of a quoted string, or after a line break otherwise. */
  #textEnd(quoted: boolean): number {
    const text = this.#text;
    for (let i = this.#at; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === DOLLAR || code === PERCENT) {
        const next = text.charCodeAt(i + 1);
        if (next === OPEN_BRACE) {
          return i;
        }
        if (next === code && text.charCodeAt(i + 2) === OPEN_BRACE) {
          i += 2;
        }
      } else if (code === LINE_FEED) {
        return quoted ? i : i + 1;
      } else if (quoted) {
        if (code === QUOTE || (code === CARRIAGE_RETURN && text.charCodeAt(i + 1) === LINE_FEED)) {
          return i;
        }
        if (code === BACKSLASH && text.charCodeAt(i + 1) !== LINE_FEED && text.charCodeAt(i + 1) !== CARRIAGE_RETURN) {
          i += 1;
        }
      }
    }
    return text.length;
  }

  #sequence(code: number): void {
    const trims = this.#text.charCodeAt(this.#at + 2) === TILDE;
    const type = code === DOLLAR ? "open-interpolation" : "open-directive";
    const to = this.#at + (trims ? 3 : 2);
    this.#open(type, to, { kind: "code", braces: 0, insideTemplate: true, from: to });
  }

  #closeAll(): void {
    for (let i = this.#modes.length - 1; i > 0; i--) {
      const mode = this.#modes[i];
      if (mode?.kind === "quoted") {
        this.#close("missing-quote", this.#at);
      } else if (mode?.kind === "heredoc") {
        this.#close("missing-marker", this.#at);
      } else if (mode?.kind === "code") {
        this.#close("missing-brace", this.#at);
      }
    }
  }
}

function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

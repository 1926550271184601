// The literal text inside templates: escapes, trimming, and the indentation of heredocs.
import { firstGraphemes, graphemeCount } from "./source.ts";

/** A mistake in an escape, as offsets into the text. */
export interface EscapeProblem {
  readonly from: number;
  readonly to: number;
  readonly summary: string;
  readonly detail: string;
}

const needsWork = /\\|\$\$\{|%%\{/;

/** The text a template literal stands for. Backslash escapes only count in quotes. */
export function decodeTemplateText(raw: string, quoted: boolean, report: (problem: EscapeProblem) => void): string {
  if (!needsWork.test(raw)) {
    return raw;
  }
  const unescaped = quoted ? (text: string, at: number) => decodeEscapes(text, at, report) : (text: string) => text;
  let result = "";
  let from = 0;
  for (const match of raw.matchAll(/\$\$\{|%%\{/g)) {
    // A backslash before it takes the first sign for itself.
    result += unescaped(raw.slice(from, match.index), from) + match[0].slice(1);
    from = match.index + match[0].length;
  }
  return result + unescaped(raw.slice(from), from);
}

const simpleEscapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

function decodeEscapes(text: string, offset: number, report: (problem: EscapeProblem) => void): string {
  let result = "";
  let at = 0;
  for (let slash = text.indexOf("\\"); slash >= 0; slash = text.indexOf("\\", at)) {
    result += text.slice(at, slash);
    const { value, length, problem } = decodeEscape(text, slash);
    if (problem !== undefined) {
      report({ from: offset + slash, to: offset + slash + length, ...problem });
    }
    result += value;
    at = slash + length;
  }
  return result + text.slice(at);
}

interface Escape {
  readonly value: string;
  readonly length: number;
  readonly problem?: { readonly summary: string; readonly detail: string } | undefined;
}

function decodeEscape(text: string, slash: number): Escape {
  const selector = String.fromCodePoint(text.codePointAt(slash + 1) ?? 0x20);
  const simple = simpleEscapes[selector];
  if (simple !== undefined) {
    return { value: simple, length: 2 };
  }
  if (selector === "u" || selector === "U") {
    return decodeCodePoint(text, slash, selector === "u" ? 4 : 8);
  }
  // A backslash at the end of the text is part of a string that is not closed, which is reported.
  if (slash + 1 >= text.length) {
    return { value: "\\", length: 1 };
  }
  const what = `The symbol "${selector}" is not a valid escape selector.`;
  return {
    value: text.slice(slash, slash + 1 + selector.length),
    length: 1 + selector.length,
    problem: {
      summary: "Invalid escape sequence",
      detail: `${what} Known are \\n, \\r, \\t, \\", \\\\, \\uNNNN and \\UNNNNNNNN; a backslash itself is written \\\\.`,
    },
  };
}

function decodeCodePoint(text: string, slash: number, digits: number): Escape {
  const found = /^[0-9A-Fa-f]*/.exec(text.slice(slash + 2, slash + 2 + digits))?.[0] ?? "";
  const length = 2 + found.length;
  const code = Number.parseInt(found, 16);
  if (found.length < digits) {
    const detail = `The \\${digits === 4 ? "u" : "U"} escape sequence must be followed by ${digits} hexadecimal digits.`;
    return {
      value: text.slice(slash, slash + length),
      length,
      problem: { summary: "Invalid escape sequence", detail },
    };
  }
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return {
      value: "\ufffd",
      length,
      problem: { summary: "Invalid escape sequence", detail: `There is no character with the number ${found}.` },
    };
  }
  return { value: String.fromCodePoint(code), length };
}

const space = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const leadingSpace = new RegExp(`^${space}+`);

export function trimStart(text: string): string {
  return text.replace(leadingSpace, "");
}

/** Written as a loop, since a regular expression for it takes quadratic time. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && leadingSpace.test(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(0, end);
}

/** One piece of a heredoc: text of at most one line, or something else. */
export interface HeredocPiece {
  text?: string | undefined;
}

/** Takes the indentation that all lines share from each line of a `<<-` heredoc; changes the pieces. */
export function removeIndentation(pieces: readonly HeredocPiece[]): void {
  const indented: HeredocPiece[] = [];
  let smallest = Number.POSITIVE_INFINITY;
  let atLineStart = true;
  for (const piece of pieces) {
    if (atLineStart && !isBlankLine(piece)) {
      const indent = leadingSpace.exec(piece.text ?? "")?.[0] ?? "";
      smallest = Math.min(smallest, isAscii(indent) ? indent.length : graphemeCount(indent));
      if (piece.text !== undefined) {
        indented.push(piece);
      }
    }
    atLineStart = piece.text?.endsWith("\n") ?? false;
  }
  if (smallest === 0 || smallest === Number.POSITIVE_INFINITY) {
    return;
  }
  for (const piece of indented) {
    piece.text = withoutFirst(piece.text ?? "", smallest);
  }
}

function isBlankLine(piece: HeredocPiece): boolean {
  return piece.text?.endsWith("\n") === true && trimStart(piece.text) === "";
}

function withoutFirst(text: string, count: number): string {
  const start = text.slice(0, count);
  return text.slice(isAscii(start) ? count : firstGraphemes(text, count).length);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 126) {
      return false;
    }
  }
  return true;
}

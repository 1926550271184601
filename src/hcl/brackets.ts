// What the parsers say and do about brackets that are not closed, and how tokens are called in messages.
import type { Expression } from "./ast.ts";
import type { Token } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";

/** What a closing bracket is called, and what opened it. */
export interface Bracket {
  readonly open: Token;
  readonly closer: "]" | ")" | "}";
  readonly what: string;
}

export function atCloser(reader: TokenReader, bracket: Bracket): boolean {
  return reader.peek().type === bracket.closer;
}

/** True where a new argument or block seems to begin, or everything ends: then a bracket was forgotten further up. */
export function looksUnclosed(reader: TokenReader): boolean {
  const { type } = reader.peek();
  if (type === "end" || type === "}" || type === "close-sequence" || type === "missing-brace") {
    return true;
  }
  return reader.startsItem();
}

/** Reports a bracket without its partner, and goes back so that the rest of the text is read as if it were there. */
export function reportUnclosedBracket(reader: TokenReader, { open, closer, what }: Bracket): void {
  reader.fail(reader.spanOf(open), {
    code: "hcl/unclosed-bracket",
    summary: "Unclosed bracket",
    detail: `There is no closing "${closer}" for this "${reader.text(open)}", which opens a ${what}.`,
  });
  reader.backToLineStart();
}

/** Stands in for an expression that could not be read. */
export function badExpression(reader: TokenReader, at: Token): Expression {
  return { kind: "bad", range: reader.spanOf(at) };
}

/** What is wrong with a comment that does not end. */
export const unclosedComment = {
  code: "hcl/unclosed-comment",
  summary: "Unclosed comment",
  detail: 'There is no "*/" that ends this comment.',
} as const;

/** A character, by its number where it cannot be seen. */
export function showCharacter(text: string): string {
  if (!/[\p{C}\p{Z}]/u.test(text)) {
    return JSON.stringify(text);
  }
  const numbers = [...text].map((one) => (one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0"));
  return numbers.map((number) => `U+${number}`).join(" ");
}

/** What a token is called in a message. */
export function describe(token: Token, text: string): string {
  switch (token.type) {
    case "end":
      return "the end of the text";
    case "newline":
      return "the end of the line";
    case "missing-quote":
      return "the end of the line";
    case "missing-brace":
    case "missing-marker":
      return "the end of the text";
    case "close-sequence":
      return "the end of the template sequence";
    case "open-quote":
    case "open-heredoc":
      return "a string";
    case "invalid":
      return /[\p{C}\p{Z}]/u.test(text) ? `the character ${showCharacter(text)}` : `"${text}"`;
    default:
      return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;
  }
}

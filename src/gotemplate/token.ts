// The smallest pieces of a template.
import type { TemplateProblem } from "./problem.ts";

export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "space"
  | "identifier"
  | "keyword"
  | "bool"
  | "field"
  | "variable"
  | "dot"
  | "number"
  | "string"
  | "raw-string"
  | "character"
  | "pipe"
  | "left-paren"
  | "right-paren"
  | "declare"
  | "assign"
  | "other"
  | "broken"
  | "end-of-text";

/** One token. `text` is what was written, except in a text token, where trimmed blanks are missing. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** What is wrong, in a `broken` token. */
  readonly problem?: TemplateProblem | undefined;
}

/** Words that are not names of functions. */
export const keywords: ReadonlySet<string> = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
]);

/** Said of something that stands right behind a text which seems to have swallowed the end of its action. */
export const missingQuoteHint = "the text before it contains }}: is a closing quote missing?";

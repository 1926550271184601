// The smallest pieces of the native syntax.

/** Signs and operators go by their own text, everything else by name. */
export type TokenType =
  | "{"
  | "}"
  | "["
  | "]"
  | "("
  | ")"
  | "="
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "=>"
  | "!"
  | "&&"
  | "||"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "?"
  | ":"
  | "::"
  | "."
  | "..."
  | ","
  | "identifier"
  | "number"
  | "comment"
  | "newline"
  | "end"
  /** The quotes around a template. */
  | "open-quote"
  | "close-quote"
  /** Where a line or the text ends inside a quoted string; stands for the missing quote and is empty. */
  | "missing-quote"
  /** `<<NAME` with its line break, and the line with the closing NAME. */
  | "open-heredoc"
  | "close-heredoc"
  /** The text ended inside a heredoc; empty. */
  | "missing-marker"
  /** Text of a template. In quotes it has backslash escapes, elsewhere not. */
  | "quoted-text"
  | "text"
  /** `${` and `%{`, with `~` where it stands, and their closing brace. */
  | "open-interpolation"
  | "open-directive"
  | "close-sequence"
  /** Where a quoted string broke off inside a sequence; stands for the missing brace and is empty. */
  | "missing-brace"
  /** A character that has no meaning here. */
  | "invalid";

/** A token and where it lies. */
export interface Token {
  readonly type: TokenType;
  readonly from: number;
  readonly to: number;
}

// What a regular expression of RE2 is made of. After https://github.com/google/re2/wiki/Syntax

/** A part of an expression. */
export type RegexNode =
  | { readonly is: "empty" }
  | { readonly is: "character"; readonly test: CharacterTest }
  | { readonly is: "place"; readonly place: Place }
  | { readonly is: "group"; readonly index: number; readonly inner: RegexNode }
  | { readonly is: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly is: "choice"; readonly options: readonly RegexNode[] }
  | {
      readonly is: "repeat";
      readonly inner: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    };

/** Whether a character, given as its number, is one of those meant. */
export type CharacterTest = (point: number) => boolean;

/** Where no character is, but only a position that must be of some kind. */
export type Place = "text-start" | "text-end" | "line-start" | "line-end" | "word-boundary" | "no-word-boundary";

/** An expression that was read. */
export interface Regex {
  readonly root: RegexNode;
  /** The names of its groups in order, `undefined` for groups without one. */
  readonly groupNames: readonly (string | undefined)[];
}

/** Why a text is no regular expression, in words for the user. */
export class RegexError extends Error {}

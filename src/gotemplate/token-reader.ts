// Walks through a template's tokens, and keeps what the parsers of actions and of pipelines share.
import { problemAt, quoteShort, type Span, type TemplateProblem, type TemplateProblemCode } from "./problem.ts";
import { missingQuoteHint, type Token, type TokenKind } from "./token.ts";

/** Ends the reading of one action. The problem was recorded before. */
export class ActionBroken extends Error {}

/** Ends the reading of the whole template. The problem was recorded before. */
export class ReadingEnded extends Error {}

const maxDepth = 200;
/** Problems named of one template. */
const maxProblems = 100;
/** Variables known at one place. */
const maxVariables = 1000;

/** The tokens, the place reached, and everything known there. */
export class TokenReader {
  readonly problems: TemplateProblem[] = [];
  /** Names of functions, undefined when any name is taken for one. */
  readonly functions: ReadonlySet<string> | undefined;
  /** Names of the variables that can be used here, `$` among them. */
  variables: string[] = ["$"];
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], functions: ReadonlySet<string> | undefined) {
    this.#tokens = tokens;
    this.functions = functions;
  }

  /** The next token, left in its place. */
  peek(): Token {
    const token = this.#tokens[this.#index];
    if (token === undefined) {
      throw new RangeError("Reading beyond the end of a template's tokens");
    }
    return token;
  }

  /** The next token that is not a blank, left in its place. */
  peekPastSpace(): Token {
    if (this.peek().kind === "space") {
      this.#index++;
    }
    return this.peek();
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.peek();
    if (token.kind !== "end-of-text") {
      this.#index++;
    }
    return token;
  }

  /** The place reached, for `reset`. */
  mark(): number {
    return this.#index;
  }

  /** Goes back to a marked place. */
  reset(mark: number): void {
    this.#index = mark;
  }

  /** The token before the next one, and before the blank between them. */
  beforeSpace(): Token | undefined {
    return this.previous()?.kind === "space" ? this.#tokens[this.#index - 2] : this.previous();
  }

  /** The token before the next one. */
  previous(): Token | undefined {
    return this.#tokens[this.#index - 1];
  }

  /** Takes the next token, which has to be of this kind. */
  expect(kind: TokenKind, expected: string): Token {
    const token = this.peekPastSpace();
    return token.kind === kind ? this.next() : this.unexpected(token, expected);
  }

  /** Records that a token cannot stand where it stands, and ends the action. */
  unexpected(token: Token, expected: string): never {
    if (token.problem !== undefined) {
      return this.#fail(token.problem);
    }
    const code = token.kind === "close" ? "gotemplate/missing-value" : "gotemplate/unexpected";
    return this.failAt(
      token,
      code,
      `Expected ${expected} and found ${token.kind === "close" ? "}}" : quoteShort(token.text)}`,
      this.#hintFor(token),
    );
  }

  /** Records a problem and ends the action. */
  failAt(span: Span, code: TemplateProblemCode, message: string, hint?: string): never {
    return this.#fail(problemAt(span, code, message, hint));
  }

  /** Makes a variable known from here on. */
  declare(variable: Span & { readonly name: string }): void {
    if (this.variables.length >= maxVariables) {
      this.failAt(variable, "gotemplate/too-much", `There are more than ${maxVariables} variables`);
    }
    this.variables.push(variable.name);
  }

  #fail(problem: TemplateProblem): never {
    this.#record(problem);
    throw new ActionBroken();
  }

  /** Records a problem and goes on. */
  note(span: Span, code: TemplateProblemCode, message: string, hint?: string): void {
    this.#record(problemAt(span, code, message, hint));
  }

  /** A text with very many mistakes is no template; nobody reads on. */
  #record(problem: TemplateProblem): void {
    this.problems.push(problem);
    if (this.problems.length >= maxProblems) {
      throw new ReadingEnded();
    }
  }

  /** Goes behind the end of the action that is being read. */
  skipAction(): void {
    while (!["close", "end-of-text"].includes(this.peek().kind)) {
      this.next();
    }
    this.next();
  }

  /** Runs `body` one level deeper, within the depth that is sane. */
  nested<T>(span: Span, body: () => T): T {
    if (this.#depth >= maxDepth) {
      this.note(span, "gotemplate/too-deep", `This is nested more than ${maxDepth} levels deep`);
      throw new ReadingEnded();
    }
    this.#depth++;
    try {
      return body();
    } finally {
      this.#depth--;
    }
  }

  #hintFor(token: Token): string | undefined {
    const before = this.previous();
    if (token.text === "\\") {
      return "quotes inside {{ }} take no backslash; backquotes need none in JSON either";
    }
    if (token.text === "/") {
      return "a comment begins right after {{ and ends right before }}";
    }
    if (before?.kind.endsWith("string") && before.text.includes("}}")) {
      return missingQuoteHint;
    }
    const touches = before !== undefined && before.kind !== "space" && before.kind !== "open";
    return touches && ["string", "raw-string", "character", "left-paren"].includes(token.kind)
      ? "put a blank before it"
      : undefined;
  }
}

// Hands out tokens to the parsers, knows whether line breaks count, and collects what is wrong.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { maxDepth, maxDiagnostics } from "./limits.ts";
import type { Source, Span } from "./source.ts";
import type { Token, TokenType } from "./token.ts";

/** What a diagnostic says besides its place. */
export interface Complaint {
  readonly code: string;
  readonly summary: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly context?: Span | undefined;
}

/** A position in a list of tokens. Comments are passed over; line breaks too, unless they count. */
export class TokenReader {
  readonly source: Source;
  readonly diagnostics: Diagnostic[];
  /** Set after a mistake until the parser has found its feet again; further mistakes are then consequences and not reported. */
  recovering = false;
  readonly #tokens: readonly Token[];
  readonly #newlineRules: boolean[] = [];
  #newlinesCount: boolean;
  #next = 0;
  #depth: number;

  constructor(
    source: Source,
    tokens: readonly Token[],
    options: { newlinesCount: boolean; depth?: number | undefined; diagnostics?: Diagnostic[] | undefined },
  ) {
    this.source = source;
    this.#tokens = tokens;
    this.#newlinesCount = options.newlinesCount;
    this.#depth = options.depth ?? 0;
    this.diagnostics = options.diagnostics ?? [];
  }

  /** The next token, without taking it. */
  peek(): Token {
    this.#next = this.#skip(this.#next);
    return this.#at(this.#next);
  }

  /** The token after the next one. */
  peekSecond(): Token {
    return this.#at(this.#skip(this.#skip(this.#next) + 1));
  }

  take(): Token {
    const token = this.peek();
    if (token.type !== "end") {
      this.#next += 1;
    }
    return token;
  }

  /** Takes the next token if it has this type. */
  accept(type: TokenType): Token | undefined {
    return this.peek().type === type ? this.take() : undefined;
  }

  /** The end of the last token taken. */
  previousEnd(): number {
    return this.#tokens[this.#next - 1]?.to ?? 0;
  }

  #at(index: number): Token {
    const token = this.#tokens[Math.min(index, this.#tokens.length - 1)];
    if (token === undefined) {
      throw new RangeError("a list of tokens ends with an end token");
    }
    if (token.type === "comment") {
      return { type: "newline", from: token.to - 1, to: token.to };
    }
    return token;
  }

  #skip(from: number): number {
    let index = from;
    for (;;) {
      const token = this.#tokens[index];
      if (token === undefined) {
        return index;
      }
      if (token.type === "newline") {
        if (this.#newlinesCount) {
          return index;
        }
      } else if (token.type !== "comment") {
        return index;
      } else if (
        this.#newlinesCount &&
        this.source.text.charCodeAt(token.to - 1) === 10 &&
        this.source.text.charCodeAt(token.from + 1) !== 42
      ) {
        return index;
      }
      index += 1;
    }
  }

  /** Runs a part of the parser in which line breaks do, or do not, count. */
  withNewlines<T>(count: boolean, parse: () => T): T {
    this.#newlineRules.push(this.#newlinesCount);
    this.#newlinesCount = count;
    try {
      return parse();
    } finally {
      this.#newlinesCount = this.#newlineRules.pop() ?? count;
    }
  }

  /** Runs a part of the parser one level deeper; undefined, with a complaint, when that is too deep. */
  nested<T>(parse: () => T): T | undefined {
    if (this.#depth >= maxDepth) {
      const token = this.peek();
      this.complain(this.spanOf(token), {
        code: "hcl/too-deep",
        summary: "Nested too deeply",
        detail: `No more than ${maxDepth} levels of nesting are read.`,
      });
      this.recovering = true;
      this.#next = this.#tokens.length - 1;
      return undefined;
    }
    this.#depth += 1;
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  get depth(): number {
    return this.#depth;
  }

  text(token: Token): string {
    return this.source.text.slice(token.from, token.to);
  }

  spanOf(token: Token): Span {
    return this.source.span(token.from, token.to);
  }

  /** Reports a mistake, unless it follows from one that was reported. */
  complain(at: Span, complaint: Complaint): void {
    if (this.recovering || this.diagnostics.length >= maxDiagnostics) {
      return;
    }
    // Whatever else is wrong at the place of the last mistake follows from it.
    const subject = at.toRange();
    if (this.diagnostics[this.diagnostics.length - 1]?.subject?.start.offset === subject.start.offset) {
      return;
    }
    const { context, ...said } = complaint;
    this.diagnostics.push({
      severity: "error",
      ...said,
      subject,
      context: context?.toRange(),
    });
  }

  /** Reports a mistake and treats what follows as its consequence. */
  fail(at: Span, complaint: Complaint): void {
    this.complain(at, complaint);
    this.recovering = true;
  }

  /** Gives up on the text after this point. */
  skipToEnd(): void {
    this.#next = this.#tokens.length - 1;
  }

  /** Goes to the next of these that is not inside further brackets, without taking it; false when an item of the body seems to begin, or the text or string around ends, before that. */
  skipToSeparator(types: readonly TokenType[]): boolean {
    const found = this.#skipTo((token, open) => open === 0 && (types.includes(token.type) || this.startsItem()), false);
    return types.includes(found.type);
  }

  /** Goes to the first token at or after this offset. */
  skipToOffset(offset: number): void {
    while (this.peek().from < offset && this.peek().type !== "end") {
      this.take();
    }
  }

  /** True where a new argument or block seems to begin. */
  startsItem(): boolean {
    if (this.peek().type !== "identifier" || !this.startsLine()) {
      return false;
    }
    const next = this.peekSecond().type;
    return next === "=" || next === "{" || next === "open-quote";
  }

  /** True when the next token is the first on its line. */
  startsLine(): boolean {
    this.peek();
    for (let i = this.#next - 1; i >= 0; i--) {
      const token = this.#tokens[i];
      if (token?.type === "newline") {
        return true;
      }
      if (token?.type !== "comment") {
        return false;
      }
      if (this.source.text.charCodeAt(token.to - 1) === 10) {
        return true;
      }
    }
    return true;
  }

  /** Goes back to the line break before the next token, if only comments lie between. */
  backToLineStart(): void {
    this.peek();
    let index = this.#next - 1;
    while (
      this.#tokens[index]?.type === "comment" &&
      this.source.text.charCodeAt((this.#tokens[index]?.to ?? 1) - 1) !== 10
    ) {
      index -= 1;
    }
    const token = this.#tokens[index];
    if (token?.type === "newline" || token?.type === "comment") {
      this.#next = index;
    }
  }

  /** Passes over tokens until one of these closes what is open now; takes it too. Stops before the end of the text and before the end of a string. */
  skipPast(closer: TokenType): Token {
    return this.#skipTo((token, open) => open === 0 && token.type === closer, true);
  }

  /** Passes over the rest of the line, and over brackets that open on it. Stops before the line break or an unmatched closing brace. */
  skipLine(): void {
    this.withNewlines(true, () =>
      this.#skipTo((token, open) => open === 0 && (token.type === "newline" || token.type === "}"), false),
    );
  }

  #skipTo(isGoal: (token: Token, open: number) => boolean, take: boolean): Token {
    let open = 0;
    for (;;) {
      const token = this.peek();
      if (token.type === "end") {
        return token;
      }
      if (isGoal(token, open)) {
        return take ? this.take() : token;
      }
      if (open === 0 && isOuterEnd(token.type)) {
        return token;
      }
      if (isOpening(token.type)) {
        open += 1;
      } else if (isClosing(token.type)) {
        open = Math.max(0, open - 1);
      }
      this.take();
    }
  }
}

const opening = new Set<TokenType>([
  "{",
  "[",
  "(",
  "open-quote",
  "open-heredoc",
  "open-interpolation",
  "open-directive",
]);
const closing = new Set<TokenType>([
  "}",
  "]",
  ")",
  "close-quote",
  "missing-quote",
  "close-heredoc",
  "missing-marker",
  "close-sequence",
  "missing-brace",
]);

/** True for tokens that have a counterpart further on. */
export function isOpening(type: TokenType): boolean {
  return opening.has(type);
}

function isClosing(type: TokenType): boolean {
  return closing.has(type);
}

/** Ends of strings and sequences: whoever is inside one must not run past it. */
function isOuterEnd(type: TokenType): boolean {
  return (
    type === "close-sequence" ||
    type === "missing-brace" ||
    type === "missing-quote" ||
    type === "missing-marker" ||
    type === "close-quote" ||
    type === "close-heredoc"
  );
}

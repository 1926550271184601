// Reads the inside of a template: text, interpolations, and the directives `if` and `for`.

import { stringValue } from "../cty/value.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Expression, ForExpression } from "./ast.ts";
import type { Span } from "./source.ts";
import { decodeTemplateText, removeIndentation, trimEnd, trimStart } from "./template-text.ts";
import type { Token } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";

/** Reads one expression; given by the expression parser, so that neither file needs the other. */
export type ReadExpression = () => Expression;

/** How the text of a template is to be taken. */
export interface TemplateForm {
  /** Backslash escapes count. */
  readonly quoted: boolean;
  /** Indentation is removed, as for `<<-`. */
  readonly flush: boolean;
}

/** A template cut into pieces, before directives are matched with their ends. */
type Piece = { text?: string | undefined; readonly range: Span } & (
  | { readonly kind: "text"; text: string }
  | { readonly kind: "value"; readonly value: Expression }
  | { readonly kind: "if"; readonly condition: Expression }
  | {
      readonly kind: "for";
      readonly keyName?: string | undefined;
      readonly valueName: string;
      readonly collection: Expression;
    }
  | { readonly kind: "else" | "endif" | "endfor" | "bad" }
);

/** The inside of a template. */
export interface TemplateContent {
  readonly parts: Expression[];
  /** True for one interpolation and nothing else, not even text that was trimmed away. */
  readonly isWrapper: boolean;
}

/** The inside of a template up to the token that ends it, which is not taken. */
export function readTemplate(reader: TokenReader, form: TemplateForm, readExpression: ReadExpression): TemplateContent {
  const pieces = new PieceReader(reader, form, readExpression).readAll();
  if (form.flush) {
    removeIndentation(pieces);
  }
  return {
    parts: new PieceAssembler(reader, pieces).assemble(),
    isWrapper: pieces.length === 1 && pieces[0]?.kind === "value",
  };
}

class PieceReader {
  readonly #reader: TokenReader;
  readonly #form: TemplateForm;
  readonly #readExpression: ReadExpression;
  readonly #pieces: Piece[] = [];
  #trimNext = false;

  constructor(reader: TokenReader, form: TemplateForm, readExpression: ReadExpression) {
    this.#reader = reader;
    this.#form = form;
    this.#readExpression = readExpression;
  }

  readAll(): Piece[] {
    for (;;) {
      const token = this.#reader.peek();
      if (token.type === "quoted-text" || token.type === "text") {
        this.#text(this.#reader.take());
      } else if (token.type === "open-interpolation") {
        this.#sequence((open) => this.#interpolation(open));
      } else if (token.type === "open-directive") {
        this.#sequence((open) => this.#directive(open));
      } else {
        return this.#pieces;
      }
    }
  }

  #text(token: Token): void {
    const { source } = this.#reader;
    const decoded = decodeTemplateText(this.#reader.text(token), this.#form.quoted, ({ from, to, summary, detail }) => {
      this.#reader.complain(source.span(token.from + from, token.from + to), {
        code: "hcl/invalid-escape",
        summary,
        detail,
      });
    });
    const text = this.#trimNext ? trimStart(decoded) : decoded;
    this.#trimNext = false;
    this.#pieces.push({ kind: "text", text, range: source.span(token.from, token.to) });
  }

  /** `${`, `%{` … `}` with the trim markers on both sides. */
  #sequence(read: (open: Token) => Piece): void {
    const open = this.#reader.take();
    if (open.to - open.from === 3) {
      this.#trimPrevious();
    }
    const wasRecovering = this.#reader.recovering;
    const piece = this.#reader.nested(() => this.#reader.withNewlines(false, () => read(open)));
    const close = this.#reader.peek();
    // Where the sequence ends is certain, so that a mistake in it has no consequences after it.
    if (close.type === "close-sequence") {
      this.#reader.recovering = wasRecovering;
    }
    if (close.type === "missing-brace") {
      this.#unclosed(open);
    }
    if (close.type === "close-sequence" || close.type === "missing-brace") {
      this.#reader.take();
    }
    this.#trimNext = close.to - close.from === 2;
    if (piece !== undefined) {
      this.#pieces.push(piece);
    }
  }

  #trimPrevious(): void {
    const previous = this.#pieces[this.#pieces.length - 1];
    if (previous?.kind === "text") {
      previous.text = trimEnd(previous.text);
    }
  }

  #unclosed(open: Token): void {
    const sign = this.#reader.text(open).slice(0, 2);
    this.#reader.fail(this.#reader.spanOf(open), {
      code: "hcl/unclosed-interpolation",
      summary: sign === "${" ? "Unclosed interpolation" : "Unclosed template directive",
      detail: `There is no closing brace for this "${sign}".`,
      hint: `add "}" after it, or write "${sign.charAt(0)}${sign}" if the characters themselves are meant`,
    });
  }

  #interpolation(open: Token): Piece {
    const value = this.#readExpression();
    const close = this.#expectClose(open, "interpolation expression");
    return { kind: "value", value, range: this.#reader.source.span(open.from, close.to) };
  }

  #expectClose(open: Token, what: string): Token {
    const next = this.#reader.peek();
    if (next.type === "close-sequence" || next.type === "missing-brace") {
      return next;
    }
    this.#skipToClose();
    const close = this.#reader.peek();
    if (close.type === "missing-brace") {
      return close;
    }
    this.#reader.complain(this.#reader.spanOf(next), {
      code: "hcl/unexpected-token",
      summary: `Extra characters after ${what}`,
      detail: `A closing brace was expected here to end the ${what}.`,
      context: this.#reader.source.span(open.from, close.to),
    });
    return close;
  }

  /** Passes over everything up to the end of this sequence, which is not taken. */
  #skipToClose(): void {
    let open = 0;
    for (;;) {
      const { type } = this.#reader.peek();
      if (type === "end") {
        return;
      }
      if (type === "open-interpolation" || type === "open-directive") {
        open += 1;
      }
      if (type === "close-sequence" || type === "missing-brace") {
        if (open === 0) {
          return;
        }
        open -= 1;
      }
      this.#reader.take();
    }
  }

  #directive(open: Token): Piece {
    const word = this.#reader.peek();
    const name = word.type === "identifier" ? this.#reader.text(word) : "";
    const known = ["if", "else", "endif", "for", "endfor"];
    if (word.type === "missing-brace") {
      return { kind: "bad", range: this.#reader.spanOf(open) };
    }
    if (!known.includes(name)) {
      const near = didYouMean(name, known);
      this.#reader.complain(this.#reader.spanOf(word), {
        code: "hcl/invalid-directive",
        summary: "Invalid template directive",
        detail:
          name === ""
            ? 'A template directive starts with one of "if", "else", "endif", "for" and "endfor".'
            : `"${name}" is not a template directive.`,
        hint: near === undefined ? undefined : `did you mean "${near}"?`,
      });
      this.#skipToClose();
      return { kind: "bad", range: this.#reader.source.span(open.from, this.#reader.peek().to) };
    }
    this.#reader.take();
    const details = this.#directiveDetails(name);
    const close = this.#expectClose(open, `"${name}" directive`);
    return { ...details, range: this.#reader.source.span(open.from, close.to) };
  }

  #directiveDetails(name: string): DistributiveOmit<Piece, "range"> {
    if (name === "if") {
      return { kind: "if", condition: this.#readExpression() };
    }
    if (name === "for") {
      return this.#forDetails();
    }
    return { kind: name as "else" | "endif" | "endfor" };
  }

  #forDetails(): DistributiveOmit<Piece, "range"> {
    const names = [this.#forName()];
    if (this.#reader.accept(",")) {
      names.push(this.#forName());
    }
    const word = this.#reader.peek();
    if (word.type === "identifier" && this.#reader.text(word) === "in") {
      this.#reader.take();
    } else {
      this.#reader.complain(this.#reader.spanOf(word), {
        code: "hcl/invalid-for",
        summary: 'Invalid "for" directive',
        detail: 'The word "in" was expected after the names of the loop, as in %{ for item in list }.',
      });
      this.#skipToClose();
      return { kind: "bad" };
    }
    const collection = this.#readExpression();
    const [first = "", second] = names;
    return second === undefined
      ? { kind: "for", valueName: first, collection }
      : { kind: "for", keyName: first, valueName: second, collection };
  }

  #forName(): string {
    const token = this.#reader.accept("identifier");
    if (token !== undefined) {
      return this.#reader.text(token);
    }
    this.#reader.fail(this.#reader.spanOf(this.#reader.peek()), {
      code: "hcl/invalid-for",
      summary: 'Invalid "for" directive',
      detail: "A name for the elements was expected here, as in %{ for item in list }.",
    });
    return "";
  }
}

type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Matches directives with their ends. Works with a stack of its own, so that depth costs nothing. */
class PieceAssembler {
  readonly #reader: TokenReader;
  readonly #pieces: readonly Piece[];
  readonly #hasBad: boolean;
  #next = 0;

  constructor(reader: TokenReader, pieces: readonly Piece[]) {
    this.#reader = reader;
    this.#pieces = pieces;
    this.#hasBad = pieces.some(({ kind }) => kind === "bad");
  }

  assemble(): Expression[] {
    const parts = new PartList();
    while (this.#next < this.#pieces.length) {
      this.#until(parts, []);
      const stray = this.#pieces[this.#next];
      if (stray !== undefined) {
        this.#stray(stray);
      }
      this.#next += 1;
    }
    return parts.finish();
  }

  #stray(piece: Piece): void {
    // A directive that could not be read may have been what this belongs to.
    if (this.#hasBad) {
      return;
    }
    this.#reader.complain(piece.range, {
      code: "hcl/unexpected-directive",
      summary: `Unexpected "${piece.kind}" directive`,
      detail:
        piece.kind === "endfor"
          ? 'There is no "for" that this could end.'
          : 'There is no "if" that this could belong to.',
    });
  }

  /** Adds parts until one of these directives, or one that has no place here; it is not passed. */
  #until(parts: PartList, ends: readonly string[]): Piece | undefined {
    for (;;) {
      const piece = this.#pieces[this.#next];
      if (piece === undefined || ends.includes(piece.kind)) {
        return piece;
      }
      if (piece.kind === "else" || piece.kind === "endif" || piece.kind === "endfor") {
        return undefined;
      }
      this.#next += 1;
      if (piece.kind === "text") {
        parts.addText(piece.text, piece.range);
      } else if (piece.kind === "value") {
        parts.add(piece.value);
      } else if (piece.kind === "if") {
        parts.add(this.#if(piece));
      } else if (piece.kind === "for") {
        parts.add(this.#for(piece));
      }
    }
  }

  #if(piece: Piece & { kind: "if" }): Expression {
    const whenTrue = new PartList();
    const whenFalse = new PartList();
    const nested = this.#reader.nested(() => {
      let end = this.#until(whenTrue, ["else", "endif"]);
      if (end?.kind === "else") {
        this.#next += 1;
        end = this.#until(whenFalse, ["endif", "else"]);
        for (; end?.kind === "else"; end = this.#until(whenFalse, ["endif", "else"])) {
          this.#stray(end);
          this.#next += 1;
        }
      }
      return { end };
    });
    const range = this.#finish(piece, "if", nested?.end);
    return {
      kind: "conditional",
      condition: piece.condition,
      whenTrue: { kind: "template", parts: whenTrue.finish(), isWrapper: false, range },
      whenFalse: { kind: "template", parts: whenFalse.finish(), isWrapper: false, range },
      range,
    };
  }

  #for(piece: Piece & { kind: "for" }): Expression {
    const parts = new PartList();
    const nested = this.#reader.nested(() => ({ end: this.#until(parts, ["endfor"]) }));
    const range = this.#finish(piece, "for", nested?.end);
    const loop: ForExpression = {
      kind: "for",
      keyName: piece.keyName,
      valueName: piece.valueName,
      collection: piece.collection,
      value: { kind: "template", parts: parts.finish(), isWrapper: false, range },
      isGrouping: false,
      range,
    };
    return { kind: "template-loop", loop, range };
  }

  #finish(open: Piece, name: "if" | "for", end: Piece | undefined): Span {
    if (end !== undefined) {
      this.#next += 1;
      return open.range.through(end.range);
    }
    this.#reader.complain(open.range, {
      code: "hcl/unclosed-directive",
      summary: `Unclosed "${name}" directive`,
      detail: `The template ends without %{ end${name} } for this "${name}".`,
    });
    return open.range;
  }
}

/** Parts in the making; neighbouring texts become one. */
class PartList {
  readonly #parts: Expression[] = [];
  #texts: string[] = [];
  #textRange: Span | undefined;

  addText(text: string, range: Span): void {
    if (text === "") {
      return;
    }
    this.#texts.push(text);
    this.#textRange = this.#textRange?.through(range) ?? range;
  }

  add(part: Expression): void {
    this.#endText();
    this.#parts.push(part);
  }

  finish(): Expression[] {
    this.#endText();
    return this.#parts;
  }

  #endText(): void {
    if (this.#textRange === undefined) {
      return;
    }
    this.#parts.push({ kind: "literal", value: stringValue(this.#texts.join("")), range: this.#textRange });
    this.#texts = [];
    this.#textRange = undefined;
  }
}

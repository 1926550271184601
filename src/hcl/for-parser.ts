// Reads for expressions.
import type { Expression } from "./ast.ts";
import { atCloser, type Bracket, reportUnclosedBracket } from "./brackets.ts";
import type { Token } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";

/** Reads what stands between the brackets of a for expression. */
export class ForParser {
  readonly #reader: TokenReader;
  readonly #readExpression: () => Expression;

  constructor(reader: TokenReader, readExpression: () => Expression) {
    this.#reader = reader;
    this.#readExpression = readExpression;
  }

  /** True when the brackets that were just opened hold a for expression. */
  starts(): boolean {
    return this.#reader.withNewlines(false, () => {
      const token = this.#reader.peek();
      if (token.type !== "identifier" || this.#reader.text(token) !== "for") {
        return false;
      }
      return (
        this.#reader.peekSecond().type === "identifier" ||
        !["=", ":", ",", "]", "}", ".", "["].includes(this.#reader.peekSecond().type)
      );
    });
  }

  /** For = "for" Identifier [ "," Identifier ] "in" Expression ":" Expression [ "=>" Expression [ "..." ] ] [ "if" Expression ] */
  read(bracket: Bracket): Expression {
    return this.#reader.withNewlines(false, () => {
      this.#reader.take();
      const result = this.#forClauses(bracket);
      if (result !== undefined && atCloser(this.#reader, bracket)) {
        this.#reader.take();
        return { ...result, range: this.#reader.source.span(bracket.open.from, this.#reader.previousEnd()) };
      }
      const isUnclosed = this.#reader.peek().type === "end" || this.#reader.startsItem();
      if (isUnclosed) {
        reportUnclosedBracket(this.#reader, { ...bracket, what: "for expression" });
      } else {
        if (result !== undefined) {
          this.#badFor("Nothing was expected here after the end of the for expression, only its closing bracket.");
        }
        if (this.#reader.skipToSeparator([bracket.closer])) {
          this.#reader.take();
        } else {
          this.#reader.backToLineStart();
        }
      }
      return { kind: "bad", range: this.#reader.source.span(bracket.open.from, this.#reader.previousEnd()) };
    });
  }

  #forClauses(bracket: Bracket): Expression | undefined {
    const names = this.#forNames();
    if (names === undefined) {
      return undefined;
    }
    const collection = this.#readExpression();
    if (!this.#reader.accept(":")) {
      return this.#badFor("A colon was expected here, after the collection.");
    }
    const first = this.#readExpression();
    const isObject = bracket.closer === "}";
    const arrow = this.#reader.accept("=>");
    if (arrow !== undefined && !isObject) {
      return this.#badFor(
        "A for expression in square brackets makes a list and has no keys; use braces to make an object.",
        arrow,
      );
    }
    if (arrow === undefined && isObject) {
      return this.#badFor("A for expression in braces makes an object and needs a key: {for … : key => value}.");
    }
    const value = arrow === undefined ? first : this.#readExpression();
    const dots = this.#reader.accept("...");
    if (dots !== undefined && !isObject) {
      return this.#badFor("Values can only be grouped with ... when an object is made, in braces.", dots);
    }
    const condition = this.#isWord("if") ? this.#forCondition() : undefined;
    return {
      kind: "for",
      ...names,
      collection,
      key: arrow === undefined ? undefined : first,
      value,
      condition,
      isGrouping: dots !== undefined,
      range: this.#reader.spanOf(bracket.open),
    };
  }

  #forCondition(): Expression {
    this.#reader.take();
    return this.#readExpression();
  }

  #forNames(): { valueName: string; keyName?: string | undefined } | undefined {
    const first = this.#reader.accept("identifier");
    if (first === undefined) {
      return this.#badFor('The name of a variable was expected after "for".');
    }
    let second: Token | undefined;
    if (this.#reader.accept(",")) {
      second = this.#reader.accept("identifier");
      if (second === undefined) {
        return this.#badFor("The name of a second variable was expected after the comma.");
      }
    }
    if (!this.#isWord("in")) {
      return this.#badFor('The word "in" was expected here, after the names of the variables.');
    }
    this.#reader.take();
    const name = (token: Token) => this.#reader.text(token).normalize("NFC");
    return second === undefined ? { valueName: name(first) } : { keyName: name(first), valueName: name(second) };
  }

  #isWord(word: string): boolean {
    const token = this.#reader.peek();
    return token.type === "identifier" && this.#reader.text(token) === word;
  }

  #badFor(detail: string, at: Token = this.#reader.peek()): undefined {
    this.#reader.fail(this.#reader.spanOf(at), { code: "hcl/invalid-for", summary: "Invalid for expression", detail });
    return undefined;
  }
}

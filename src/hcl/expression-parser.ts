// Reads expressions of the native syntax. Methods carry the grammar rule they follow.

import { fromInteger, parseDecimal } from "../cty/number.ts";
import type { Value } from "../cty/value.ts";
import { falseValue, numberValue, trueValue, untypedNull } from "../cty/value.ts";
import { AccessParser } from "./access-parser.ts";
import type { BinaryOperator, Expression, ObjectItem } from "./ast.ts";
import {
  atCloser,
  type Bracket,
  badExpression,
  describe,
  looksUnclosed,
  reportUnclosedBracket,
  showCharacter,
  unclosedComment,
} from "./brackets.ts";
import { ForParser } from "./for-parser.ts";
import { StringParser } from "./string-parser.ts";
import type { Token, TokenType } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";

const precedence: Readonly<Partial<Record<TokenType, number>>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  ">": 4,
  ">=": 4,
  "<": 4,
  "<=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
};

/** Reads expressions from tokens. */
export class ExpressionParser {
  readonly #reader: TokenReader;
  readonly #strings: StringParser;
  readonly #access: AccessParser;
  readonly #for: ForParser;

  constructor(reader: TokenReader) {
    this.#reader = reader;
    const readExpression = () => this.expression();
    this.#strings = new StringParser(reader, readExpression);
    this.#access = new AccessParser(reader, readExpression);
    this.#for = new ForParser(reader, readExpression);
  }

  /** A string in quotes. */
  quoted(): Expression {
    return this.#strings.quoted();
  }

  /** Expression = Operation [ "?" Expression ":" Expression ] */
  readonly expression = (): Expression => {
    return this.#reader.nested(() => this.#conditional()) ?? badExpression(this.#reader, this.#reader.peek());
  };

  #conditional(): Expression {
    const condition = this.#operation(1);
    if (this.#reader.peek().type !== "?") {
      return condition;
    }
    const question = this.#reader.take();
    const whenTrue = this.expression();
    if (!this.#reader.accept(":")) {
      this.#reader.fail(this.#reader.spanOf(this.#reader.peek()), {
        code: "hcl/invalid-conditional",
        summary: "Missing false expression in conditional",
        detail: "A condition with ? needs a second expression after a colon: condition ? when_true : when_false.",
        context: this.#reader.source.span(question.from, this.#reader.peek().to),
      });
      return { kind: "bad", range: condition.range.through(whenTrue.range) };
    }
    const whenFalse = this.expression();
    return { kind: "conditional", condition, whenTrue, whenFalse, range: condition.range.through(whenFalse.range) };
  }

  /** Operation = Term { operator Term }, operators of one level from left to right. */
  #operation(lowest: number): Expression {
    let left = this.#term();
    for (;;) {
      const { type } = this.#reader.peek();
      const level = precedence[type];
      if (level === undefined || level < lowest || this.#reader.recovering) {
        return left;
      }
      this.#reader.take();
      const right = this.#operation(level + 1);
      left = { kind: "binary", operator: type as BinaryOperator, left, right, range: left.range.through(right.range) };
    }
  }

  /** Term = ( "-" | "!" ) Term | Primary { Step } */
  #term(): Expression {
    const token = this.#reader.peek();
    if (token.type !== "-" && token.type !== "!") {
      return this.#access.withSteps(this.#primary());
    }
    this.#reader.take();
    const operand = this.#reader.nested(() => this.#term()) ?? badExpression(this.#reader, token);
    return { kind: "unary", operator: token.type, operand, range: this.#reader.spanOf(token).through(operand.range) };
  }

  #primary(): Expression {
    const token = this.#reader.peek();
    switch (token.type) {
      case "identifier":
        return this.#named(this.#reader.take());
      case "number":
        return this.#number(this.#reader.take());
      case "open-quote":
        return this.#strings.quoted();
      case "open-heredoc":
        return this.#strings.heredoc();
      case "[":
        return this.#tuple();
      case "{":
        return this.#object();
      case "(":
        return this.#parentheses();
      default:
        return this.#missing(token);
    }
  }

  #missing(token: Token): Expression {
    const isInvalid = token.type === "invalid";
    const text = this.#reader.text(token);
    if (isInvalid && text.startsWith("/*")) {
      this.#unclosedComment(token);
    } else if (isInvalid && text === "'") {
      this.#invalidCharacter(token, 'Single quotes are not valid. Use double quotes (") around strings.');
    } else if (isInvalid && (text === "&" || text === "|")) {
      this.#invalidCharacter(
        token,
        `There are no operators on bits. Did you mean the logical operator "${text}${text}"?`,
      );
    } else if (token.type === "<" && this.#reader.source.text.startsWith("<<", token.from)) {
      this.#strings.badHeredoc(token);
    } else if (isInvalid && /^[\u2018-\u201f\u00ab\u00bb]/.test(text)) {
      this.#invalidCharacter(
        token,
        `${JSON.stringify(text)} is a quotation mark of printed text. Use double quotes (") around strings.`,
      );
    } else if (isInvalid) {
      this.#invalidCharacter(token, `The character ${showCharacter(text)} has no meaning here.`);
    } else {
      this.#reader.fail(this.#reader.spanOf(token), {
        code: "hcl/missing-expression",
        summary: "Missing expression",
        detail: `The start of an expression was expected here, but there is ${describe(token, text)}.`,
      });
    }
    return badExpression(this.#reader, token);
  }

  #unclosedComment(token: Token): void {
    this.#reader.fail(this.#reader.source.span(token.from, token.from + 2), unclosedComment);
  }

  #invalidCharacter(token: Token, detail: string): void {
    this.#reader.fail(this.#reader.spanOf(token), {
      code: "hcl/invalid-character",
      summary: "Invalid character",
      detail,
    });
  }

  /** A variable, a call, or one of `true`, `false`, `null`. */
  #named(token: Token): Expression {
    const next = this.#reader.peek().type;
    if (next === "(" || next === "::") {
      return this.#call(token);
    }
    const name = this.#reader.text(token);
    const range = this.#reader.spanOf(token);
    const keyword = keywords.get(name);
    if (keyword !== undefined) {
      return { kind: "literal", value: keyword, range };
    }
    return { kind: "variable", name: name.normalize("NFC"), range };
  }

  #number(token: Token): Expression {
    const text = this.#reader.text(token);
    const range = this.#reader.spanOf(token);
    const n = smallInteger.test(text) ? fromInteger(Number(text), 512) : parseDecimal(text);
    if (n !== undefined) {
      return { kind: "literal", value: numberValue(n), range };
    }
    this.#reader.complain(range, {
      code: "hcl/invalid-number",
      summary: "Invalid number",
      detail: `${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)} is not a number, or one too large to be worked with.`,
    });
    return { kind: "bad", range };
  }

  /** Call = Identifier { "::" Identifier } "(" [ Expression { "," Expression } [ "," | "..." ] ] ")" */
  #call(first: Token): Expression {
    let last = first;
    while (this.#reader.accept("::")) {
      const part = this.#reader.accept("identifier");
      if (part === undefined) {
        return this.#badCall(first, "A name was expected after the double colon.");
      }
      last = part;
    }
    if (this.#reader.peek().type !== "(") {
      return this.#badCall(first, "A function is called with its arguments in parentheses after its name.");
    }
    const nameRange = this.#reader.source.span(first.from, last.to);
    const open = this.#reader.take();
    let expandsLast = false;
    const bracket: Bracket = { open, closer: ")", what: "function call" };
    const args = this.#list(
      bracket,
      "argument",
      () => {
        const argument = this.expression();
        if (this.#reader.accept("...")) {
          expandsLast = true;
        }
        return argument;
      },
      () => expandsLast,
    );
    const close = this.#reader.source.span(this.#reader.previousEnd() - 1, this.#reader.previousEnd());
    return {
      kind: "call",
      name: nameRange.text.replace(/\s+/g, ""),
      nameRange,
      args,
      expandsLast,
      openRange: this.#reader.spanOf(open),
      closeRange: close,
      range: this.#reader.source.span(first.from, this.#reader.previousEnd()),
    };
  }

  #badCall(first: Token, detail: string): Expression {
    this.#reader.fail(this.#reader.spanOf(this.#reader.peek()), {
      code: "hcl/invalid-call",
      summary: "Invalid function call",
      detail,
    });
    return badExpression(this.#reader, first);
  }

  /** Items up to the closing bracket, with commas between; the bracket is taken. `endsAfter` says that no further item may come. */
  #list<T>(bracket: Bracket, item: string, read: () => T, endsAfter?: () => boolean): T[] {
    return this.#reader.withNewlines(false, () => {
      const items: T[] = [];
      while (!atCloser(this.#reader, bracket) && !looksUnclosed(this.#reader)) {
        items.push(read());
        if (this.#reader.recovering && !this.#resumeInList(bracket)) {
          break;
        }
        if (atCloser(this.#reader, bracket)) {
          break;
        }
        if (endsAfter?.() === true) {
          this.#missingCloser(bracket, "Nothing may follow an argument with ..., only the closing parenthesis.");
          break;
        }
        if (this.#reader.accept(",")) {
          continue;
        }
        if (looksUnclosed(this.#reader)) {
          break;
        }
        this.#missingSeparator(bracket, item);
        if (!this.#resumeInList(bracket)) {
          break;
        }
        this.#reader.accept(",");
      }
      this.#closeBracket(bracket);
      if (this.#reader.recovering) {
        this.#reader.backToLineStart();
      }
      return items;
    });
  }

  #missingSeparator(bracket: Bracket, item: string): void {
    const token = this.#reader.peek();
    this.#reader.fail(this.#reader.spanOf(token), {
      code: "hcl/missing-separator",
      summary: `Missing ${item} separator`,
      detail: `A comma was expected here, between this ${item} and the one before it, but there is ${describe(token, this.#reader.text(token))}.`,
      context: this.#reader.source.span(bracket.open.from, token.to),
    });
  }

  /** After a mistake inside brackets: goes on at the next comma or the closing bracket. False when neither comes. */
  #resumeInList(bracket: Bracket): boolean {
    const found = this.#reader.skipToSeparator([",", bracket.closer]);
    if (found) {
      this.#reader.recovering = false;
    }
    return found;
  }

  #closeBracket(bracket: Bracket): void {
    if (atCloser(this.#reader, bracket)) {
      this.#reader.take();
    } else if (this.#reader.peek().type === "invalid") {
      this.#missing(this.#reader.peek());
    } else {
      reportUnclosedBracket(this.#reader, bracket);
    }
  }

  #missingCloser(bracket: Bracket, detail: string): void {
    this.#reader.fail(this.#reader.spanOf(this.#reader.peek()), {
      code: "hcl/unexpected-token",
      summary: `Missing closing "${bracket.closer}"`,
      detail,
      context: this.#reader.source.span(bracket.open.from, this.#reader.peek().to),
    });
    if (this.#resumeInList({ ...bracket })) {
      while (this.#reader.accept(",")) {
        this.#resumeInList(bracket);
      }
    }
  }

  /** Parentheses = "(" Expression ")", across line breaks. */
  #parentheses(): Expression {
    const open = this.#reader.take();
    const inner = this.#reader.withNewlines(false, () => {
      const expression = looksUnclosed(this.#reader) ? badExpression(this.#reader, open) : this.expression();
      const close = this.#reader.peek();
      if (close.type === ")") {
        this.#reader.take();
      } else if (close.type === "end" || looksUnclosed(this.#reader)) {
        reportUnclosedBracket(this.#reader, { open, closer: ")", what: "pair of parentheses" });
      } else {
        this.#reader.fail(this.#reader.spanOf(close), {
          code: "hcl/unexpected-token",
          summary: "Unbalanced parentheses",
          detail: `A closing parenthesis was expected here, but there is ${describe(close, this.#reader.text(close))}.`,
          context: this.#reader.source.span(open.from, close.to),
        });
        this.#reader.skipPast(")");
      }
      return expression;
    });
    return { kind: "parentheses", inner, range: this.#reader.source.span(open.from, this.#reader.previousEnd()) };
  }

  /** Tuple = "[" [ Expression { "," Expression } [ "," ] ] "]" or a for expression. */
  #tuple(): Expression {
    const open = this.#reader.take();
    const bracket: Bracket = { open, closer: "]", what: "list" };
    if (this.#for.starts()) {
      return this.#for.read(bracket);
    }
    const elements = this.#list(bracket, "item", this.expression);
    return { kind: "tuple", elements, range: this.#reader.source.span(open.from, this.#reader.previousEnd()) };
  }

  /** Object = "{" { Expression ( "=" | ":" ) Expression ( "," | newline ) } "}" or a for expression. */
  #object(): Expression {
    const open = this.#reader.take();
    const bracket: Bracket = { open, closer: "}", what: "map or object" };
    if (this.#for.starts()) {
      return this.#for.read(bracket);
    }
    return this.#reader.withNewlines(true, () => {
      const items: ObjectItem[] = [];
      for (;;) {
        while (this.#reader.accept("newline")) {}
        if (atCloser(this.#reader, bracket) || this.#reader.peek().type === "end") {
          break;
        }
        const item = this.#objectItem(bracket);
        if (item !== undefined) {
          items.push(item);
        }
        if (!this.#objectSeparator(bracket)) {
          break;
        }
      }
      this.#closeBracket(bracket);
      return { kind: "object", items, range: this.#reader.source.span(open.from, this.#reader.previousEnd()) };
    });
  }

  #objectItem(bracket: Bracket): ObjectItem | undefined {
    const key = this.expression();
    if (this.#reader.recovering) {
      return undefined;
    }
    const sign = this.#reader.peek();
    if (sign.type !== "=" && sign.type !== ":") {
      this.#reader.fail(this.#reader.spanOf(sign), {
        code: "hcl/missing-value",
        summary: "Missing value",
        detail: `The key must be followed by an equals sign (or a colon) and a value, but there is ${describe(sign, this.#reader.text(sign))}.`,
        context: this.#reader.source.span(bracket.open.from, sign.to),
      });
      return undefined;
    }
    this.#reader.take();
    const value = this.expression();
    const keyName = bareName(key);
    return keyName === undefined ? { key, value } : { key, keyName, value };
  }

  /** What stands between items; false at the end of the object. */
  #objectSeparator(bracket: Bracket): boolean {
    if (this.#reader.recovering) {
      if (!this.#reader.skipToSeparator([",", "newline", bracket.closer])) {
        return false;
      }
      this.#reader.recovering = false;
    }
    if (atCloser(this.#reader, bracket)) {
      return false;
    }
    if (this.#reader.accept(",") || this.#reader.accept("newline")) {
      return true;
    }
    if (this.#reader.peek().type === "end") {
      return false;
    }
    this.#missingSeparator(bracket, "attribute");
    return this.#objectSeparator(bracket);
  }
}

const smallInteger = /^\d{1,15}$/;

const keywords: ReadonlyMap<string, Value> = new Map([
  ["true", trueValue],
  ["false", falseValue],
  ["null", untypedNull],
]);

/** The name a key in an object stands for when it is written bare. */
function bareName(key: Expression): string | undefined {
  if (key.kind === "variable") {
    return key.name;
  }
  if (key.kind !== "literal") {
    return undefined;
  }
  const text = key.range.text;
  return keywords.has(text) ? text : undefined;
}

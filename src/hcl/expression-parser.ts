// Reads expressions of the native syntax. Methods carry the grammar rule they follow.

import { fromInteger, parseDecimal } from "../cty/number.ts";
import type { Value } from "../cty/value.ts";
import { falseValue, numberValue, trueValue, untypedNull } from "../cty/value.ts";
import type { AccessStep, BinaryOperator, Expression, ObjectItem, SplatStep } from "./ast.ts";
import type { Span } from "./source.ts";
import { readTemplate } from "./template-parser.ts";
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

/** What a closing bracket is called, and what opened it. */
interface Bracket {
  readonly open: Token;
  readonly closer: "]" | ")" | "}";
  readonly what: string;
}

/** Reads expressions from tokens. */
export class ExpressionParser {
  readonly #reader: TokenReader;

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  /** Expression = Operation [ "?" Expression ":" Expression ] */
  readonly expression = (): Expression => {
    return this.#reader.nested(() => this.#conditional()) ?? this.#bad(this.#reader.peek());
  };

  #conditional(): Expression {
    const condition = this.#operation(1);
    if (this.#reader.peek().type !== "?") return condition;
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
      if (level === undefined || level < lowest || this.#reader.recovering) return left;
      this.#reader.take();
      const right = this.#operation(level + 1);
      left = { kind: "binary", operator: type as BinaryOperator, left, right, range: left.range.through(right.range) };
    }
  }

  /** Term = ( "-" | "!" ) Term | Primary { Step } */
  #term(): Expression {
    const token = this.#reader.peek();
    if (token.type !== "-" && token.type !== "!") return this.#withSteps(this.#primary());
    this.#reader.take();
    const operand = this.#reader.nested(() => this.#term()) ?? this.#bad(token);
    return { kind: "unary", operator: token.type, operand, range: this.#reader.spanOf(token).through(operand.range) };
  }

  #bad(token: Token): Expression {
    return { kind: "bad", range: this.#reader.spanOf(token) };
  }

  #primary(): Expression {
    const token = this.#reader.peek();
    switch (token.type) {
      case "identifier":
        return this.#named(this.#reader.take());
      case "number":
        return this.#number(this.#reader.take());
      case "open-quote":
        return this.quoted();
      case "open-heredoc":
        return this.#heredoc();
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
    if (isInvalid && text.startsWith("/*")) this.#unclosedComment(token);
    else if (isInvalid && text === "'") this.#invalidCharacter(token, 'Single quotes are not valid. Use double quotes (") around strings.');
    else if (isInvalid && (text === "&" || text === "|"))
      this.#invalidCharacter(token, `There are no operators on bits. Did you mean the logical operator "${text}${text}"?`);
    else if (token.type === "<" && this.#reader.source.text.startsWith("<<", token.from)) this.#badHeredoc(token);
    else if (isInvalid) this.#invalidCharacter(token, `The character ${JSON.stringify(text)} has no meaning here.`);
    else {
      this.#reader.fail(this.#reader.spanOf(token), {
        code: "hcl/missing-expression",
        summary: "Missing expression",
        detail: `The start of an expression was expected here, but there is ${describe(token, text)}.`,
      });
    }
    return this.#bad(token);
  }

  /** A heredoc whose first line is wrong; goes to its end if that can be found. */
  #badHeredoc(token: Token): void {
    const { text } = this.#reader.source;
    this.#reader.fail(this.#reader.source.span(token.from, token.from + 2), {
      code: "hcl/invalid-heredoc",
      summary: "Invalid heredoc",
      detail: "A heredoc begins with << or <<- and a name without quotes or spaces, and then the line ends, as in <<EOT.",
    });
    const lineEnd = text.indexOf("\n", token.from);
    const marker = /^<<-?\s*["']?([\p{ID_Start}_][\p{ID_Continue}-]*)/u.exec(
      text.slice(token.from, lineEnd < 0 ? undefined : lineEnd),
    )?.[1];
    const close =
      marker === undefined || lineEnd < 0 ? null : new RegExp(`^[ \\t]*${marker}[ \\t]*\\r?$`, "mu").exec(text.slice(lineEnd + 1));
    if (close !== null) this.#reader.skipToOffset(lineEnd + 1 + close.index + close[0].length);
  }

  #unclosedComment(token: Token): void {
    this.#reader.fail(this.#reader.source.span(token.from, token.from + 2), unclosedComment);
  }

  #invalidCharacter(token: Token, detail: string): void {
    this.#reader.fail(this.#reader.spanOf(token), { code: "hcl/invalid-character", summary: "Invalid character", detail });
  }

  /** A variable, a call, or one of `true`, `false`, `null`. */
  #named(token: Token): Expression {
    const next = this.#reader.peek().type;
    if (next === "(" || next === "::") return this.#call(token);
    const name = this.#reader.text(token);
    const range = this.#reader.spanOf(token);
    const keyword = keywords.get(name);
    if (keyword !== undefined) return { kind: "literal", value: keyword, range };
    return { kind: "variable", name: name.normalize("NFC"), range };
  }

  #number(token: Token): Expression {
    const text = this.#reader.text(token);
    const range = this.#reader.spanOf(token);
    const n = smallInteger.test(text) ? fromInteger(Number(text), 512) : parseDecimal(text);
    if (n !== undefined) return { kind: "literal", value: numberValue(n), range };
    this.#reader.complain(range, {
      code: "hcl/invalid-number",
      summary: "Invalid number",
      detail: `${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)} is not a number, or one too large to be worked with.`,
    });
    return { kind: "bad", range };
  }

  /** Quoted = '"' { text | sequence } '"' */
  quoted(): Expression {
    const open = this.#reader.take();
    const content = readTemplate(this.#reader, { quoted: true, flush: false }, this.expression);
    const close = this.#reader.peek();
    if (close.type === "missing-quote" && !this.#endsSequence(open, close)) this.#unclosedQuote(open, close);
    if (close.type === "missing-quote" || close.type === "close-quote") this.#reader.take();
    return { kind: "template", ...content, range: this.#reader.source.span(open.from, close.to) };
  }

  /** True for the last quote in `"${name"`: it was meant to close the string, and the brace is what is missing. */
  #endsSequence(open: Token, close: Token): boolean {
    return close.to === open.to && this.#reader.peekSecond().type === "missing-brace";
  }

  #unclosedQuote(open: Token, close: Token): void {
    this.#reader.fail(this.#reader.spanOf(open), {
      code: "hcl/unclosed-string",
      summary: "Unclosed string",
      detail: "There is no closing quote for this string on its line. A string in quotes cannot span lines.",
      hint: "close it with a quote, write \\n for a line break, or use a heredoc (<<EOT) for text of several lines",
      context: this.#reader.source.span(open.from, close.to),
    });
  }

  /** Heredoc = "<<" [ "-" ] Identifier newline { text | sequence } Identifier */
  #heredoc(): Expression {
    const open = this.#reader.take();
    const flush = this.#reader.source.text.charCodeAt(open.from + 2) === 45;
    const content = readTemplate(this.#reader, { quoted: false, flush }, this.expression);
    const close = this.#reader.peek();
    if (close.type === "missing-marker") this.#unclosedHeredoc(open);
    if (close.type === "missing-marker" || close.type === "close-heredoc") this.#reader.take();
    return { kind: "template", ...content, range: this.#reader.source.span(open.from, close.to) };
  }

  #unclosedHeredoc(open: Token): void {
    const marker = this.#reader.text(open).replace(/^<<-?/, "").trim();
    this.#reader.complain(this.#reader.source.span(open.from, open.from + this.#reader.text(open).trimEnd().length), {
      code: "hcl/unclosed-heredoc",
      summary: "Unclosed heredoc",
      detail: `The text ends without a line that holds only "${marker}".`,
      ...(this.#endsWithMarker(marker) ? { hint: "add a line break after the last line" } : {}),
    });
  }

  #endsWithMarker(marker: string): boolean {
    const { text } = this.#reader.source;
    return text.slice(text.lastIndexOf("\n") + 1).trim() === marker;
  }

  /** Call = Identifier { "::" Identifier } "(" [ Expression { "," Expression } [ "," | "..." ] ] ")" */
  #call(first: Token): Expression {
    let last = first;
    while (this.#reader.accept("::")) {
      const part = this.#reader.accept("identifier");
      if (part === undefined) return this.#badCall(first, "A name was expected after the double colon.");
      last = part;
    }
    if (this.#reader.peek().type !== "(")
      return this.#badCall(first, "A function is called with its arguments in parentheses after its name.");
    const nameRange = this.#reader.source.span(first.from, last.to);
    const open = this.#reader.take();
    let expandsLast = false;
    const bracket: Bracket = { open, closer: ")", what: "function call" };
    const args = this.#list(
      bracket,
      "argument",
      () => {
        const argument = this.expression();
        if (this.#reader.accept("...")) expandsLast = true;
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
    this.#reader.fail(this.#reader.spanOf(this.#reader.peek()), { code: "hcl/invalid-call", summary: "Invalid function call", detail });
    return this.#bad(first);
  }

  /** Items up to the closing bracket, with commas between; the bracket is taken. `endsAfter` says that no further item may come. */
  #list<T>(bracket: Bracket, item: string, read: () => T, endsAfter?: () => boolean): T[] {
    return this.#reader.withNewlines(false, () => {
      const items: T[] = [];
      while (!this.#atCloser(bracket) && !this.#looksUnclosed()) {
        items.push(read());
        if (this.#reader.recovering && !this.#resumeInList(bracket)) break;
        if (this.#atCloser(bracket)) break;
        if (endsAfter?.() === true) {
          this.#missingCloser(bracket, "Nothing may follow an argument with ..., only the closing parenthesis.");
          break;
        }
        if (this.#reader.accept(",")) continue;
        if (this.#looksUnclosed()) break;
        this.#missingSeparator(bracket, item);
        if (!this.#resumeInList(bracket)) break;
        this.#reader.accept(",");
      }
      this.#closeBracket(bracket);
      if (this.#reader.recovering) this.#reader.backToLineStart();
      return items;
    });
  }

  #atCloser(bracket: Bracket): boolean {
    return this.#reader.peek().type === bracket.closer;
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
    if (found) this.#reader.recovering = false;
    return found;
  }

  /** True where a new argument or block seems to begin, or everything ends: then a bracket was forgotten further up. */
  #looksUnclosed(): boolean {
    const { type } = this.#reader.peek();
    if (type === "end" || type === "}" || type === "close-sequence" || type === "missing-brace") return true;
    return this.#reader.startsItem();
  }

  #closeBracket(bracket: Bracket): void {
    if (this.#atCloser(bracket)) this.#reader.take();
    else if (this.#reader.peek().type === "invalid") this.#missing(this.#reader.peek());
    else this.#unclosedBracket(bracket);
  }

  #unclosedBracket({ open, closer, what }: Bracket): void {
    this.#reader.fail(this.#reader.spanOf(open), {
      code: "hcl/unclosed-bracket",
      summary: "Unclosed bracket",
      detail: `There is no closing "${closer}" for this "${this.#reader.text(open)}", which opens a ${what}.`,
    });
    this.#reader.backToLineStart();
  }

  #missingCloser(bracket: Bracket, detail: string): void {
    this.#reader.fail(this.#reader.spanOf(this.#reader.peek()), {
      code: "hcl/unexpected-token",
      summary: `Missing closing "${bracket.closer}"`,
      detail,
      context: this.#reader.source.span(bracket.open.from, this.#reader.peek().to),
    });
    if (this.#resumeInList({ ...bracket })) while (this.#reader.accept(",")) this.#resumeInList(bracket);
  }

  /** Parentheses = "(" Expression ")", across line breaks. */
  #parentheses(): Expression {
    const open = this.#reader.take();
    const inner = this.#reader.withNewlines(false, () => {
      const expression = this.#looksUnclosed() ? this.#bad(open) : this.expression();
      const close = this.#reader.peek();
      if (close.type === ")") this.#reader.take();
      else if (close.type === "end" || this.#looksUnclosed()) this.#unclosedBracket({ open, closer: ")", what: "pair of parentheses" });
      else {
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
    if (this.#startsFor()) return this.#for(bracket);
    const elements = this.#list(bracket, "item", this.expression);
    return { kind: "tuple", elements, range: this.#reader.source.span(open.from, this.#reader.previousEnd()) };
  }

  #startsFor(): boolean {
    return this.#reader.withNewlines(false, () => {
      const token = this.#reader.peek();
      if (token.type !== "identifier" || this.#reader.text(token) !== "for") return false;
      return (
        this.#reader.peekSecond().type === "identifier" || !["=", ":", ",", "]", "}", ".", "["].includes(this.#reader.peekSecond().type)
      );
    });
  }

  /** Object = "{" { Expression ( "=" | ":" ) Expression ( "," | newline ) } "}" or a for expression. */
  #object(): Expression {
    const open = this.#reader.take();
    const bracket: Bracket = { open, closer: "}", what: "map or object" };
    if (this.#startsFor()) return this.#for(bracket);
    return this.#reader.withNewlines(true, () => {
      const items: ObjectItem[] = [];
      for (;;) {
        while (this.#reader.accept("newline"));
        if (this.#atCloser(bracket) || this.#reader.peek().type === "end") break;
        const item = this.#objectItem(bracket);
        if (item !== undefined) items.push(item);
        if (!this.#objectSeparator(bracket)) break;
      }
      this.#closeBracket(bracket);
      return { kind: "object", items, range: this.#reader.source.span(open.from, this.#reader.previousEnd()) };
    });
  }

  #objectItem(bracket: Bracket): ObjectItem | undefined {
    const key = this.expression();
    if (this.#reader.recovering) return undefined;
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
      if (!this.#reader.skipToSeparator([",", "newline", bracket.closer])) return false;
      this.#reader.recovering = false;
    }
    if (this.#atCloser(bracket)) return false;
    if (this.#reader.accept(",") || this.#reader.accept("newline")) return true;
    if (this.#reader.peek().type === "end") return false;
    this.#missingSeparator(bracket, "attribute");
    return this.#objectSeparator(bracket);
  }

  /** For = "for" Identifier [ "," Identifier ] "in" Expression ":" Expression [ "=>" Expression [ "..." ] ] [ "if" Expression ] */
  #for(bracket: Bracket): Expression {
    return this.#reader.withNewlines(false, () => {
      this.#reader.take();
      const result = this.#forClauses(bracket);
      if (result !== undefined && this.#atCloser(bracket)) {
        this.#reader.take();
        return { ...result, range: this.#reader.source.span(bracket.open.from, this.#reader.previousEnd()) };
      }
      const isUnclosed = this.#reader.peek().type === "end" || this.#reader.startsItem();
      if (isUnclosed) this.#unclosedBracket({ ...bracket, what: "for expression" });
      else {
        if (result !== undefined) this.#badFor("Nothing was expected here after the end of the for expression, only its closing bracket.");
        if (this.#reader.skipToSeparator([bracket.closer])) this.#reader.take();
        else this.#reader.backToLineStart();
      }
      return { kind: "bad", range: this.#reader.source.span(bracket.open.from, this.#reader.previousEnd()) };
    });
  }

  #forClauses(bracket: Bracket): Expression | undefined {
    const names = this.#forNames();
    if (names === undefined) return undefined;
    const collection = this.expression();
    if (!this.#reader.accept(":")) return this.#badFor("A colon was expected here, after the collection.");
    const first = this.expression();
    const isObject = bracket.closer === "}";
    const arrow = this.#reader.accept("=>");
    if (arrow !== undefined && !isObject)
      return this.#badFor("A for expression in square brackets makes a list and has no keys; use braces to make an object.", arrow);
    if (arrow === undefined && isObject)
      return this.#badFor("A for expression in braces makes an object and needs a key: {for … : key => value}.");
    const value = arrow === undefined ? first : this.expression();
    const dots = this.#reader.accept("...");
    if (dots !== undefined && !isObject)
      return this.#badFor("Values can only be grouped with ... when an object is made, in braces.", dots);
    const condition = this.#isWord("if") ? this.#forCondition() : undefined;
    return {
      kind: "for",
      ...names,
      collection,
      ...(arrow === undefined ? {} : { key: first }),
      value,
      ...(condition === undefined ? {} : { condition }),
      isGrouping: dots !== undefined,
      range: this.#reader.spanOf(bracket.open),
    };
  }

  #forCondition(): Expression {
    this.#reader.take();
    return this.expression();
  }

  #forNames(): { valueName: string; keyName?: string } | undefined {
    const first = this.#reader.accept("identifier");
    if (first === undefined) return this.#badFor('The name of a variable was expected after "for".');
    let second: Token | undefined;
    if (this.#reader.accept(",")) {
      second = this.#reader.accept("identifier");
      if (second === undefined) return this.#badFor("The name of a second variable was expected after the comma.");
    }
    if (!this.#isWord("in")) return this.#badFor('The word "in" was expected here, after the names of the variables.');
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

  #withSteps(target: Expression): Expression {
    const steps: AccessStep[] = [];
    this.#readSteps(steps);
    const last = steps[steps.length - 1];
    return last === undefined ? target : { kind: "access", target, steps, range: target.range.through(last.range) };
  }

  /** Step = "." Identifier | "." Number | "[" Expression "]" | ".*" | "[*]" */
  #readSteps(steps: AccessStep[]): void {
    for (;;) {
      if (this.#reader.recovering) return;
      const { type } = this.#reader.peek();
      const step = type === "." ? this.#dotStep() : type === "[" ? this.#bracketStep() : undefined;
      if (step === undefined) return;
      steps.push(step);
      if (step.kind === "splat" && step.form === "full") return;
    }
  }

  #dotStep(): AccessStep | undefined {
    const dot = this.#reader.take();
    const token = this.#reader.peek();
    if (token.type === "identifier") {
      this.#reader.take();
      const name = this.#reader.text(token).normalize("NFC");
      return { kind: "attribute", name, nameRange: this.#reader.spanOf(token), range: this.#reader.source.span(dot.from, token.to) };
    }
    if (token.type === "number") return this.#legacyIndex(dot, this.#reader.take());
    if (token.type === "*") return this.#attributeSplat(dot, this.#reader.take());
    this.#reader.fail(this.#reader.spanOf(token), {
      code: "hcl/invalid-access",
      summary: "Invalid attribute name",
      detail: `The name of an attribute was expected after the dot, but there is ${describe(token, this.#reader.text(token))}.`,
      context: this.#reader.source.span(dot.from, token.to),
    });
    return undefined;
  }

  #legacyIndex(dot: Token, token: Token): AccessStep | undefined {
    const text = this.#reader.text(token);
    if (/^\d+$/.test(text))
      return {
        kind: "legacy-index",
        key: numberValue(fromInteger(BigInt(text), 512)),
        range: this.#reader.source.span(dot.from, token.to),
      };
    const [first = "", second = ""] = text.split(".");
    this.#reader.fail(this.#reader.source.span(dot.from, token.to), {
      code: "hcl/invalid-access",
      summary: "Invalid index",
      detail: "Two indexes cannot be chained with dots, since they would be read as one number.",
      hint: /^\d+\.\d+$/.test(text) ? `write [${first}][${second}]` : "write the index in square brackets",
    });
    return undefined;
  }

  /** `.*` applies the attributes that follow it to each element; indexes in brackets then apply to the result. */
  #attributeSplat(dot: Token, star: Token): SplatStep {
    const each: AccessStep[] = [];
    while (this.#reader.peek().type === "." && this.#reader.peekSecond().type !== "*" && !this.#reader.recovering) {
      const step = this.#dotStep();
      if (step !== undefined) each.push(step);
    }
    const markerRange = this.#reader.source.span(dot.from, star.to);
    return {
      kind: "splat",
      form: "attribute",
      each,
      markerRange,
      range: this.#reader.source.span(dot.from, each[each.length - 1]?.range.to ?? star.to),
    };
  }

  #bracketStep(): AccessStep | undefined {
    const open = this.#reader.take();
    const inside = this.#reader.withNewlines(false, () => this.#insideBrackets(open));
    if (inside === undefined) return undefined;
    if ("key" in inside) return { kind: "index", key: inside.key, range: this.#reader.source.span(open.from, inside.close.to) };
    const each: AccessStep[] = [];
    this.#reader.nested(() => this.#readSteps(each));
    const markerRange: Span = this.#reader.source.span(open.from, inside.close.to);
    const end = each[each.length - 1]?.range.to ?? inside.close.to;
    return { kind: "splat", form: "full", each, markerRange, range: this.#reader.source.span(open.from, end) };
  }

  #insideBrackets(open: Token): { key: Expression; close: Token } | { close: Token } | undefined {
    if (this.#reader.peek().type === "*" && this.#reader.peekSecond().type === "]") {
      this.#reader.take();
      return { close: this.#reader.take() };
    }
    const key = this.#looksUnclosed() ? this.#bad(open) : this.expression();
    const close = this.#reader.accept("]");
    if (close !== undefined) return { key, close };
    const token = this.#reader.peek();
    if (this.#looksUnclosed()) this.#unclosedBracket({ open, closer: "]", what: "index" });
    else {
      this.#reader.fail(this.#reader.spanOf(token), {
        code: "hcl/unexpected-token",
        summary: "Missing closing bracket on index",
        detail: `A closing bracket was expected after the index, but there is ${describe(token, this.#reader.text(token))}.`,
        context: this.#reader.source.span(open.from, token.to),
      });
      this.#reader.skipPast("]");
    }
    return undefined;
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
  if (key.kind === "variable") return key.name;
  if (key.kind !== "literal") return undefined;
  const text = key.range.text;
  return keywords.has(text) ? text : undefined;
}

export const unclosedComment = {
  code: "hcl/unclosed-comment",
  summary: "Unclosed comment",
  detail: 'There is no "*/" that ends this comment.',
} as const;

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
    default:
      return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;
  }
}

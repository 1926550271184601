// Reads the steps into a value that follow it: attributes, indexes and splats.
import { fromInteger } from "../cty/number.ts";
import { numberValue } from "../cty/value.ts";
import type { AccessStep, Expression, SplatStep } from "./ast.ts";
import { badExpression, describe, looksUnclosed, reportUnclosedBracket } from "./brackets.ts";
import type { Span } from "./source.ts";
import type { Token } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";

/** Reads steps such as `.name`, `[0]` and `[*]`. */
export class AccessParser {
  readonly #reader: TokenReader;
  readonly #readExpression: () => Expression;

  constructor(reader: TokenReader, readExpression: () => Expression) {
    this.#reader = reader;
    this.#readExpression = readExpression;
  }

  /** The expression with the steps that follow it. */
  withSteps(target: Expression): Expression {
    const { type } = this.#reader.peek();
    if (type !== "." && type !== "[") {
      return target;
    }
    const steps: AccessStep[] = [];
    this.#readSteps(steps);
    const last = steps[steps.length - 1];
    return last === undefined ? target : { kind: "access", target, steps, range: target.range.through(last.range) };
  }

  /** Step = "." Identifier | "." Number | "[" Expression "]" | ".*" | "[*]" */
  #readSteps(steps: AccessStep[]): void {
    for (;;) {
      if (this.#reader.recovering) {
        return;
      }
      const step = this.#readStep();
      if (step === undefined) {
        return;
      }
      steps.push(step);
      if (step.kind === "splat" && step.form === "full") {
        return;
      }
    }
  }

  #readStep(): AccessStep | undefined {
    const { type } = this.#reader.peek();
    if (type === ".") {
      return this.#dotStep();
    }
    return type === "[" ? this.#bracketStep() : undefined;
  }

  #dotStep(): AccessStep | undefined {
    const dot = this.#reader.take();
    const token = this.#reader.peek();
    if (token.type === "identifier") {
      this.#reader.take();
      const name = this.#reader.text(token).normalize("NFC");
      return {
        kind: "attribute",
        name,
        nameRange: this.#reader.spanOf(token),
        range: this.#reader.source.span(dot.from, token.to),
      };
    }
    if (token.type === "number") {
      return this.#legacyIndex(dot, this.#reader.take());
    }
    if (token.type === "*") {
      return this.#attributeSplat(dot, this.#reader.take());
    }
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
    if (/^\d+$/.test(text)) {
      return {
        kind: "legacy-index",
        key: numberValue(fromInteger(BigInt(text), 512)),
        range: this.#reader.source.span(dot.from, token.to),
      };
    }
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
      if (step !== undefined) {
        each.push(step);
      }
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
    if (inside === undefined) {
      return undefined;
    }
    if ("key" in inside) {
      return { kind: "index", key: inside.key, range: this.#reader.source.span(open.from, inside.close.to) };
    }
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
    const key = looksUnclosed(this.#reader) ? badExpression(this.#reader, open) : this.#readExpression();
    const close = this.#reader.accept("]");
    if (close !== undefined) {
      return { key, close };
    }
    const token = this.#reader.peek();
    if (looksUnclosed(this.#reader)) {
      reportUnclosedBracket(this.#reader, { open, closer: "]", what: "index" });
    } else {
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

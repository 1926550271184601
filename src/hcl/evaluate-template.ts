// Templates: strings made of parts.
import { convert } from "../cty/convert.ts";
import { problemText } from "../cty/mismatch.ts";
import { stringType } from "../cty/type.ts";
import type { Value } from "../cty/value.ts";
import { asElements, asString, isKnown, isNull, stringValue, unknownValue, withMarks } from "../cty/value.ts";
import type { TemplateExpression, TemplateLoopExpression } from "./ast.ts";
import type { Evaluator } from "./evaluator.ts";
import { report, spendText } from "./evaluator.ts";
import type { Span } from "./source.ts";

export function evaluateTemplate(evaluator: Evaluator, expression: TemplateExpression): Value {
  const [first] = expression.parts;
  if (first !== undefined && (expression.isWrapper || (expression.parts.length === 1 && first.kind === "literal"))) {
    return evaluator.value(first);
  }
  const text = new TextInProgress(evaluator, expression.range);
  for (const part of expression.parts) {
    text.add(evaluator.value(part), part.range);
  }
  return text.finish();
}

export function evaluateTemplateLoop(evaluator: Evaluator, expression: TemplateLoopExpression): Value {
  const rounds = evaluator.value(expression.loop);
  if (!isKnown(rounds) || isNull(rounds)) {
    return withMarks(unknownValue(stringType), rounds.marks);
  }
  const text = new TextInProgress(evaluator, expression.range);
  for (const round of asElements(rounds)) {
    text.add(round, expression.loop.value.range);
  }
  return withMarks(text.finish(), rounds.marks);
}

/** Gathers the parts of a string. A part that is unknown makes the whole unknown. */
class TextInProgress {
  readonly #evaluator: Evaluator;
  readonly #range: Span;
  readonly #texts: string[] = [];
  readonly #marks = new Set<string>();
  #isTooLong = false;
  #isKnown = true;

  constructor(evaluator: Evaluator, range: Span) {
    this.#evaluator = evaluator;
    this.#range = range;
  }

  add(value: Value, at: Span): void {
    for (const mark of value.marks) {
      this.#marks.add(mark);
    }
    if (isNull(value)) {
      this.#fail(at, "The result of this expression is null, which cannot be part of a string.");
    } else if (!isKnown(value)) {
      this.#isKnown = false;
    } else {
      const converted = convert(value, stringType);
      if (converted.ok) {
        this.#append(asString(converted.value));
      } else {
        this.#fail(at, `This value cannot be part of a string: ${problemText(converted.problem)}.`);
      }
    }
  }

  #append(text: string): void {
    if (spendText(this.#evaluator, text.length, this.#range)) {
      this.#texts.push(text);
    } else {
      this.#isTooLong = true;
    }
  }

  #fail(at: Span, detail: string): void {
    this.#isKnown = false;
    report(this.#evaluator, at, "hcl/invalid-interpolation", {
      summary: "Invalid template interpolation value",
      detail,
      context: this.#range,
    });
  }

  finish(): Value {
    if (this.#isTooLong) {
      return unknownValue(stringType);
    }
    return withMarks(this.#isKnown ? stringValue(this.#texts.join("")) : unknownValue(stringType), this.#marks);
  }
}

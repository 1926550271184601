// For expressions.
import { convert } from "../cty/convert.ts";
import { problemText } from "../cty/mismatch.ts";
import { boolType } from "../cty/type.ts";
import { withArticle } from "../cty/type-name.ts";
import type { Value } from "../cty/value.ts";
import {
  asBool,
  dynamicValue,
  isKnown,
  isNull,
  listEntries,
  noMarks,
  objectValue,
  tupleValue,
  withMarks,
  withoutMarks,
} from "../cty/value.ts";
import type { ForExpression } from "./ast.ts";
import type { Evaluator } from "./evaluator.ts";
import { keyText, report, showKey, spendRounds } from "./evaluator.ts";

export function evaluateFor(evaluator: Evaluator, expression: ForExpression): Value {
  const collection = evaluator.value(expression.collection);
  const at = expression.collection.range;
  if (isNull(collection)) {
    return report(evaluator, at, "hcl/not-iterable", {
      summary: "Iteration over null value",
      detail: "A null value cannot be the collection of a for expression.",
      context: expression.range,
    });
  }
  if (collection.type.kind === "dynamic") {
    return withMarks(dynamicValue, collection.marks);
  }
  if (!isIterable(collection)) {
    return report(evaluator, at, "hcl/not-iterable", {
      summary: "Iteration over non-iterable value",
      detail: `A list, set, map, tuple or object is required here, but this is ${withArticle(collection.type)}.`,
      context: expression.range,
    });
  }
  if (!isKnown(collection)) {
    return withMarks(dynamicValue, collection.marks);
  }
  const loop = new Loop(evaluator, expression);
  const before = evaluator.diagnostics.length;
  loop.checkCondition();
  for (const [key, value] of listEntries(withoutMarks(collection))) {
    // One mistake in the loop is not repeated for every element.
    if (evaluator.diagnostics.length > before) {
      return withMarks(dynamicValue, collection.marks);
    }
    if (!spendRounds(evaluator, 1, expression.range)) {
      return withMarks(dynamicValue, collection.marks);
    }
    loop.round(key, value);
  }
  return withMarks(evaluator.diagnostics.length > before ? dynamicValue : loop.finish(), collection.marks);
}

function isIterable(value: Value): boolean {
  return ["list", "set", "map", "tuple", "object"].includes(value.type.kind);
}

class Loop {
  readonly #evaluator: Evaluator;
  readonly #expression: ForExpression;
  readonly #elements: Value[] = [];
  readonly #attributes = new Map<string, Value>();
  readonly #groups = new Map<string, Value[]>();
  readonly #marks = new Set<string>();
  /** False when a key or condition is unknown, and with it how many elements there are. */
  #isKnown = true;

  constructor(evaluator: Evaluator, expression: ForExpression) {
    this.#evaluator = evaluator;
    this.#expression = expression;
  }

  round(key: Value, value: Value): void {
    const { keyName, valueName } = this.#expression;
    const scope = this.#evaluator.within(
      new Map([...(keyName === undefined ? [] : [[keyName, key] as const]), [valueName, value]]),
    );
    if (!this.#isIncluded(scope)) {
      return;
    }
    if (this.#expression.key === undefined) {
      this.#elements.push(scope.value(this.#expression.value));
    } else {
      this.#addAttribute(scope, this.#expression.key);
    }
  }

  /** A condition that can never work is reported even when there are no elements. */
  checkCondition(): void {
    if (this.#expression.condition === undefined) {
      return;
    }
    const { keyName, valueName } = this.#expression;
    this.#isIncluded(
      this.#evaluator.within(
        new Map([
          [keyName ?? valueName, dynamicValue],
          [valueName, dynamicValue],
        ]),
      ),
    );
    this.#isKnown = true;
    this.#marks.clear();
  }

  #isIncluded(scope: Evaluator): boolean {
    const { condition } = this.#expression;
    if (condition === undefined) {
      return true;
    }
    const result = scope.value(condition);
    for (const mark of result.marks) {
      this.#marks.add(mark);
    }
    if (isNull(result)) {
      return this.#badCondition("The value of the condition is null, but it must be true or false.");
    }
    const converted = convert(result, boolType);
    if (!converted.ok) {
      return this.#badCondition(`The condition must be true or false: ${problemText(converted.problem)}.`);
    }
    if (isKnown(converted.value)) {
      return asBool(converted.value);
    }
    this.#isKnown = false;
    return false;
  }

  #badCondition(detail: string): false {
    const { condition, range } = this.#expression;
    this.#isKnown = false;
    if (condition !== undefined) {
      report(this.#evaluator, condition.range, "hcl/invalid-condition", {
        summary: "Invalid for condition",
        detail,
        context: range,
      });
    }
    return false;
  }

  #addAttribute(scope: Evaluator, keyExpression: NonNullable<ForExpression["key"]>): void {
    const keyValue = scope.value(keyExpression);
    const { text, marks } = keyText(scope, keyValue, keyExpression.range);
    for (const mark of marks) {
      this.#marks.add(mark);
    }
    const value = scope.value(this.#expression.value);
    if (text === undefined) {
      this.#isKnown = false;
      return;
    }
    if (this.#expression.isGrouping) {
      const group = this.#groups.get(text);
      if (group === undefined) {
        this.#groups.set(text, [value]);
      } else {
        group.push(value);
      }
    } else if (this.#attributes.has(text)) {
      this.#duplicateKey(keyValue, keyExpression);
    } else {
      this.#attributes.set(text, value);
    }
  }

  #duplicateKey(key: Value, keyExpression: NonNullable<ForExpression["key"]>): void {
    this.#isKnown = false;
    report(this.#evaluator, keyExpression.range, "hcl/duplicate-key", {
      summary: "Duplicate object key",
      detail: `Two different items produced the key ${showKey(key)} in this for expression.`,
      hint: "if duplicates are expected, write ... after the value to group values by key",
      context: this.#expression.range,
    });
  }

  finish(): Value {
    return withMarks(this.#isKnown ? this.#result() : dynamicValue, this.#marks.size === 0 ? noMarks : this.#marks);
  }

  #result(): Value {
    if (this.#expression.key === undefined) {
      return tupleValue(this.#elements);
    }
    if (!this.#expression.isGrouping) {
      return objectValue(this.#attributes);
    }
    return objectValue([...this.#groups].map(([name, values]) => [name, tupleValue(values)]));
  }
}

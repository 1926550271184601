// Operations on values that respect unknown values and carry marks along.
import { valuesEqual } from "./equal.ts";
import type { BigFloat } from "./number.ts";
import { compareNumbers } from "./number.ts";
import type { Type } from "./type.ts";
import { boolType, numberType } from "./type.ts";
import type { Value } from "./value.ts";
import { allMarks, asNumber, boolValue, isKnown, numberValue, unknownValue, withMarks } from "./value.ts";

/** Runs an operation on operands that are all known, or gives an unknown result; either way with the marks of all. */
export function operate(operands: readonly Value[], result: Type, compute: () => Value): Value {
  const outcome = operands.every(isKnown) ? compute() : unknownValue(result);
  let marked = outcome;
  for (const operand of operands) {
    marked = withMarks(marked, operand.marks);
  }
  return marked;
}

/** Arithmetic on two known or unknown numbers. */
export function computeNumber(a: Value, b: Value, compute: (a: BigFloat, b: BigFloat) => BigFloat): Value {
  return operate([a, b], numberType, () => numberValue(compute(asNumber(a), asNumber(b))));
}

/** Compares two numbers; `holds` is given what {@link compareNumbers} says. */
export function compare(a: Value, b: Value, holds: (order: number) => boolean): Value {
  return operate([a, b], boolType, () => boolValue(holds(compareNumbers(asNumber(a), asNumber(b)))));
}

/** Whether two values are the same, as a value: it may be unknown, and it carries the marks of all parts. */
export function compareEqual(a: Value, b: Value): Value {
  const same = valuesEqual(a, b);
  const outcome = same === undefined ? unknownValue(boolType) : boolValue(same);
  return withMarks(withMarks(outcome, allMarks(a)), allMarks(b));
}

// Operators and conditions.
import { convert } from "../cty/convert.ts";
import { problemText } from "../cty/mismatch.ts";
import type { BigFloat } from "../cty/number.ts";
import { ArithmeticError, add, divide, multiply, negate, remainder, subtract } from "../cty/number.ts";
import { compare, compareEqual, computeNumber, operate } from "../cty/operations.ts";
import type { PrimitiveType, Type } from "../cty/type.ts";
import { boolType, numberType } from "../cty/type.ts";
import { friendlyName } from "../cty/type-name.ts";
import { unifyTypes } from "../cty/unify.ts";
import type { Value } from "../cty/value.ts";
import {
  asBool,
  asNumber,
  boolValue,
  dynamicValue,
  falseValue,
  isKnown,
  isNull,
  numberValue,
  trueValue,
  unknownValue,
  withMarks,
} from "../cty/value.ts";
import type { BinaryExpression, BinaryOperator, ConditionalExpression, UnaryExpression } from "./ast.ts";
import type { Evaluator } from "./evaluator.ts";
import { adopt, report, spendValue } from "./evaluator.ts";
import type { Span } from "./source.ts";

const arithmeticOperators: Partial<Record<BinaryOperator, (a: BigFloat, b: BigFloat) => BigFloat>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": remainder,
};

const comparisons: Partial<Record<BinaryOperator, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** Operators of one level lean to the left; the left side is walked in a loop, so that long chains need no deep stack. */
export function evaluateBinary(evaluator: Evaluator, expression: BinaryExpression): Value {
  const chain = [expression];
  for (let left = expression.left; left.kind === "binary"; left = left.left) {
    chain.push(left);
  }
  const first = chain[chain.length - 1];
  let value = evaluator.value(first?.left ?? expression.left);
  for (let i = chain.length - 1; i >= 0; i--) {
    const link = chain[i];
    if (link !== undefined) {
      value = applyBinary(evaluator, link, value);
    }
  }
  return value;
}

function applyBinary(evaluator: Evaluator, expression: BinaryExpression, left: Value): Value {
  const { operator } = expression;
  if (operator === "&&" || operator === "||") {
    return evaluateLogic(evaluator, expression, left);
  }
  const right = evaluator.value(expression.right);
  if ((operator === "==" || operator === "!=") && !spendValue(evaluator, left, expression.range)) {
    return dynamicValue;
  }
  if (operator === "==") {
    return compareEqual(left, right);
  }
  if (operator === "!=") {
    const same = compareEqual(left, right);
    return isKnown(same) ? withMarks(boolValue(!asBool(same)), same.marks) : same;
  }
  const compute = arithmeticOperators[operator];
  const result = compute === undefined ? boolType : numberType;
  const a = convertOperand(evaluator, left, numberType, { what: "left operand", range: expression.left.range });
  const b = convertOperand(evaluator, right, numberType, { what: "right operand", range: expression.right.range });
  if (a === undefined || b === undefined) {
    return unknownValue(result);
  }
  if (compute === undefined) {
    return compare(a, b, comparisons[operator] ?? (() => false));
  }
  return calculate(evaluator, expression.range, () => computeNumber(a, b, compute));
}

function calculate(evaluator: Evaluator, range: Span, compute: () => Value): Value {
  try {
    return compute();
  } catch (thrown) {
    if (!(thrown instanceof ArithmeticError)) {
      throw thrown;
    }
    report(evaluator, range, "hcl/operation-failed", {
      summary: "Operation failed",
      detail: `This cannot be calculated: ${thrown.message}.`,
    });
    return unknownValue(numberType);
  }
}

/** An operand as the type that the operator works on; undefined, with a report, when it is none. */
function convertOperand(
  evaluator: Evaluator,
  value: Value,
  type: PrimitiveType,
  { what, range }: { readonly what: string; readonly range: Span },
): Value | undefined {
  const converted = convert(value, type);
  if (!converted.ok) {
    report(evaluator, range, "hcl/invalid-operand", {
      summary: "Invalid operand",
      detail: `Unsuitable value for ${what}: ${problemText(converted.problem)}.`,
    });
    return undefined;
  }
  if (isNull(converted.value)) {
    report(evaluator, range, "hcl/invalid-operand", {
      summary: "Invalid operand",
      detail: `Unsuitable value for ${what}: it must not be null.`,
    });
    return undefined;
  }
  return converted.value;
}

/** Unlike Packer 1.6.6, and like newer versions: the right side is left alone when the left one decides. */
function evaluateLogic(evaluator: Evaluator, expression: BinaryExpression, left: Value): Value {
  const decisive = expression.operator === "||";
  const a = convertOperand(evaluator, left, boolType, { what: "left operand", range: expression.left.range });
  if (a !== undefined && isKnown(a) && asBool(a) === decisive) {
    return a;
  }
  const b = convertOperand(evaluator, evaluator.value(expression.right), boolType, {
    what: "right operand",
    range: expression.right.range,
  });
  if (a === undefined || b === undefined) {
    return unknownValue(boolType);
  }
  if (isKnown(b) && asBool(b) === decisive) {
    return withMarks(decisive ? trueValue : falseValue, [...a.marks, ...b.marks]);
  }
  return operate([a, b], boolType, () => boolValue(!decisive));
}

export function evaluateUnary(evaluator: Evaluator, expression: UnaryExpression): Value {
  const type = expression.operator === "-" ? numberType : boolType;
  const value = convertOperand(evaluator, evaluator.value(expression.operand), type, {
    what: "unary operand",
    range: expression.operand.range,
  });
  if (value === undefined) {
    return unknownValue(type);
  }
  return operate([value], type, () =>
    type === numberType ? numberValue(negate(asNumber(value))) : boolValue(!asBool(value)),
  );
}

/** Both arms are evaluated, since both decide the type; only mistakes of the chosen one count. */
export function evaluateConditional(evaluator: Evaluator, expression: ConditionalExpression): Value {
  const [first, second] = [evaluator.separate(), evaluator.separate()];
  const whenTrue = first.value(expression.whenTrue);
  const whenFalse = second.value(expression.whenFalse);
  const type = armsType(whenTrue, whenFalse);
  if (type === undefined) {
    return report(evaluator, expression.whenTrue.range.through(expression.whenFalse.range), "hcl/inconsistent-types", {
      summary: "Inconsistent conditional result types",
      detail: `The true and false results must have consistent types, but they are ${armNames(whenTrue, whenFalse)}.`,
      context: expression.range,
    });
  }
  const condition = evaluateCondition(evaluator, expression);
  if (condition === undefined || !isKnown(condition)) {
    return withMarks(unknownValue(type), condition?.marks ?? []);
  }
  const [chosen, arm, others] = asBool(condition)
    ? [whenTrue, expression.whenTrue, first]
    : [whenFalse, expression.whenFalse, second];
  adopt(evaluator, others.diagnostics);
  const converted = convert(chosen, type);
  if (converted.ok) {
    return withMarks(converted.value, condition.marks);
  }
  return report(evaluator, arm.range, "hcl/inconsistent-types", {
    summary: "Inconsistent conditional result types",
    detail: `The chosen result does not fit the type of the other one: ${problemText(converted.problem)}.`,
    context: expression.range,
  });
}

function armsType(whenTrue: Value, whenFalse: Value): Type | undefined {
  if (isUntypedNull(whenTrue)) {
    return whenFalse.type;
  }
  if (isUntypedNull(whenFalse)) {
    return whenTrue.type;
  }
  return unifyTypes([whenTrue.type, whenFalse.type], "unsafe");
}

function isUntypedNull(value: Value): boolean {
  return isNull(value) && value.type.kind === "dynamic";
}

function armNames(whenTrue: Value, whenFalse: Value): string {
  return `${friendlyName(whenTrue.type)} and ${friendlyName(whenFalse.type)}`;
}

function evaluateCondition(evaluator: Evaluator, expression: ConditionalExpression): Value | undefined {
  const value = evaluator.value(expression.condition);
  const at = expression.condition.range;
  if (isNull(value)) {
    report(evaluator, at, "hcl/invalid-condition", {
      summary: "Null condition",
      detail: "A condition must be true or false, and this is null.",
      context: expression.range,
    });
    return undefined;
  }
  const converted = convert(value, boolType);
  if (converted.ok) {
    return converted.value;
  }
  report(evaluator, at, "hcl/invalid-condition", {
    summary: "Incorrect condition type",
    detail: `A condition must be true or false: ${problemText(converted.problem)}.`,
    context: expression.range,
  });
  return undefined;
}

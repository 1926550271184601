// The built-in comparisons: eq, ne, lt, le, gt and ge.
import { TemplateFailure } from "./problem.ts";
import {
  compareTexts,
  findKind,
  type Kind,
  plainTypeName,
  type TemplateFunction,
  TemplateStruct,
  type TemplateValue,
  toFloat,
  toInt,
} from "./value.ts";

function failCompare(message: string, argument: number): TemplateFailure {
  return new TemplateFailure(message, { code: "gotemplate/argument-type", argument });
}

/** Values that compare with others of their kind; of everything else only the absence can be compared. */
const basic: ReadonlySet<Kind> = new Set<Kind>(["string", "bool", "int", "float"]);

function isAbsent(value: TemplateValue): boolean {
  return value === undefined || value === null;
}

/** True when the first argument equals any of the others. */
function equalsAny(first: TemplateValue, others: readonly TemplateValue[]): boolean {
  if (others.length === 0) {
    throw new TemplateFailure("there is nothing to compare with", { code: "gotemplate/argument-count" });
  }
  return others.some((other, i) => equal(first, other, i + 1));
}

function equal(a: TemplateValue, b: TemplateValue, argument: number): boolean {
  if (isAbsent(a) || isAbsent(b)) {
    return isAbsent(a) && isAbsent(b);
  }
  const kind = findKind(a);
  const comparable = kind === findKind(b) || (!basic.has(kind) && !basic.has(findKind(b)));
  if (!comparable) {
    throw failCompare(`${plainTypeName(a)} cannot be compared with ${plainTypeName(b)}`, argument);
  }
  if (kind === "int") {
    return toInt(a) === toInt(b);
  }
  if (kind === "float") {
    return toFloat(a) === toFloat(b);
  }
  if (basic.has(kind)) {
    return a === b;
  }
  if (a instanceof TemplateStruct && b instanceof TemplateStruct) {
    return equalStructs(a, b, argument);
  }
  throw failCompare(`${plainTypeName(a)} cannot be compared`, argument - 1);
}

function equalStructs(a: TemplateStruct, b: TemplateStruct, argument: number): boolean {
  const names = Object.keys(a.fields);
  if (a.typeName !== b.typeName || names.length !== Object.keys(b.fields).length) {
    return false;
  }
  return names.every((name) => {
    const [left, right] = [a.fields[name], b.fields[name]];
    return findKind(left) === findKind(right) && equal(left, right, argument);
  });
}

/** Negative, zero or positive, as the first argument is smaller, equal or greater; NaN as Go has it. */
function order(a: TemplateValue, b: TemplateValue): number {
  const kind = findKind(a);
  for (const [i, value] of [a, b].entries()) {
    if (!["string", "int", "float"].includes(findKind(value))) {
      throw failCompare(`${plainTypeName(value)} has no order`, i);
    }
  }
  if (kind !== findKind(b)) {
    throw failCompare(`${plainTypeName(a)} cannot be compared with ${plainTypeName(b)}`, 1);
  }
  if (typeof a === "string" && typeof b === "string") {
    return compareTexts(a, b);
  }
  const [left, right] = kind === "int" ? [toInt(a) ?? 0n, toInt(b) ?? 0n] : [toFloat(a) ?? 0, toFloat(b) ?? 0];
  if (left < right) {
    return -1;
  }
  if (left === right) {
    return 0;
  }
  return left > right ? 1 : Number.NaN;
}

function defineComparison(
  name: string,
  description: string,
  holds: (a: TemplateValue, b: TemplateValue) => boolean,
): TemplateFunction {
  return { name, minArgs: 2, maxArgs: 2, description, call: ([a, b]) => holds(a, b) };
}

/** eq, ne, lt, le, gt and ge. */
export const compareBuiltins: readonly TemplateFunction[] = [
  {
    name: "eq",
    minArgs: 1,
    maxArgs: Number.POSITIVE_INFINITY,
    description: "True when the first argument equals any of the others.",
    call: ([first, ...others]) => equalsAny(first, others),
  },
  defineComparison("ne", "True when the arguments differ.", (a, b) => !equal(a, b, 1)),
  defineComparison("lt", "True when the first argument is smaller than the second.", (a, b) => order(a, b) < 0),
  defineComparison("le", "True when the first argument is not greater than the second.", (a, b) => order(a, b) <= 0),
  // As Go: these two are the opposites of the ones above, which shows with NaN.
  defineComparison("gt", "True when the first argument is greater than the second.", (a, b) => !(order(a, b) <= 0)),
  defineComparison("ge", "True when the first argument is not smaller than the second.", (a, b) => !(order(a, b) < 0)),
];

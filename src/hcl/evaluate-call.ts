// Function calls.
import { convert } from "../cty/convert.ts";
import { problemText } from "../cty/mismatch.ts";
import { ArithmeticError } from "../cty/number.ts";
import type { Type } from "../cty/type.ts";
import { withArticle } from "../cty/type-name.ts";
import type { Value } from "../cty/value.ts";
import {
  allMarks,
  asElements,
  dynamicValue,
  isKnown,
  isNull,
  isWhollyKnown,
  unknownValue,
  withMarks,
  withoutAnyMarks,
} from "../cty/value.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { CallExpression, Expression } from "./ast.ts";
import { findExplanations, lookUpFunction } from "./context.ts";
import type { Evaluator } from "./evaluator.ts";
import { adopt, report, spendSteps, spendText, spendValue } from "./evaluator.ts";
import type { FunctionParameter, HclFunction, LazyFunction, PlainFunction } from "./function.ts";
import { FunctionError } from "./function.ts";
import type { Span } from "./source.ts";

export function evaluateCall(evaluator: Evaluator, expression: CallExpression): Value {
  const found = lookUpFunction(evaluator.context, expression.name);
  if (found === undefined) {
    return report(evaluator, expression.range, "hcl/functions-not-allowed", {
      summary: "Function calls not allowed",
      detail: "Functions may not be called here.",
    });
  }
  if (found.found === undefined) {
    return reportUnknown(evaluator, expression, found.known);
  }
  return "callLazily" in found.found
    ? callLazily(evaluator, expression, found.found)
    : callWithValues({ evaluator, expression, called: found.found });
}

function reportUnknown(
  evaluator: Evaluator,
  { name, nameRange, range }: CallExpression,
  known: readonly string[],
): Value {
  const advice = findExplanations(evaluator.context).call?.(name);
  if (advice?.isElsewhere === true) {
    const { detail, hint } = advice;
    return report(evaluator, nameRange, "hcl/functions-not-allowed", {
      summary: "Function not allowed here",
      detail,
      hint,
      context: range,
    });
  }
  const near = didYouMean(name, known);
  return report(evaluator, nameRange, "hcl/unknown-function", {
    summary: "Call to unknown function",
    detail: `There is no function named "${name}".`,
    hint: advice?.hint ?? (near === undefined ? undefined : `did you mean "${near}"?`),
    context: range,
  });
}

function callLazily(evaluator: Evaluator, expression: CallExpression, called: LazyFunction): Value {
  if (expression.expandsLast) {
    return report(evaluator, expression.range, "hcl/invalid-call", {
      summary: "Invalid function call",
      detail: `The arguments of "${called.name}" cannot be expanded with "...".`,
    });
  }
  if (!countFits({ evaluator, expression, called }, expression.args.length)) {
    return dynamicValue;
  }
  const { value, diagnostics } = called.callLazily({
    args: expression.args,
    range: expression.range,
    evaluate: (argument: Expression) => {
      const separate = evaluator.separate();
      const result = separate.value(argument);
      return { value: result, diagnostics: separate.diagnostics };
    },
  });
  adopt(evaluator, diagnostics);
  return value;
}

/** An argument and where it was written. */
interface Argument {
  readonly value: Value;
  readonly range: Span;
}

/** A call under way: where it stands and what it calls. */
interface Call<Called extends HclFunction = HclFunction> {
  readonly evaluator: Evaluator;
  readonly expression: CallExpression;
  readonly called: Called;
}

function callWithValues(call: Call<PlainFunction>): Value {
  const { evaluator, expression, called } = call;
  const before = evaluator.diagnostics.length;
  const given = expression.args.map(
    (argument): Argument => ({ value: evaluator.value(argument), range: argument.range }),
  );
  const expanded = expression.expandsLast ? expand(evaluator, expression, given) : { args: given, marks: [] };
  if (expanded === undefined || !countFits(call, expanded.args.length)) {
    return dynamicValue;
  }
  const parameters = expanded.args.map((_, i) => called.parameters[i] ?? called.variadic);
  const args = expanded.args.map((argument, i) => prepare(call, argument, parameters[i]));
  // What is wrong with an argument is not said a second time by the function.
  if (evaluator.diagnostics.length > before) {
    return dynamicValue;
  }
  if (!args.every((value) => spendValue(evaluator, value, expression.range))) {
    return dynamicValue;
  }
  const marks = new Set<string>(expanded.marks);
  const values = args.map((value, i) => {
    if (parameters[i]?.allowMarked) {
      return value;
    }
    for (const mark of allMarks(value)) {
      marks.add(mark);
    }
    return withoutAnyMarks(value);
  });
  return withMarks(invoke(call, values, parameters, expanded), marks);
}

/** Puts the elements of the last argument in its place; undefined, with a report or because they are unknown, when there are none. */
function expand(
  evaluator: Evaluator,
  expression: CallExpression,
  given: readonly Argument[],
): { args: Argument[]; marks: Iterable<string> } | undefined {
  const last = given[given.length - 1];
  if (last === undefined) {
    return undefined;
  }
  const { value, range } = last;
  const fail = (detail: string) => {
    report(evaluator, range, "hcl/invalid-expansion", {
      summary: "Invalid expanding argument value",
      detail,
      context: expression.range,
    });
    return undefined;
  };
  if (
    value.type.kind !== "list" &&
    value.type.kind !== "tuple" &&
    value.type.kind !== "set" &&
    value.type.kind !== "dynamic"
  ) {
    return fail(`An argument with "..." must be a list, a tuple or a set, and this is ${withArticle(value.type)}.`);
  }
  if (isNull(value)) {
    return fail('An argument with "..." must not be null.');
  }
  if (!isKnown(value)) {
    return undefined;
  }
  const elements = asElements(value).map((element): Argument => ({ value: element, range }));
  return { args: [...given.slice(0, -1), ...elements], marks: value.marks };
}

function countFits({ evaluator, expression, called }: Call, count: number): boolean {
  const { name, parameters, variadic } = called;
  const missing = parameters[count];
  if (missing !== undefined) {
    report(evaluator, expression.closeRange, "hcl/too-few-arguments", {
      summary: "Not enough function arguments",
      detail: `Function "${name}" expects ${variadic === undefined ? "" : "at least "}${countArguments(parameters.length)}. Missing value for "${missing.name}".`,
      context: expression.range,
    });
    return false;
  }
  if (count <= parameters.length || variadic !== undefined) {
    return true;
  }
  const at = expression.args[Math.min(parameters.length, expression.args.length - 1)]?.range ?? expression.range;
  report(evaluator, at, "hcl/too-many-arguments", {
    summary: "Too many function arguments",
    detail:
      parameters.length === 0
        ? `Function "${name}" takes no arguments.`
        : `Function "${name}" expects only ${countArguments(parameters.length)}.`,
    context: expression.range,
  });
  return false;
}

function countArguments(count: number): string {
  return `${count} argument${count === 1 ? "" : "s"}`;
}

function prepare(call: Call, argument: Argument, parameter: FunctionParameter | undefined): Value {
  if (parameter === undefined) {
    return argument.value;
  }
  const converted = convert(argument.value, parameter.type);
  if (!converted.ok) {
    invalidArgument(call, parameter, argument.range, problemText(converted.problem));
    return dynamicValue;
  }
  if (isNull(converted.value) && !parameter.allowNull) {
    invalidArgument(call, parameter, argument.range, "it must not be null");
  }
  return converted.value;
}

function invalidArgument(call: Call, parameter: FunctionParameter, at: Span, why: string): void {
  const { evaluator, expression, called } = call;
  report(evaluator, at, "hcl/invalid-argument", {
    summary: "Invalid function argument",
    detail: `Invalid value for the parameter "${parameter.name}" of function "${called.name}": ${why}.`,
    context: expression.range,
  });
}

function invoke(
  call: Call<PlainFunction>,
  values: readonly Value[],
  parameters: readonly (FunctionParameter | undefined)[],
  { args: written, marks }: { readonly args: readonly Argument[]; readonly marks: Iterable<string> },
): Value {
  const { evaluator, expression, called } = call;
  try {
    const mustWait = values.some((value, i) => !parameters[i]?.allowUnknown && !isWhollyKnown(value));
    const type = findReturnType(called, values);
    if (mustWait || type === undefined) {
      return type === undefined ? dynamicValue : unknownValue(type);
    }
    if (called.cost !== undefined && !spendSteps(evaluator, called.cost(values), expression.range)) {
      return unknownValue(type);
    }
    const result = called.call(values, type);
    const length = typeof result.data === "string" ? result.data.length : 0;
    const isBounded = spendText(evaluator, length, expression.range) && spendValue(evaluator, result, expression.range);
    return isBounded ? result : unknownValue(type);
  } catch (thrown) {
    if (!(thrown instanceof FunctionError) && !(thrown instanceof ArithmeticError)) {
      throw thrown;
    }
    const index = thrown instanceof FunctionError ? thrown.argument : undefined;
    const blamed = index === undefined ? undefined : written[index];
    const parameter = index === undefined ? undefined : parameters[index];
    // A function may speak of what it has made of a secret, which nobody would recognise.
    const isSecret = [...marks].length > 0 || written.some(({ value }) => [...allMarks(value)].length > 0);
    const why = isSecret
      ? "the reason is not shown, because an argument is sensitive"
      : withoutFullStop(thrown.message);
    if (blamed !== undefined && parameter !== undefined) {
      invalidArgument(call, parameter, blamed.range, why);
      return dynamicValue;
    }
    return report(evaluator, expression.range, "hcl/call-failed", {
      summary: "Error in function call",
      detail: `Call to function "${called.name}" failed: ${why}.`,
    });
  }
}

function withoutFullStop(text: string): string {
  return text.replace(/\.$/, "");
}

/** The type that a call gives; `undefined` while it depends on values whose type nobody knows. */
function findReturnType({ returns }: PlainFunction, values: readonly Value[]): Type | undefined {
  if (typeof returns !== "function") {
    return returns;
  }
  return values.every((value) => value.type.kind !== "dynamic" || isKnown(value)) ? returns(values) : undefined;
}

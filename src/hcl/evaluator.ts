// What the parts of the evaluator need of each other.

import { convert } from "../cty/convert.ts";
import { problemText } from "../cty/mismatch.ts";
import { stringType } from "../cty/type.ts";
import type { Value } from "../cty/value.ts";
import { asString, dynamicValue, isKnown, isNull, isSensitive } from "../cty/value.ts";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import type { Expression, VariableExpression } from "./ast.ts";
import { errorAt } from "./body.ts";
import { type Budget, countParts } from "./budget.ts";
import type { EvalContext } from "./context.ts";
import { maxDiagnostics, maxRounds, maxSteps, maxStringLength } from "./limits.ts";
import type { Span } from "./source.ts";

/** Evaluates in one scope and collects what is wrong. */
export interface Evaluator {
  readonly context: EvalContext;
  readonly diagnostics: Diagnostic[];
  readonly budget: Budget;
  value(expression: Expression): Value;
  /** What a name stands for; the attributes that are asked of it tell what was meant. */
  variable(expression: VariableExpression, attributes: readonly string[]): Value;
  /** The same with more variables in scope. */
  within(variables: ReadonlyMap<string, Value>): Evaluator;
  /** The same with diagnostics of its own, for what may not be needed. */
  separate(): Evaluator;
}

interface Said {
  readonly summary: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly context?: Span | undefined;
}

/** Notes a mistake and gives the value that stands in for what failed. */
export function report(evaluator: Evaluator, at: Span, code: string, { summary, ...more }: Said): Value {
  const diagnostic = errorAt(at, code, summary, more);
  const last = evaluator.diagnostics[evaluator.diagnostics.length - 1];
  // The same mistake for another element of a collection says nothing new.
  const isRepeated = last?.code === code && isSamePlace(last.subject, diagnostic.subject);
  if (!isRepeated && evaluator.diagnostics.length < maxDiagnostics) {
    evaluator.diagnostics.push(diagnostic);
  }
  return dynamicValue;
}

function isSamePlace(one: SourceRange | undefined, other: SourceRange | undefined): boolean {
  return one?.start.offset === other?.start.offset && one?.filename === other?.filename;
}

/** Takes rounds of a loop out of the budget; false, with a report, when too few are left. */
export function spendRounds(evaluator: Evaluator, count: number, at: Span): boolean {
  evaluator.budget.rounds -= count;
  if (evaluator.budget.rounds < 0) {
    reportSpent(evaluator, at, "Too many elements", `no more than ${maxRounds} elements`);
  }
  return evaluator.budget.rounds >= 0;
}

/** Takes work out of the budget; false, with a report, when too little is left. */
export function spendSteps(evaluator: Evaluator, count: number, at: Span): boolean {
  evaluator.budget.steps -= count;
  if (evaluator.budget.steps < 0) {
    reportSpent(evaluator, at, "Too much work", `no more than ${maxSteps} steps`);
  }
  return evaluator.budget.steps >= 0;
}

/** Takes text out of the budget; false, with a report, when too little is left. */
export function spendText(evaluator: Evaluator, length: number, at: Span): boolean {
  evaluator.budget.text -= length;
  if (evaluator.budget.text < 0) {
    reportSpent(evaluator, at, "String too long", `texts of no more than ${maxStringLength} characters`);
  }
  return evaluator.budget.text >= 0;
}

/** Takes what a value is made of out of the budget. */
export function spendValue(evaluator: Evaluator, value: Value, at: Span): boolean {
  return spendSteps(evaluator, countParts(value, evaluator.budget.steps), at);
}

/** Said once: from then on nothing is worked out any more. */
function reportSpent(evaluator: Evaluator, at: Span, summary: string, most: string): void {
  if (!evaluator.budget.isSpent) {
    evaluator.budget.isSpent = true;
    report(evaluator, at, "hcl/too-large", {
      summary,
      detail: `The expressions of a template may go through ${most} together.`,
      hint: "A loop inside of a loop, or a value that holds itself again and again, grows faster than it looks.",
    });
  }
}

/** Takes over what a separate evaluator found. */
export function adopt(evaluator: Evaluator, diagnostics: readonly Diagnostic[]): void {
  evaluator.diagnostics.push(...diagnostics.slice(0, Math.max(0, maxDiagnostics - evaluator.diagnostics.length)));
}

/** A value as the key of an object; without text when it is unknown or no key, which is then reported. */
export function keyText(
  evaluator: Evaluator,
  key: Value,
  at: Span,
): { text?: string | undefined; marks: ReadonlySet<string> } {
  const { marks } = key;
  if (!isKnown(key)) {
    return { marks };
  }
  if (isNull(key)) {
    report(evaluator, at, "hcl/invalid-key", {
      summary: "Null value as key",
      detail: "Null cannot be the key of an object.",
    });
    return { marks };
  }
  const converted = convert(key, stringType);
  if (converted.ok) {
    return { text: asString(converted.value), marks };
  }
  report(evaluator, at, "hcl/invalid-key", {
    summary: "Incorrect key type",
    detail: `This value cannot be a key: ${problemText(converted.problem)}.`,
  });
  return { marks };
}

/** A short text for a value in a message; secrets are not shown. */
export function showKey(value: Value): string {
  if (isSensitive(value)) {
    return "a sensitive value";
  }
  if (typeof value.data === "string") {
    return JSON.stringify(value.data.length > 60 ? `${value.data.slice(0, 60)}…` : value.data);
  }
  return value.type.kind;
}

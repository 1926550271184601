// Evaluates expressions. Mistakes become diagnostics, and an unknown value stands in for what failed.

import type { Value } from "../cty/value.ts";
import { dynamicValue, objectValue, tupleValue, withMarks } from "../cty/value.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Expression, JsonExpression, ObjectExpression, VariableExpression } from "./ast.ts";
import { type Budget, openBudget } from "./budget.ts";
import type { EvalContext } from "./context.ts";
import { findBudget, findExplanations, lookUpVariable, offersNothing } from "./context.ts";
import { evaluateAccess } from "./evaluate-access.ts";
import { evaluateCall } from "./evaluate-call.ts";
import { evaluateFor } from "./evaluate-for.ts";
import { evaluateBinary, evaluateConditional, evaluateUnary } from "./evaluate-operator.ts";
import { evaluateTemplate, evaluateTemplateLoop } from "./evaluate-template.ts";
import type { Evaluator } from "./evaluator.ts";
import { adopt, keyText, report, spendSteps, spendValue } from "./evaluator.ts";
import type { Evaluation } from "./function.ts";
import { jsonLiteral } from "./json-literal.ts";
import { maxSteps } from "./limits.ts";
import type { Span } from "./source.ts";

/** Evaluates an expression with what the context offers. Without a context, strings of JSON stay as they are written. */
export function evaluate(expression: Expression, context: EvalContext = {}): Evaluation {
  const budget = findBudget(context) ?? openBudget();
  const wasSpent = budget.isSpent;
  const evaluator = new ScopedEvaluator(context, [], budget);
  const value = evaluator.value(expression);
  // Whoever takes the value walks through it.
  const isBounded = !budget.isSpent && spendValue(evaluator, value, expression.range);
  if (!isBounded && !wasSpent) {
    reportWhatWasSwallowed(evaluator, expression);
  }
  return { value: isBounded ? value : dynamicValue, diagnostics: evaluator.diagnostics };
}

/** What runs out in a `try` or in a branch that is not taken is a mistake of the whole. */
function reportWhatWasSwallowed(evaluator: Evaluator, { range }: Expression): void {
  if (!evaluator.diagnostics.some(({ code }) => code === "hcl/too-large")) {
    report(evaluator, range, "hcl/too-large", {
      summary: "Too much work",
      detail: `It is more than ${maxSteps} steps.`,
    });
  }
}

class ScopedEvaluator implements Evaluator {
  readonly context: EvalContext;
  readonly diagnostics: Diagnostic[];
  readonly budget: Budget;

  constructor(context: EvalContext, diagnostics: Diagnostic[], budget: Budget) {
    this.context = context;
    this.diagnostics = diagnostics;
    this.budget = budget;
  }

  value(expression: Expression): Value {
    if (this.budget.isSpent || !spendSteps(this, 1, expression.range)) {
      return dynamicValue;
    }
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "template":
        return evaluateTemplate(this, expression);
      case "template-loop":
        return evaluateTemplateLoop(this, expression);
      case "variable":
        return this.variable(expression, []);
      case "access":
        return evaluateAccess(this, expression);
      case "call":
        return evaluateCall(this, expression);
      case "conditional":
        return evaluateConditional(this, expression);
      case "binary":
        return evaluateBinary(this, expression);
      case "unary":
        return evaluateUnary(this, expression);
      case "tuple":
        return tupleValue(expression.elements.map((element) => this.value(element)));
      case "object":
        return this.#object(expression);
      case "for":
        return evaluateFor(this, expression);
      case "parentheses":
        return this.value(expression.inner);
      case "json":
        return this.#json(expression);
      case "scoped":
        return this.within(expression.variables).value(expression.inner);
      case "bad":
        return dynamicValue;
    }
  }

  within(variables: ReadonlyMap<string, Value>): Evaluator {
    return new ScopedEvaluator({ variables, parent: this.context }, this.diagnostics, this.budget);
  }

  separate(): Evaluator {
    return new ScopedEvaluator(this.context, [], this.budget);
  }

  #json(expression: JsonExpression): Value {
    if (offersNothing(this.context)) {
      return jsonLiteral(expression.json);
    }
    const { expression: compiled, diagnostics } = expression.compile();
    adopt(this, diagnostics);
    return this.value(compiled);
  }

  variable(expression: VariableExpression, attributes: readonly string[]): Value {
    const { name, range } = expression;
    const found = lookUpVariable(this.context, name);
    if (found?.value !== undefined) {
      return found.value;
    }
    const explain = findExplanations(this.context);
    if (found === undefined) {
      const isWord = attributes.length === 0 && !isInterpolated(range);
      return report(this, range, "hcl/variables-not-allowed", {
        summary: "Variables not allowed",
        detail: "Variables may not be used here.",
        hint: (isWord ? explain.bareWord?.(name) : undefined) ?? explain.noVariables,
      });
    }
    const near = didYouMean(name, found.known);
    const advice = explain.name?.([name, ...attributes], this.context);
    const hint = near === undefined ? advice?.hint : `did you mean "${near}"?`;
    return report(this, range, "hcl/unknown-variable", {
      summary: "Unknown variable",
      detail: advice?.detail ?? `There is no variable named "${name}".`,
      hint: hint ?? hintReference(name, found.known, attributes.length > 0 || isInterpolated(range)),
    });
  }

  #object(expression: ObjectExpression): Value {
    const attributes = new Map<string, Value>();
    const marks = new Set<string>();
    let complete = true;
    for (const item of expression.items) {
      if (item.keyName !== undefined) {
        attributes.set(item.keyName, this.value(item.value));
        continue;
      }
      const key = this.#key(item.key);
      const value = this.value(item.value);
      for (const mark of key.marks) {
        marks.add(mark);
      }
      if (key.text === undefined) {
        complete = false;
      } else {
        attributes.set(key.text, value);
      }
    }
    return withMarks(complete ? objectValue(attributes) : dynamicValue, marks);
  }

  #key(key: Expression): { text?: string | undefined; marks: ReadonlySet<string> } {
    if (key.kind === "access" && key.target.kind === "variable") {
      report(this, key.range, "hcl/ambiguous-key", {
        summary: "Ambiguous attribute key",
        detail: "It is not clear whether this key is a reference or a name with dots in it.",
        hint: "put a reference in parentheses and a name in quotes",
      });
      return { marks: new Set() };
    }
    return keyText(this, this.value(key), key.range);
  }
}

/** Quotes help only where a single word stands for itself. */
function hintReference(name: string, known: readonly string[], isReference: boolean): string | undefined {
  if (!isReference) {
    return `if the word itself is meant, put it in quotes: "${name}"`;
  }
  return known.length === 0 ? undefined : `known here: ${[...new Set(known)].join(", ")}`;
}

/** Whether it stands right after the beginning of an interpolation. */
function isInterpolated({ source, from }: Span): boolean {
  return /[$%]\{~?\s*$/.test(source.text.slice(Math.max(0, from - 40), from));
}

// Functions that see expressions instead of values. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/conversion/try and its neighbours
import { convert } from "../../cty/convert.ts";
import { problemText } from "../../cty/mismatch.ts";
import { boolType, dynamicType } from "../../cty/type.ts";
import { boolValue, dynamicValue, isWhollyKnown, unknownValue } from "../../cty/value.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { errorAt } from "../../hcl/body.ts";
import type { Evaluation, LazyCall, LazyFunction } from "../../hcl/function.ts";
import { applyDefaults, parseTypeConstraint } from "../../hcl/type-expression.ts";
import { anything } from "./signature.ts";

/** All of them. */
export const lazyFunctions: readonly LazyFunction[] = [
  {
    name: "can",
    description: "Whether the expression can be evaluated without a mistake.",
    parameters: [anything("expression")],
    callLazily: ({ args, evaluate }) => {
      const [expression] = args;
      const { value, diagnostics } =
        expression === undefined ? { value: dynamicValue, diagnostics: [] } : evaluate(expression);
      if (diagnostics.length > 0) {
        return { value: boolValue(false), diagnostics: [] };
      }
      return { value: isWhollyKnown(value) ? boolValue(true) : unknownValue(boolType), diagnostics: [] };
    },
  },
  {
    name: "convert",
    description: 'The value as another type, which is written as for a variable: `convert("1", number)`.',
    parameters: [anything("value"), { name: "type", type: dynamicType, description: "A type constraint." }],
    callLazily: convertTo,
  },
  {
    name: "try",
    description: "The value of the first expression that can be evaluated without a mistake.",
    parameters: [],
    variadic: anything("expressions"),
    callLazily: firstThatWorks,
  },
];

function convertTo({ args: [given, wanted], evaluate }: LazyCall): Evaluation {
  if (given === undefined || wanted === undefined) {
    return { value: dynamicValue, diagnostics: [] };
  }
  const { value, diagnostics } = evaluate(given);
  const { type, defaults, diagnostics: wrongType } = parseTypeConstraint(wanted);
  const problems = [...diagnostics, ...wrongType];
  if (problems.length > 0) {
    return { value: dynamicValue, diagnostics: problems };
  }
  const converted = convert(applyDefaults(value, type, defaults), type);
  if (converted.ok) {
    return { value: converted.value, diagnostics: [] };
  }
  const detail = `Invalid value for the parameter "value" of function "convert": ${problemText(converted.problem)}.`;
  return {
    value: dynamicValue,
    diagnostics: [errorAt(given.range, "hcl/invalid-argument", "Invalid function argument", { detail })],
  };
}

function firstThatWorks({ args, range, evaluate }: LazyCall): Evaluation {
  const found: Diagnostic[] = [];
  for (const expression of args) {
    const { value, diagnostics } = evaluate(expression);
    if (diagnostics.length > 0) {
      found.push(...diagnostics);
      continue;
    }
    // What is not known yet may still turn out to be a mistake, and then the next expression counts.
    return { value: isWhollyKnown(value) ? value : dynamicValue, diagnostics: [] };
  }
  const reasons = found.map(({ summary, detail, subject }) => {
    const at = subject === undefined ? "" : ` (at ${subject.filename}:${subject.start.line},${subject.start.column})`;
    return `- ${summary}${at}${detail === undefined ? "" : `: ${detail}`}`;
  });
  const detail =
    args.length === 0
      ? 'Function "try" expects at least one argument.'
      : `None of the expressions given to "try" could be evaluated:\n${reasons.join("\n")}`;
  return {
    value: dynamicValue,
    diagnostics: [errorAt(range, "hcl/call-failed", "Error in function call", { detail })],
  };
}

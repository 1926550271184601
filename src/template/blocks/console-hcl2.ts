// Expressions that a user types, worked out with what an HCL2 configuration knows.
import { dynamicValue, type Value } from "../../cty/value.ts";
import { BuildError } from "../../diagnostic/build-error.ts";
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import { openBudget } from "../../hcl/budget.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import { parseExpression } from "../../hcl/parser.ts";
import type { Hcl2Inspection } from "../inspection.ts";
import { type Answer, CONSOLE_INPUT, type TemplateConsole } from "../loading.ts";
import { printValue } from "../print-value.ts";
import { listVariableLines } from "../variable-lines.ts";
import type { LookupCache } from "./lookups.ts";
import { hideMarked } from "./raw-hcl.ts";

export interface ConsoleRequest {
  /** Everything but `build` and `source`. */
  readonly context: EvalContext;
  readonly lookups: LookupCache;
  readonly hide: (secret: string) => void;
  readonly inspection: Pick<Hcl2Inspection, "variables" | "locals">;
}

/** A console for a configuration that was read. */
export function openHcl2Console({ context, lookups, hide, inspection }: ConsoleRequest): TemplateConsole {
  // Outside of a build nothing of it is known.
  const duringBuild = [["build", dynamicValue] as const, ["source", dynamicValue] as const];
  const scope: EvalContext = {
    ...context,
    variables: new Map<string, Value>([...duringBuild, ...(context.variables ?? [])]),
  };
  return {
    variables: `${listVariableLines(inspection).join("\n")}\n`,
    evaluate: (line) => answerLine(line, scope, lookups, hide),
  };
}

async function answerLine(
  line: string,
  scope: EvalContext,
  lookups: LookupCache,
  hide: (secret: string) => void,
): Promise<Answer> {
  const { expression, diagnostics } = parseExpression(line, CONSOLE_INPUT);
  if (hasErrors(diagnostics)) {
    return { diagnostics };
  }
  try {
    const result = await lookups.complete(() => evaluate(expression, { ...scope, budget: openBudget() }));
    if (hasErrors(result.diagnostics)) {
      return { diagnostics: result.diagnostics };
    }
    hideMarked(result.value, hide);
    return { text: printValue(result.value) };
  } catch (thrown) {
    // A service that does not answer is as good a reason as any other to try something else.
    if (thrown instanceof BuildError) {
      return { diagnostics: thrown.diagnostics };
    }
    throw thrown;
  }
}

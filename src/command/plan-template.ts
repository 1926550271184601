// From a template that was read to the builds that were asked for.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { LoadedTemplate, PlanRequest, PlanResult } from "../template/loading.ts";
import type { CommandContext } from "./command.ts";

/** Plans the selected builds; a name that fits nothing is a mistake with the nearest name. */
export async function plan(loaded: LoadedTemplate, request: Omit<PlanRequest, "signal">, context: CommandContext): Promise<PlanResult> {
  const result = await loaded.plan({ ...request, signal: context.signal });
  const unmatched = result.unmatched.map((pattern) => unmatchedPattern(pattern, result.buildNames));
  return { ...result, diagnostics: [...loaded.diagnostics, ...result.diagnostics, ...unmatched] };
}

function unmatchedPattern(pattern: string, names: readonly string[]): Diagnostic {
  const meant = didYouMean(pattern, names);
  const all = names.length === 0 ? "The template has no builds." : `The builds are ${names.join(", ")}.`;
  return {
    code: "template/unknown-build",
    severity: "error",
    summary: `No build is named "${pattern}"`,
    hint: meant ? `did you mean "${meant}"?` : all,
  };
}

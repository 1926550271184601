// From a template that was read to the builds that were asked for.
import { type Diagnostic, hasErrors } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { LoadedTemplate, PlanRequest, PlanResult } from "../template/loading.ts";
import type { PlannedBuild } from "../template/plan.ts";
import type { CommandContext } from "./command.ts";
import { load, type TemplateConfig } from "./template-options.ts";

/** Plans the selected builds; a name that fits nothing is a mistake with the nearest name. */
export async function planTemplate(
  loaded: LoadedTemplate,
  request: Omit<PlanRequest, "signal">,
  context: CommandContext,
): Promise<PlanResult> {
  const result = await loaded.plan({ ...request, signal: context.signal });
  keepNames(result, context);
  const unmatched = result.unmatched.map((pattern) => reportUnmatched(pattern, result.buildNames));
  const { collisions } = result;
  const isFree = ({ name }: PlannedBuild): boolean =>
    request.listOnly === true || collisions?.builds.has(name) !== true;
  const found = [...loaded.diagnostics, ...result.diagnostics, ...(collisions?.diagnostics ?? []), ...unmatched];
  return {
    ...result,
    plan: { ...result.plan, builds: result.plan.builds.filter(isFree) },
    diagnostics: inOrder(found),
  };
}

/** Names stand in logs as they are, whatever is hidden. */
function keepNames({ plan: { builds }, buildNames }: PlanResult, { secrets }: CommandContext): void {
  for (const name of buildNames) {
    secrets.keepName(name);
  }
  for (const { name, sourceName, builderType, provisioners, postProcessors } of builds) {
    for (const one of [name, sourceName, builderType]) {
      secrets.keepName(one);
    }
    for (const { type, name: own = "" } of [...provisioners, ...postProcessors.flat()]) {
      secrets.keepName(type);
      secrets.keepName(own);
    }
  }
}

/** In the order of the files' lines; what has no place comes last. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ subject }) => subject?.filename))];
  const rank = ({ subject }: Diagnostic): number =>
    subject === undefined ? files.length : files.indexOf(subject.filename);
  return [...diagnostics].sort(
    (a, b) => rank(a) - rank(b) || (a.subject?.start.offset ?? 0) - (b.subject?.start.offset ?? 0),
  );
}

/** What to say about a pattern that no build fits. */
export function reportUnmatched(pattern: string, names: readonly string[]): Diagnostic {
  const meant = didYouMean(pattern, names);
  const all = names.length === 0 ? "The template has no builds." : `The builds are ${names.join(", ")}.`;
  return {
    code: "template/unknown-build",
    severity: "error",
    summary: `No build is named "${pattern}"`,
    hint: meant ? `did you mean "${meant}"?` : all,
  };
}

/** The builds of a template and the patterns that fit none of them; `undefined` when it cannot be read. Nothing is shown. */
export async function planBuilds(
  template: string,
  config: TemplateConfig & Pick<PlanRequest, "only" | "except">,
  context: CommandContext,
): Promise<Pick<PlanResult, "buildNames" | "unmatched"> | undefined> {
  const loaded = await load(template, config, context, { allowUnsetVars: true });
  if (hasErrors(loaded.diagnostics)) {
    return undefined;
  }
  const settings = { force: false, debug: false, onError: "cleanup" as const };
  const { only, except } = config;
  return loaded.plan({ only, except, settings, formOnly: true, evaluateDataSources: false, signal: context.signal });
}

// From a template that was read to the builds that were asked for.
import { type Diagnostic, hasErrors } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { LoadedTemplate, PlanRequest, PlanResult } from "../template/loading.ts";
import type { PlannedBuild } from "../template/plan.ts";
import type { CommandContext } from "./command.ts";
import { load, type SelectionConfig } from "./template-options.ts";

/** Plans the selected builds; a name that fits nothing is a mistake with the nearest name. */
export async function planTemplate(
  loaded: LoadedTemplate,
  request: Omit<PlanRequest, "signal">,
  context: CommandContext,
): Promise<PlanResult> {
  const result = await loaded.plan({ ...request, signal: context.signal });
  keepNames(result, context);
  const unmatched = reportSelection(result, request, context.edge);
  const isRefused = context.edge === "workflow" && hasErrors(unmatched);
  const { collisions } = result;
  const isFree = ({ name }: PlannedBuild): boolean =>
    !isRefused && (request.listOnly === true || collisions?.builds.has(name) !== true);
  const planned = [...result.diagnostics, ...(collisions?.diagnostics ?? []), ...unmatched];
  // What was found in reading JSON and YAML is told in the order in which it was read.
  const found =
    loaded.language === "json"
      ? [...loaded.diagnostics, ...sortInOrder(planned)]
      : sortInOrder([...loaded.diagnostics, ...planned]);
  return {
    ...result,
    plan: { ...result.plan, builds: result.plan.builds.filter(isFree) },
    diagnostics: found,
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
function sortInOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ subject }) => subject?.filename))];
  const rank = ({ subject }: Diagnostic): number =>
    subject === undefined ? files.length : files.indexOf(subject.filename);
  return [...diagnostics].sort(
    (a, b) => rank(a) - rank(b) || (a.subject?.start.offset ?? 0) - (b.subject?.start.offset ?? 0),
  );
}

/**
 * As Packer, a pattern that fits nothing is let pass, for a command line may be meant for many templates; it is told, and
 * nothing left to build is a mistake. In a workflow `only` is a list of what somebody waits for: an hour of building is no
 * time to find out that one of its names was misspelt.
 */
function reportSelection(
  { unmatched, buildNames, selectedNames, namesAreComplete }: PlanResult,
  { only, listOnly }: Omit<PlanRequest, "signal">,
  edge: CommandContext["edge"],
): readonly Diagnostic[] {
  const isEmpty = selectedNames.length === 0 && namesAreComplete;
  const found = unmatched.map((pattern) => {
    const isNeeded = only.includes(pattern) && (isEmpty || (edge === "workflow" && namesAreComplete));
    return reportUnmatched(pattern, buildNames, isNeeded ? "error" : "warning");
  });
  if (!isEmpty || buildNames.length === 0 || hasErrors(found) || listOnly === true) {
    return found;
  }
  const { length } = buildNames;
  return [
    ...found,
    {
      code: "template/nothing-selected",
      severity: "error",
      summary: "No builds to run",
      detail: `${length === 1 ? "The only build is" : `All ${length} builds are`} left out: ${buildNames.join(", ")}.`,
    },
  ];
}

/** What to say about a pattern that no build fits. */
export function reportUnmatched(
  pattern: string,
  names: readonly string[],
  severity: Diagnostic["severity"] = "error",
): Diagnostic {
  const all = names.length === 0 ? "The template has no builds." : `The builds are ${names.join(", ")}.`;
  return {
    code: "template/unknown-build",
    severity,
    summary: `No build is named "${pattern}"`,
    hint: hintMeant(pattern, names) ?? all,
  };
}

/** A misspelt name, or one that lacks what stands before or after it. */
function hintMeant(pattern: string, names: readonly string[]): string | undefined {
  const meant = didYouMean(pattern, names);
  if (meant !== undefined) {
    return `did you mean "${meant}"?`;
  }
  if (pattern === "" || /[*?[\]{}]/.test(pattern)) {
    return undefined;
  }
  const starts = names.some((name) => name.startsWith(`${pattern}.`));
  const ends = names.some((name) => name.endsWith(`.${pattern}`));
  if (!starts && !ends) {
    return undefined;
  }
  return `A name is matched as a whole; did you mean "${starts ? `${pattern}.*` : `*.${pattern}`}"?`;
}

/** The builds of a template and the patterns that fit none of them; `undefined` when it cannot be read. Nothing is shown. */
export async function planBuilds(
  template: string,
  config: SelectionConfig,
  context: CommandContext,
): Promise<Pick<PlanResult, "buildNames" | "selectedNames" | "unmatched" | "namesAreComplete"> | undefined> {
  const loaded = await load(template, config, context, { allowUnsetVars: true });
  if (hasErrors(loaded.diagnostics)) {
    return undefined;
  }
  const settings = { force: false, debug: false, onError: "cleanup" as const };
  const { only, except } = config;
  return loaded.plan({ only, except, settings, formOnly: true, evaluateDataSources: false, signal: context.signal });
}

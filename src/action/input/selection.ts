// `only` and `except` over several templates: a pattern has to fit something in one of them.
import type { CommandContext } from "../../command/command.ts";
import { planBuilds, reportUnmatched } from "../../command/plan-template.ts";
import { selectsBuilds } from "../../command/template-options.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";

/** A template with the configuration it is run with. */
export interface TemplateRun {
  readonly template: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Gives each template the patterns that fit it, and leaves out the templates of which nothing was asked. */
export async function selectAmong(
  templates: readonly string[],
  config: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<{ readonly runs: readonly TemplateRun[]; readonly diagnostics: readonly Diagnostic[] }> {
  if (templates.length < 2 || !selectsBuilds(config) || config.only.length + config.except.length === 0) {
    return { runs: templates.map((template) => ({ template, config })), diagnostics: [] };
  }
  const { only, except } = config;
  const everyRun = templates.map((template) => ({ template, config }));
  const unmatched = new Set([...only, ...except]);
  const names = new Set<string>();
  const runs: TemplateRun[] = [];
  let isComplete = true;
  for (const run of everyRun) {
    const builds = await planBuilds(run.template, run.config, context);
    if (builds === undefined) {
      // Its mistakes are shown when it is run.
      isComplete = false;
      runs.push(run);
      continue;
    }
    isComplete &&= builds.namesAreComplete;
    for (const name of builds.buildNames) {
      names.add(name);
    }
    const fits = (pattern: string): boolean => !builds.unmatched.includes(pattern);
    for (const pattern of [...unmatched].filter(fits)) {
      unmatched.delete(pattern);
    }
    if (builds.selectedNames.length > 0) {
      runs.push({ ...run, config: { ...run.config, only: only.filter(fits), except: except.filter(fits) } });
    }
  }
  const report = (pattern: string): Diagnostic =>
    reportUnmatched(pattern, [...names], only.includes(pattern) ? "error" : "warning");
  const diagnostics = isComplete ? [...unmatched].map(report) : [];
  // Each of them says itself that nothing is left of it.
  return { runs: runs.length > 0 || hasErrors(diagnostics) ? runs : everyRun, diagnostics };
}

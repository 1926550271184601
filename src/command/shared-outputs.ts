// Builds of one template that would overwrite each other's output, as far as that is known before they run.
import { resolve } from "node:path";
import { OutputClaims, sharedOutput } from "../core/output-claims.ts";
import { type Diagnostic, hasErrors } from "../diagnostic/diagnostic.ts";
import type { Plan, PlannedBuild, PlannedComponent } from "../template/plan.ts";

/** The builds that have their outputs to themselves, and what is wrong with the others. */
export async function withOwnOutputs(
  plan: Plan,
  cwd: string,
): Promise<{ readonly plan: Plan; readonly diagnostics: readonly Diagnostic[] }> {
  const claims = new OutputClaims();
  const diagnostics: Diagnostic[] = [];
  const builds: PlannedBuild[] = [];
  for (const build of plan.builds) {
    const shared = await sharedBy(build, claims, cwd);
    if (shared.length === 0) builds.push(build);
    diagnostics.push(...shared);
  }
  return { plan: diagnostics.length === 0 ? plan : { ...plan, builds }, diagnostics };
}

async function sharedBy(build: PlannedBuild, claims: OutputClaims, cwd: string): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const planned of [build.builder, ...build.postProcessors.flat()] as readonly PlannedComponent[]) {
    for (const path of await outputsOf(planned)) {
      const other = claims.take(resolve(cwd, path), build.name);
      if (other !== undefined) found.push(sharedOutput(planned, path, [other, build.name]));
    }
  }
  return found;
}

/** The paths that do not depend on the run. */
async function outputsOf(planned: PlannedComponent): Promise<readonly string[]> {
  const { writes = [] } = planned.component;
  if (writes.length === 0) return [];
  const { config, diagnostics, pending = [] } = await planned.prepare();
  if (hasErrors(diagnostics)) return [];
  return writes
    .filter((option) => !pending.includes(option))
    .flatMap((option) => config[option] ?? [])
    .filter((value): value is string => typeof value === "string" && value !== "" && !value.includes("{{"));
}

// The builds of templates as the matrix of a workflow: one job for each.
import type { RunsOn } from "./matrix-runner.ts";
import type { TemplatePlan } from "./template-plan.ts";

/** As many jobs can a matrix have: https://docs.github.com/actions/reference/limits */
export const MOST_JOBS = 256;

/** One job: the inputs `template`, `only` and `except` of the action that make one build. */
export interface MatrixEntry {
  readonly template: string;
  readonly only: string;
  readonly except?: string | undefined;
  readonly name: string;
  readonly builder: string;
  readonly runner: RunsOn;
}

/** An entry for each build; builds of the same name are one, as they cannot be selected apart. */
export function matrixEntries(
  { builds }: TemplatePlan,
  template: string,
  except: readonly string[],
): readonly MatrixEntry[] {
  const entries = new Map<string, MatrixEntry>();
  for (const { name, only, builder, runner } of builds) {
    if (entries.has(name)) {
      continue;
    }
    const rest = except.length === 0 ? {} : { except: listInput(except) };
    entries.set(name, { template, only: only === undefined ? "" : listInput([only]), ...rest, name, builder, runner });
  }
  return [...entries.values()];
}

/** The text of an input that takes a list: as people write it, or in JSON where that would not come out the same. */
export function listInput(items: readonly string[]): string {
  const isPlain = items.every((item) => item === item.trim() && item !== "" && !/[,\r\n]|^\[/.test(item));
  return isPlain ? items.join("\n") : JSON.stringify(items);
}

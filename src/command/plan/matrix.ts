// The builds of templates as the matrix of a workflow: one job for each.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { CombinedResult, CommandResult } from "../command.ts";
import type { RunsOn } from "./matrix-runner.ts";
import type { BuildFacts } from "./template-plan.ts";

/** As many jobs can a matrix have: https://docs.github.com/actions/reference/limits */
const MOST_JOBS = 256;

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
export function makeMatrixEntries(
  builds: readonly BuildFacts[],
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

/** The matrix of several templates, and what to say when a workflow could not take it. */
export function combinePlans(results: readonly CommandResult[]): CombinedResult {
  const include = results.flatMap(({ outputs }) => (outputs?.["matrix"] as Matrix | undefined)?.include ?? []);
  return {
    outputs: { matrix: { include } satisfies Matrix, count: include.length },
    sections: [{ is: "table", title: "Planned builds", columns: COLUMNS, rows: include.map(writeRow) }],
    diagnostics: include.length > MOST_JOBS ? [reportTooMany(include.length)] : [],
  };
}

interface Matrix {
  readonly include: readonly MatrixEntry[];
}

const COLUMNS = [
  { title: "Template", isCode: true },
  { title: "Build", isCode: true },
  { title: "Builder" },
  { title: "Runner" },
];

function writeRow({ template, name, builder, runner }: MatrixEntry): readonly string[] {
  return [template, name, builder, typeof runner === "string" ? runner : JSON.stringify(runner)];
}

function reportTooMany(count: number): Diagnostic {
  return {
    code: "plan/too-many",
    severity: "error",
    summary: `There are ${count} builds, and a matrix can have ${MOST_JOBS} jobs`,
    hint: 'Plan fewer templates at once, or choose builds with the inputs "only" and "touched-only".',
  };
}

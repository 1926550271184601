// What `plan` hands to later jobs and shows on the page of the run.
import { type MatrixEntry, MOST_JOBS } from "../../command/plan/matrix.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { code, shorten, table, text } from "./markdown.ts";

const MOST_ROWS = 300;

/** The outputs `matrix` and `count`. */
export function matrixOutputs(entries: readonly MatrixEntry[]): { readonly matrix: string; readonly count: string } {
  return { matrix: JSON.stringify({ include: entries }), count: String(entries.length) };
}

/** Builds as a table; empty when there are none. */
export function matrixTable(entries: readonly MatrixEntry[]): string {
  if (entries.length === 0) {
    return "";
  }
  const rows = entries
    .slice(0, MOST_ROWS)
    .map(({ template, name, builder, runner }) => [
      code(shorten(template, 200)),
      code(shorten(name, 200)),
      text(builder),
      text(typeof runner === "string" ? runner : JSON.stringify(runner)),
    ]);
  const rest = entries.length > MOST_ROWS ? `\n\n… and ${entries.length - MOST_ROWS} more.` : "";
  return `#### Planned builds: ${entries.length}\n\n${table(["Template", "Build", "Builder", "Runner"], rows)}${rest}`;
}

/** What to say when a workflow could not take the matrix. */
export function tooMany(entries: readonly MatrixEntry[]): readonly Diagnostic[] {
  if (entries.length <= MOST_JOBS) {
    return [];
  }
  return [
    {
      code: "plan/too-many",
      severity: "error",
      summary: `There are ${entries.length} builds, and a matrix can have ${MOST_JOBS} jobs`,
      hint: 'Plan fewer templates at once, or choose builds with the inputs "only" and "touched-only".',
    },
  ];
}

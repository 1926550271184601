// What was found about changes since the last build, for outputs and the summary.
import type { BuildEvent } from "../../core/build-event.ts";
import { drawTable, escapeText, shorten, writeCode } from "./markdown.ts";

/** One build, held against how it was last made. */
export interface ComparedBuild {
  readonly template: string;
  readonly build: string;
  readonly reasons: readonly string[];
  /** ISO 8601; missing when no earlier build is known. */
  readonly builtAt: string | undefined;
}

const MOST_REASONS = 20;
const MOST_BUILDS = 100;

export function writeComparedBuild(
  template: string,
  { build, reasons, builtAt }: Extract<BuildEvent, { type: "build-compared" }>,
): ComparedBuild {
  return { template, build, reasons, builtAt };
}

/** Whether anything changed, and why; both empty when nothing was compared. */
export function changeOutputs(compared: readonly ComparedBuild[]): {
  readonly changed: string;
  readonly reasons: string;
} {
  if (compared.length === 0) {
    return { changed: "", reasons: "[]" };
  }
  const changed = compared.some(({ reasons }) => reasons.length > 0);
  const list = compared.map(({ template, build, reasons }) => ({
    template,
    build,
    changed: reasons.length > 0,
    reasons,
  }));
  return { changed: String(changed), reasons: JSON.stringify(list) };
}

/** A section of the summary; empty when no earlier build is known of any. */
export function writeChangesSection(compared: readonly ComparedBuild[]): string {
  if (compared.every(({ builtAt }) => builtAt === undefined)) {
    return "";
  }
  const severalTemplates = new Set(compared.map(({ template }) => template)).size > 1;
  const rows = compared
    .slice(0, MOST_BUILDS)
    .map(({ template, build, reasons, builtAt }) => [
      ...(severalTemplates ? [writeCode(shorten(template, 200))] : []),
      writeCode(shorten(build, 200)),
      builtAt === undefined ? "" : escapeText(builtAt),
      reasons.length === 0 ? "nothing" : joinReasons(reasons),
    ]);
  const head = [...(severalTemplates ? ["Template"] : []), "Build", "Last built", "Changed since"];
  const more = compared.length > MOST_BUILDS ? `\n\n… and ${compared.length - MOST_BUILDS} more.` : "";
  return `#### What changed since the last build\n\n${drawTable(head, rows)}${more}`;
}

function joinReasons(reasons: readonly string[]): string {
  const shown = reasons.slice(0, MOST_REASONS).map((reason) => escapeText(shorten(reason, 300)));
  const more = reasons.length > MOST_REASONS ? [`… and ${reasons.length - MOST_REASONS} more`] : [];
  return [...shown, ...more].join("<br>");
}

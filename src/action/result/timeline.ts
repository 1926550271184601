// The steps of all builds over time, as a Mermaid Gantt chart.
import type { BuildRecord, SpanRecord } from "./run-record.ts";

/** More bars cannot be read. */
const MOST_BARS = 120;

/** The chart; empty when there is nothing to show. */
export function drawTimeline(builds: readonly BuildRecord[]): string {
  const shown = builds.filter(({ spans }) => spans.length > 0);
  const bars = shown.reduce((count, { spans }) => count + spans.filter(isBar).length, 0);
  if (bars === 0) {
    return "";
  }
  // With too many, the shortest go.
  const lengths = shown
    .flatMap(({ spans }) => spans.filter(isBar).map(({ milliseconds }) => milliseconds ?? 0))
    .sort((a, b) => b - a);
  const shortest = bars > MOST_BARS ? (lengths[MOST_BARS - 1] ?? 0) : 0;
  const lines = ["gantt", "    dateFormat x", "    axisFormat %H:%M:%S"];
  let left = MOST_BARS;
  for (const build of shown) {
    lines.push(`    section ${makePlain(build.name)}`);
    for (const span of build.spans) {
      if (!isBar(span) || (span.milliseconds ?? 0) < shortest || left-- <= 0) {
        continue;
      }
      lines.push(
        `    ${makePlain(nameSpan(span, build.spans))} :${nameState(span)}${Math.round(span.startedAt)}, ${Math.max(1, Math.round(span.milliseconds ?? 0))}ms`,
      );
    }
  }
  return ["```mermaid", ...lines, "```"].join("\n");
}

/** Work that ended; what only holds other work is told by it. */
function isBar(span: SpanRecord): boolean {
  return span.milliseconds !== undefined;
}

/** Several of one name in a build are told apart by their number in it. */
export function nameSpan(span: SpanRecord, all: readonly SpanRecord[]): string {
  const { kind, title } = span;
  if (kind === "step" || kind === "connect" || kind === "cleanup") {
    return title;
  }
  const same = all.filter((other) => other.kind === kind && other.title === title);
  return same.length < 2 ? `${kind} ${title}` : `${kind} ${title} (${same.indexOf(span) + 1} of ${same.length})`;
}

function nameState({ outcome }: SpanRecord): string {
  if (outcome === "failed") {
    return "crit, ";
  }
  return outcome === "cancelled" ? "done, crit, " : "";
}

/** Mermaid has no way to escape, and words of its own. */
function makePlain(name: string): string {
  const safe = name
    .replace(/[^\p{L}\p{N} ._()/-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return safe === "" ? "unnamed" : safe.slice(0, 80);
}

// The page of a run: what was built, how long it took, what went wrong. Markdown for people.
import type { Secrets } from "../../core/secrets.ts";
import { type Diagnostic, isError } from "../../diagnostic/diagnostic.ts";
import type { ArtifactRecord } from "./artifact-records.ts";
import { block, bytes, code, duration, shorten, table, text } from "./markdown.ts";
import type { ActionOutcome } from "./outputs.ts";
import type { BuildRecord, RunRecord } from "./run-record.ts";
import { timeline, titleOf } from "./timeline.ts";

/** The runner takes 1 MiB and drops anything larger as a whole. */
const LARGEST = 1000 * 1000;
const MOST_ROWS = 200;
const SLOWEST = 10;

export interface SummaryFacts {
  readonly command: string;
  readonly templates: readonly string[];
  readonly record: RunRecord;
  readonly outcome: ActionOutcome;
  readonly artifacts: readonly ArtifactRecord[];
  readonly diagnostics: readonly Diagnostic[];
  /** Diagnostics that found no room among the annotations. */
  readonly unannotated: number;
  readonly milliseconds: number;
  /** Markdown of what the command found, the most important first. */
  readonly findings: readonly string[];
}

const SIGNS: Readonly<Record<string, string>> = {
  built: "✅ built",
  valid: "✅ valid",
  done: "✅ done",
  unchanged: "⏭️ unchanged",
  partial: "⚠️ partly built",
  failed: "❌ failed",
  invalid: "❌ invalid",
  cancelled: "🚫 cancelled",
};

/** The summary, always small enough to be taken. Secrets are hidden before anything is cut or written as Markdown. */
export function stepSummary(given: SummaryFacts, secrets: Pick<Secrets, "shown">): string {
  // What was found is Markdown already, made of what was shown.
  const facts = { ...secrets.shown({ ...given, findings: [] }), findings: given.findings };
  const sections = [
    heading(facts),
    buildTable(facts.record.builds),
    ...facts.findings,
    artifactTable(facts.artifacts),
    problems("Errors", facts.diagnostics.filter(isError), facts.unannotated),
    problems(
      "Warnings",
      facts.diagnostics.filter((diagnostic) => !isError(diagnostic)),
      0,
    ),
    slowest(facts.record.builds),
    timelineSection(facts.record.builds),
  ];
  let shown = "";
  let left = LARGEST;
  let isCut = false;
  for (const section of sections) {
    if (section === "") {
      continue;
    }
    const part = `${section}\n\n`;
    const size = Buffer.byteLength(part);
    if (size > left) {
      isCut = true;
      continue;
    }
    shown += part;
    left -= size;
  }
  return isCut ? `${shown}The summary was too long; the rest is in the log.\n` : shown;
}

function heading({ command, templates, outcome, milliseconds }: SummaryFacts): string {
  const names = templates.slice(0, 3).map(code).join(", ");
  const more = templates.length > 3 ? ` and ${templates.length - 3} more` : "";
  return `### ${text(command)} ${names}${more}: ${SIGNS[outcome] ?? outcome} in ${duration(milliseconds)}`;
}

function buildTable(builds: readonly BuildRecord[]): string {
  if (builds.length === 0) {
    return "";
  }
  const severalTemplates = new Set(builds.map(({ template }) => template)).size > 1;
  const rows = builds
    .slice(0, MOST_ROWS)
    .map((build) => [
      ...(severalTemplates ? [code(shorten(build.template, 200))] : []),
      code(shorten(build.name, 200)),
      text(build.builderType),
      SIGNS[build.outcome ?? "cancelled"] ?? "",
      build.startedAt === undefined ? "" : duration(build.milliseconds),
      resultOf(build),
    ]);
  const head = [...(severalTemplates ? ["Template"] : []), "Build", "Builder", "Status", "Time", "Result"];
  return table(head, rows) + rest(builds.length);
}

function resultOf({ outcome, artifacts, error, failedIn }: BuildRecord): string {
  if (outcome === "built" || outcome === "unchanged") {
    const last = artifacts.findLast(({ nil, gone }) => nil !== true && gone !== true);
    return last === undefined ? "" : text(shorten(last.text, 300));
  }
  const where = failedIn === undefined ? "" : `in ${text(shorten(failedIn, 200))}: `;
  return outcome === "failed" ? where + text(shorten((error ?? "").split("\n")[0] ?? "", 300)) : "";
}

function artifactTable(artifacts: readonly ArtifactRecord[]): string {
  const rows = artifacts.flatMap(({ build, id, files, missing = [] }) => {
    const name = code(shorten(build, 200));
    if (files.length + missing.length === 0) {
      return [[name, code(shorten(id, 300)), "", ""]];
    }
    return [
      ...files.map(({ path, size, sha256 }) => [
        name,
        code(shorten(path, 300)),
        bytes(size),
        sha256 === undefined ? "" : code(sha256),
      ]),
      ...missing.map((path) => [name, code(shorten(path, 300)), "❌ missing", ""]),
    ];
  });
  if (rows.length === 0) {
    return "";
  }
  return `#### Artifacts\n\n${table(["Build", "Artifact", "Size", "SHA-256"], rows.slice(0, MOST_ROWS))}${rest(rows.length)}`;
}

function problems(title: string, diagnostics: readonly Diagnostic[], unannotated: number): string {
  if (diagnostics.length === 0) {
    return "";
  }
  const items = diagnostics.slice(0, MOST_ROWS).map((diagnostic) => {
    const { subject, summary, code: name, detail, hint } = diagnostic;
    const place =
      subject === undefined ? "" : ` ${code(`${subject.filename}:${subject.start.line}:${subject.start.column}`)}`;
    const lines = [`- **${text(shorten(summary, 500))}** ${code(name)}${place}`];
    if (detail !== undefined && detail.trim() !== "") {
      lines.push(`  ${block(shorten(detail.trim(), 1500)).replaceAll("\n", "\n  ")}`);
    }
    if (hint !== undefined) {
      lines.push(`  Hint: ${text(shorten(hint, 500))}`);
    }
    return lines.join("\n\n");
  });
  const note = unannotated > 0 ? `\n\n${unannotated} of all messages found no room among the annotations.` : "";
  return `#### ${title}: ${diagnostics.length}\n\n${items.join("\n")}${rest(diagnostics.length)}${note}`;
}

function slowest(builds: readonly BuildRecord[]): string {
  const all = builds.flatMap((build) =>
    build.spans.flatMap((span) =>
      span.milliseconds === undefined ? [] : [{ build, span, milliseconds: span.milliseconds }],
    ),
  );
  if (all.length < 3) {
    return "";
  }
  const rows = all
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, SLOWEST)
    .map(({ build, span, milliseconds }) => [
      code(shorten(build.name, 200)),
      text(shorten(titleOf(span), 200)),
      duration(milliseconds),
    ]);
  return `#### Where the time went\n\n${table(["Build", "Work", "Time"], rows)}`;
}

function timelineSection(builds: readonly BuildRecord[]): string {
  const chart = timeline(builds);
  return chart === "" ? "" : `<details><summary>Timeline</summary>\n\n${chart}\n\n</details>`;
}

function rest(count: number): string {
  return count > MOST_ROWS ? `\n\n… and ${count - MOST_ROWS} more.` : "";
}

// The page of a run: what was built, how long it took, what went wrong. Markdown for people.
import type { Secrets } from "../../core/secrets.ts";
import { type Diagnostic, isError, type SourceRange } from "../../diagnostic/diagnostic.ts";
import type { ArtifactRecord } from "./artifact-records.ts";
import {
  drawTable,
  escapeText,
  shorten,
  writeBlock,
  writeBytes,
  writeCode,
  writeDuration,
  writeLink,
} from "./markdown.ts";
import type { ActionOutcome } from "./outputs.ts";
import type { PageLinks } from "./page-links.ts";
import type { BuildRecord, RunRecord } from "./run-record.ts";
import { drawTimeline, nameSpan } from "./timeline.ts";

/** The runner takes 1 MiB and drops anything larger as a whole. */
const LARGEST = 1000 * 1000;
const MOST_ROWS = 200;
const SLOWEST = 10;
/** Failed builds whose last lines are shown. */
const MOST_FAILED = 20;
const COLOURS = /\u001b\[[\d;]*[A-Za-z]/g;

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
  readonly links?: PageLinks | undefined;
  /** Whether the step fails although what it says of the builds is good. */
  readonly isFailing?: boolean | undefined;
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

/** What is said in place of a good outcome when something beside the builds makes the step fail. */
const GOOD_BUT_FAILING: Readonly<Record<string, string>> = {
  built: "⚠️ built, but the step failed",
  unchanged: "⚠️ unchanged, but the step failed",
  valid: "⚠️ valid, but the step failed",
  done: "⚠️ done, but the step failed",
};

/** The summary, always small enough to be taken. Secrets are hidden before anything is cut or written as Markdown. */
export function writeStepSummary(given: SummaryFacts, secrets: Pick<Secrets, "shown">): string {
  // What was found is Markdown already, made of what was shown.
  const facts = { ...secrets.shown({ ...given, findings: [] }), findings: given.findings };
  const sections = [
    writeHeading(facts),
    buildTable(facts.record.builds),
    writeLastLines(facts.record.builds),
    ...facts.findings,
    writeArtifacts(facts.artifacts),
    writeUploads(facts.links),
    writeProblems("Errors", facts.diagnostics.filter(isError), facts),
    writeProblems(
      "Warnings",
      facts.diagnostics.filter((diagnostic) => !isError(diagnostic)),
      { links: facts.links, unannotated: 0 },
    ),
    writeSlowest(facts.record.builds),
    writeTimelineSection(facts.record.builds),
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

function writeHeading({ command, templates, outcome, milliseconds, links, isFailing }: SummaryFacts): string {
  const names = templates
    .slice(0, 3)
    .map((template) => writeLink(writeCode(template), links?.file(template)))
    .join(", ");
  const more = templates.length > 3 ? ` and ${templates.length - 3} more` : "";
  const subject = names === "" ? "" : ` ${names}${more}`;
  const sign = isFailing === true ? GOOD_BUT_FAILING[outcome] : undefined;
  return `### ${escapeText(command)}${subject}: ${sign ?? SIGNS[outcome] ?? outcome} in ${writeDuration(milliseconds)}`;
}

function buildTable(builds: readonly BuildRecord[]): string {
  if (builds.length === 0) {
    return "";
  }
  const severalTemplates = new Set(builds.map(({ template }) => template)).size > 1;
  const rows = builds
    .slice(0, MOST_ROWS)
    .map((build) => [
      ...(severalTemplates ? [writeCode(shorten(build.template, 200))] : []),
      writeCode(shorten(build.name, 200)),
      escapeText(build.builderType),
      SIGNS[build.outcome ?? "cancelled"] ?? "",
      build.startedAt === undefined ? "" : writeDuration(build.milliseconds),
      describeResult(build),
    ]);
  const head = [...(severalTemplates ? ["Template"] : []), "Build", "Builder", "Status", "Time", "Result"];
  return drawTable(head, rows) + countRest(builds.length);
}

function describeResult({ outcome, artifacts, error, failedIn }: BuildRecord): string {
  if (outcome === "built" || outcome === "unchanged") {
    const last = artifacts.findLast(({ nil, gone }) => nil !== true && gone !== true);
    return last === undefined ? "" : escapeText(shorten(last.text, 300));
  }
  const where = failedIn === undefined ? "" : `in ${escapeText(shorten(failedIn, 200))}: `;
  return outcome === "failed" ? where + escapeText(shorten(firstReason(error ?? ""), 300)) : "";
}

/** The first line that says why. What post-processors report is a list, whose first line only counts. */
function firstReason(error: string): string {
  const [head = "", ...lines] = error.split("\n");
  const counted = /^\d+ error\(s\) occurred:$/.test(head);
  const item = counted ? lines.find((line) => line.trim() !== "") : undefined;
  return (item ?? head).replace(/^\* /, "");
}

function writeArtifacts(artifacts: readonly ArtifactRecord[]): string {
  const rows = artifacts.flatMap(({ build, id, files, digest, missing = [] }) => {
    const name = writeCode(shorten(build, 200));
    if (files.length + missing.length === 0) {
      const [sha256] = /[0-9a-f]{64}$/.exec(digest ?? "") ?? [];
      return [[name, writeCode(shorten(id, 300)), "", sha256 === undefined ? "" : writeCode(sha256)]];
    }
    return [
      ...files.map(({ path, size, sha256 }) => [
        name,
        writeCode(shorten(path, 300)),
        writeBytes(size),
        sha256 === undefined ? "" : writeCode(sha256),
      ]),
      ...missing.map((path) => [name, writeCode(shorten(path, 300)), "❌ missing", ""]),
    ];
  });
  if (rows.length === 0) {
    return "";
  }
  const head = ["Build", "Artifact", "Size", "SHA-256"];
  // Images and the like have neither size nor checksum.
  const filled = head.map((_, column) => rows.some((row) => row[column] !== ""));
  const keep = (row: readonly string[]): readonly string[] => row.filter((_, column) => filled[column]);
  return `#### Artifacts\n\n${drawTable(keep(head), rows.slice(0, MOST_ROWS).map(keep))}${countRest(rows.length)}`;
}

function writeUploads(links: PageLinks | undefined): string {
  const uploaded = (links?.uploaded ?? []).map(({ name, url, build }) => [
    writeLink(writeCode(shorten(name, 300)), url),
    writeCode(shorten(build, 200)),
  ]);
  const log = links?.log === undefined ? [] : [[writeLink(escapeText(links.log.name), links.log.url), ""]];
  const rows = [...uploaded, ...log];
  if (rows.length === 0) {
    return "";
  }
  return `#### Uploaded\n\n${drawTable(["Artifact", "Build"], rows.slice(0, MOST_ROWS))}${countRest(rows.length)}`;
}

/** What was last said where it failed: the log is long, and its end is about cleaning up. */
function writeLastLines(builds: readonly BuildRecord[]): string {
  const failed = builds.filter(({ outcome, lastLines = [] }) => outcome === "failed" && lastLines.length > 0);
  return failed
    .slice(0, MOST_FAILED)
    .map(({ name, failedIn, lastLines = [] }) => {
      const where = failedIn === undefined ? "" : ` in ${escapeText(shorten(failedIn, 200))}`;
      const lines = lastLines.map((line) => shorten(line.replace(COLOURS, ""), 500)).join("\n");
      return `<details open><summary>Last lines of ${writeCode(shorten(name, 200))}, which failed${where}</summary>\n\n${writeBlock(lines)}\n\n</details>`;
    })
    .join("\n\n");
}

type ProblemFacts = Pick<SummaryFacts, "links" | "unannotated">;

function writeProblems(title: string, diagnostics: readonly Diagnostic[], facts: ProblemFacts): string {
  if (diagnostics.length === 0) {
    return "";
  }
  const items = diagnostics.slice(0, MOST_ROWS).map((diagnostic) => {
    const { subject, summary, code: name, detail, hint } = diagnostic;
    const place = subject === undefined ? "" : ` ${linkPlace(subject, facts.links)}`;
    const lines = [`- **${escapeText(shorten(summary, 500))}** ${writeCode(name)}${place}`];
    if (detail !== undefined && detail.trim() !== "") {
      lines.push(`  ${writeBlock(shorten(detail.trim(), 1500)).replaceAll("\n", "\n  ")}`);
    }
    if (hint !== undefined) {
      lines.push(`  Hint: ${escapeText(shorten(hint, 500))}`);
    }
    return lines.join("\n\n");
  });
  const { unannotated } = facts;
  const note = unannotated > 0 ? `\n\n${unannotated} of all messages found no room among the annotations.` : "";
  return `#### ${title}: ${diagnostics.length}\n\n${items.join("\n")}${countRest(diagnostics.length)}${note}`;
}

function linkPlace({ filename, start }: SourceRange, links: PageLinks | undefined): string {
  return writeLink(writeCode(`${filename}:${start.line}:${start.column}`), links?.file(filename, start.line));
}

function writeSlowest(builds: readonly BuildRecord[]): string {
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
      writeCode(shorten(build.name, 200)),
      escapeText(shorten(nameSpan(span, build.spans), 200)),
      writeDuration(milliseconds),
    ]);
  return `#### Where the time went\n\n${drawTable(["Build", "Work", "Time"], rows)}`;
}

function writeTimelineSection(builds: readonly BuildRecord[]): string {
  const chart = drawTimeline(builds);
  return chart === "" ? "" : `<details><summary>Timeline</summary>\n\n${chart}\n\n</details>`;
}

function countRest(count: number): string {
  return count > MOST_ROWS ? `\n\n… and ${count - MOST_ROWS} more.` : "";
}

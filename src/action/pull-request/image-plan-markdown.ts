// What changes for each image, as Markdown for a summary or a comment.

import type { ImageChange, ImagePlan } from "../../command/plan/image-plan.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Difference } from "../../recipe/differences.ts";
import { escapeText, shorten, writeCode } from "../result/markdown.ts";

/** Differences of one image that are listed, and characters of a value. */
const MOST_DIFFERENCES = 50;
const LONGEST_VALUE = 120;
const MOST_MISTAKES = 10;

export interface PlanPage {
  readonly plan: ImagePlan;
  /** The commits that were compared. */
  readonly base: string;
  readonly head: string;
  /** The most characters. */
  readonly longest: number;
  /** Where all of it stands when this is cut. */
  readonly whole: string;
}

const SIGNS = {
  added: "🆕 added",
  removed: "🗑️ removed",
  changed: "✏️ changed",
  uncertain: "❔ may change",
  unchanged: "",
} as const;

/** The plan, cut between two images when it would be too long. */
export function planMarkdown({ plan, base, head, longest, whole }: PlanPage): string {
  const several = new Set(plan.images.map(({ template }) => template)).size > 1;
  const changed = plan.images.filter(({ change }) => change !== "unchanged");
  const order = ["changed", "added", "removed", "uncertain"] as const;
  const sorted = order.flatMap((kind) => changed.filter(({ change }) => change === kind));
  const parts = sorted.map((image) => writeImage(image, several));
  const mistakes = [
    ...writeMistakes("before the pull request", plan.mistakes.base),
    ...writeMistakes("with the pull request", plan.mistakes.head),
  ];
  const end = `<sub>${escapeText(`Compares ${base.slice(0, 10)} with ${head.slice(0, 10)}, without data sources and values that are not in the repository.`)}</sub>\n`;
  return fitParts([`### Image plan: ${countChanges(plan.images)}`, ...mistakes, ...parts], end, longest, whole);
}

/** As many parts as there is room for. */
function fitParts(parts: readonly string[], end: string, longest: number, whole: string): string {
  const all = [...parts, end].join("\n\n");
  if (all.length <= longest) {
    return all;
  }
  const note = (left: number): string =>
    `… and ${left} more ${left === 1 ? "part" : "parts"}: the whole plan is ${whole}.`;
  const shown: string[] = [];
  let room = longest - end.length - note(parts.length).length - 4;
  for (const part of parts) {
    room -= part.length + 2;
    if (room < 0) {
      break;
    }
    shown.push(part);
  }
  return [...shown, note(parts.length - shown.length), end].join("\n\n");
}

function countChanges(images: readonly ImageChange[]): string {
  const count = (kind: ImageChange["change"]): number => images.filter(({ change }) => change === kind).length;
  const kinds = [
    [count("added"), "added"],
    [count("removed"), "removed"],
    [count("changed"), "changed"],
    [count("uncertain"), "may change"],
  ] as const;
  const said = kinds.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  if (said.length === 0) {
    return images.length === 0 ? "no images" : "no image changes";
  }
  return [...said, `${count("unchanged")} unchanged`].join(", ");
}

function writeImage({ template, name, builder, change, differences }: ImageChange, several: boolean): string {
  const where = several ? ` in ${writeCode(shorten(template, 200))}` : "";
  const heading = `**${writeCode(shorten(name, 200))}**${where} (${escapeText(shorten(builder, 100))}): ${SIGNS[change]}`;
  const lines = differences.slice(0, MOST_DIFFERENCES).map((difference) => `- ${writeDifference(difference)}`);
  if (differences.length > MOST_DIFFERENCES) {
    lines.push(`- … and ${differences.length - MOST_DIFFERENCES} more`);
  }
  if (change === "uncertain") {
    lines.push("- The template changed, and some values of this image are known only when it is built.");
  }
  return [heading, ...(lines.length === 0 ? [] : [lines.join("\n")])].join("\n\n");
}

const NOUNS: Partial<Record<Difference["kind"], string>> = {
  variable: "variable ",
  file: "file ",
  "base-image": "base image ",
};

function writeDifference({ kind, what, before, after }: Difference): string {
  const subject = `${NOUNS[kind] ?? ""}${writeCode(shorten(what, 300))}`;
  // Of a file there are only digests.
  const hides = kind === "file";
  const value = (given: string): string => writeCode(shorten(given, LONGEST_VALUE));
  if (before === undefined) {
    return `${subject} added${hides || after === undefined ? "" : `: ${value(after)}`}`;
  }
  if (after === undefined) {
    return `${subject} removed${hides ? "" : `, was ${value(before)}`}`;
  }
  // Long values are alike where they are cut.
  const isShort = shorten(before, LONGEST_VALUE) !== shorten(after, LONGEST_VALUE);
  return hides || !isShort ? `${subject} changed` : `${subject}: ${value(before)} → ${value(after)}`;
}

function writeMistakes(when: string, mistakes: readonly Diagnostic[]): string[] {
  if (mistakes.length === 0) {
    return [];
  }
  const lines = mistakes.slice(0, MOST_MISTAKES).map(({ summary, subject }) => {
    const place = subject === undefined ? "" : ` ${writeCode(`${subject.filename}:${subject.start.line}`)}`;
    return `- ${escapeText(shorten(summary, 300))}${place}`;
  });
  if (mistakes.length > MOST_MISTAKES) {
    lines.push(`- … and ${mistakes.length - MOST_MISTAKES} more`);
  }
  return [`⚠️ Not everything could be read ${when}:`, lines.join("\n")];
}

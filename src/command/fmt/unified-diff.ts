// The difference between a text and its formatted form, in the form of `diff -u`, without calling it.

const CONTEXT = 3;
const NO_NEWLINE = "\\ No newline at end of file";

export interface DiffNames {
  readonly old: string;
  readonly new: string;
}

interface Edit {
  readonly mark: " " | "-" | "+";
  readonly text: string;
  /** Lines of both texts that stand before this one. */
  readonly oldBefore: number;
  readonly newBefore: number;
}

/** A unified diff; empty when the texts are the same. */
export function writeUnifiedDiff(before: string, after: string, names: DiffNames): string {
  if (before === after) {
    return "";
  }
  const edits = findEdits(splitLines(before), splitLines(after));
  const hunks = groupHunks(edits).map((hunk) => `${writeHeader(hunk)}\n${hunk.map(writeEdit).join("")}`);
  return `--- ${names.old}\n+++ ${names.new}\n${hunks.join("")}`;
}

/** Lines with their ends; the last one may have none. */
function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Formatting changes lines one for one, so a line is compared with the one at its place. Removed lines come before added ones. */
function findEdits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const edits: Edit[] = [];
  let from = 0;
  const changed = (to: number): void => {
    for (let i = from; i < Math.min(to, before.length); i++) {
      edits.push({ mark: "-", text: before[i] ?? "", oldBefore: i, newBefore: from });
    }
    for (let i = from; i < Math.min(to, after.length); i++) {
      edits.push({ mark: "+", text: after[i] ?? "", oldBefore: Math.min(to, before.length), newBefore: i });
    }
  };
  const longest = Math.max(before.length, after.length);
  for (let i = 0; i < longest; i++) {
    if (before[i] !== after[i]) {
      continue;
    }
    changed(i);
    edits.push({ mark: " ", text: before[i] ?? "", oldBefore: i, newBefore: i });
    from = i + 1;
  }
  changed(longest);
  return edits;
}

/** Changes with the lines around them; those that nearly touch are one hunk. */
function groupHunks(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const hunks: { from: number; to: number }[] = [];
  for (const [i, { mark }] of edits.entries()) {
    if (mark === " ") {
      continue;
    }
    const last = hunks[hunks.length - 1];
    const [from, to] = [Math.max(0, i - CONTEXT), Math.min(edits.length, i + CONTEXT + 1)];
    if (last !== undefined && from <= last.to) {
      last.to = to;
    } else {
      hunks.push({ from, to });
    }
  }
  return hunks.map(({ from, to }) => edits.slice(from, to));
}

function writeHeader(hunk: readonly Edit[]): string {
  const range = (mark: "-" | "+", before: number): string => {
    const count = hunk.filter((edit) => edit.mark === " " || edit.mark === mark).length;
    return count === 1 ? `${before + 1}` : `${count === 0 ? before : before + 1},${count}`;
  };
  const [first] = hunk;
  return `@@ -${range("-", first?.oldBefore ?? 0)} +${range("+", first?.newBefore ?? 0)} @@`;
}

function writeEdit({ mark, text }: Edit): string {
  return text.endsWith("\n") ? mark + text : `${mark}${text}\n${NO_NEWLINE}\n`;
}

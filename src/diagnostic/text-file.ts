// A text with its lines, so that offsets become places that a person can find.
import type { SourcePosition, SourceRange } from "./diagnostic.ts";

/** A file that was read, as text. */
export interface TextFile {
  /** As the user wrote it. */
  readonly filename: string;
  readonly text: string;
  /** Offsets at which lines begin; made when first asked for. */
  readonly lineStarts: () => readonly number[];
}

export function makeTextFile(filename: string, text: string): TextFile {
  let starts: readonly number[] | undefined;
  return { filename, text, lineStarts: () => (starts ??= findLineStarts(text)) };
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}

/** The place of an offset. Columns count grapheme clusters. */
export function findPosition(file: TextFile, offset: number): SourcePosition {
  const starts = file.lineStarts();
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  const start = starts[low] as number;
  const before = isPlainLine(file, low)
    ? Math.min(offset, file.text.length) - start
    : countGraphemes(file.text.slice(start, offset));
  return { line: low + 1, column: before + 1, offset };
}

/** By their numbers, whether lines are made of characters that are one unit each: a long one is looked at once. */
const plainLines = new WeakMap<TextFile, Map<number, boolean>>();

function isPlainLine(file: TextFile, index: number): boolean {
  const known = plainLines.get(file) ?? new Map<number, boolean>();
  plainLines.set(file, known);
  const found = known.get(index);
  if (found !== undefined) {
    return found;
  }
  const starts = file.lineStarts();
  const isPlain = PLAIN.test(file.text.slice(starts[index], starts[index + 1]));
  known.set(index, isPlain);
  return isPlain;
}

const PLAIN = /^[\x20-\x7e\t]*\n?$/;

export function makeRange(file: TextFile, start: number, end: number): SourceRange {
  return { filename: file.filename, start: findPosition(file, start), end: findPosition(file, end) };
}

/** The text of a 1-based line, without its line end. */
export function readLine(file: TextFile, line: number): string {
  const starts = file.lineStarts();
  const start = starts[line - 1];
  if (start === undefined) {
    return "";
  }
  const end = starts[line];
  return file.text.slice(start, end === undefined ? undefined : end - 1).replace(/\r$/, "");
}

let segmenter: Intl.Segmenter | undefined;

/** Number of characters as a person sees them. */
export function countGraphemes(text: string): number {
  if (/^[\x20-\x7e\t]*$/.test(text)) {
    return text.length;
  }
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  let count = 0;
  for (const _ of segmenter.segment(text)) {
    count++;
  }
  return count;
}

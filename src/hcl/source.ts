// A text with its name, and pieces of it that know their lines and columns.
import type { SourcePosition, SourceRange } from "../diagnostic/diagnostic.ts";

/** A text to read, and where each of its characters stands. */
export class Source {
  readonly filename: string;
  readonly text: string;
  #lineStarts: number[] | undefined;
  /** For lines that were asked for: where their characters start, or that every unit is one. */
  readonly #characterStarts = new Map<number, readonly number[] | "each">();

  constructor(text: string, filename: string) {
    this.text = text;
    this.filename = filename;
  }

  /** The line and column of an offset. */
  position(offset: number): SourcePosition {
    this.#lineStarts ??= findLineStarts(this.text);
    const line = lastAtOrBefore(this.#lineStarts, offset);
    return { line: line + 1, column: this.#column(line, this.#lineStarts[line] ?? 0, offset), offset };
  }

  #column(line: number, lineStart: number, offset: number): number {
    let starts = this.#characterStarts.get(line);
    if (starts === undefined) {
      const text = this.text.slice(lineStart, this.#lineStarts?.[line + 1] ?? this.text.length);
      starts = isPlain(text) ? "each" : findCharacterStarts(text);
      this.#characterStarts.set(line, starts);
    }
    if (starts === "each") {
      return offset - lineStart + 1;
    }
    if (offset >= this.text.length) {
      return starts.length + 1;
    }
    return firstAtOrAfter(starts, offset - lineStart) + 1;
  }

  span(from: number, to: number): Span {
    return new Span(this, from, to);
  }

  /** The range as plain data, for diagnostics. */
  range(from: number, to: number): SourceRange {
    return { filename: this.filename, start: this.position(from), end: this.position(to) };
  }
}

/** A text that was written, with escapes, inside another one; its places are places of that one. */
export class EmbeddedSource extends Source {
  readonly #outer: Source;
  readonly #outerOffset: (offset: number) => number;

  /** `outerOffset` tells where a character of the text was written. */
  constructor(text: string, outer: Source, outerOffset: (offset: number) => number) {
    super(text, outer.filename);
    this.#outer = outer;
    this.#outerOffset = outerOffset;
  }

  override position(offset: number): SourcePosition {
    return this.#outer.position(this.#outerOffset(offset));
  }
}

/**
 * A piece of a source. Lines and columns are worked out when asked for, since most are never shown.
 *
 * It is no `SourceRange` on purpose: what computes is not data, and would be lost where a range is copied or sent on.
 * `toRange()` gives the plain one.
 */
export class Span {
  readonly source: Source;
  readonly from: number;
  readonly to: number;

  constructor(source: Source, from: number, to: number) {
    this.source = source;
    this.from = from;
    this.to = to;
  }

  get text(): string {
    return this.source.text.slice(this.from, this.to);
  }

  /** The piece from the start of this one to the end of another. */
  through(other: Span): Span {
    return new Span(this.source, this.from, other.to);
  }

  /** The place as plain data, for diagnostics and whatever else leaves the language. */
  toRange(): SourceRange {
    return this.source.range(this.from, this.to);
  }
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** How many starts lie before the offset. */
function firstAtOrAfter(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** True when every unit of the line is a character of its own. */
function isPlain(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code > 126 || (code === 13 && i + 2 < line.length)) {
      return false;
    }
  }
  return true;
}

let segmenter: Intl.Segmenter | undefined;

/** Made when it is first needed, for that takes longer than reading most files. */
function openSegmenter(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter;
}

/** How much is segmented at once: the time that segmenting takes grows faster than the length of its text. */
const chunkLength = 256;

/** Visits the place where each character, as a person sees them, begins. */
function eachCharacter(text: string, visit: (start: number) => void): void {
  let length = chunkLength;
  for (let from = 0; from < text.length; ) {
    const isLast = from + length >= text.length;
    const found = Array.from(openSegmenter().segment(text.slice(from, from + length)), ({ index }) => from + index);
    // The last character of a chunk may go on after it, so that it begins the next one.
    const resume = found[found.length - 1] ?? from;
    if (isLast) {
      from = text.length;
    } else if (resume > from) {
      found.pop();
      from = resume;
      length = chunkLength;
    } else {
      length *= 2;
      continue;
    }
    for (const start of found) {
      visit(start);
    }
  }
}

function findCharacterStarts(text: string): number[] {
  const starts: number[] = [];
  eachCharacter(text, (start) => starts.push(start));
  return starts;
}

/** The characters that a person sees in the text. */
export function splitGraphemes(text: string): string[] {
  const starts = findCharacterStarts(text);
  return starts.map((start, i) => text.slice(start, starts[i + 1]));
}

/** How many characters a person sees in the text. */
export function graphemeCount(text: string): number {
  let count = 0;
  eachCharacter(text, () => {
    count += 1;
  });
  return count;
}

/** The first `count` characters, as a person counts them. */
export function firstGraphemes(text: string, count: number): string {
  return text.slice(0, findCharacterStarts(text)[count] ?? text.length);
}

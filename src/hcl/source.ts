// A text with its name, and pieces of it that know their lines and columns.
import type { SourcePosition, SourceRange } from "../diagnostic/diagnostic.ts";

/** A text to read, and where each of its characters stands. */
export class Source {
  readonly filename: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(text: string, filename: string) {
    this.text = text;
    this.filename = filename;
  }

  /** The line and column of an offset. */
  position(offset: number): SourcePosition {
    this.#lineStarts ??= lineStartsOf(this.text);
    const line = lastAtOrBefore(this.#lineStarts, offset);
    return { line: line + 1, column: columnOf(this.text, this.#lineStarts[line] ?? 0, offset), offset };
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

/** A piece of a source. Lines and columns are worked out when asked for, since most are never shown. */
export class Span implements SourceRange {
  readonly source: Source;
  readonly from: number;
  readonly to: number;

  constructor(source: Source, from: number, to: number) {
    this.source = source;
    this.from = from;
    this.to = to;
  }

  get filename(): string {
    return this.source.filename;
  }

  get start(): SourcePosition {
    return this.source.position(this.from);
  }

  get end(): SourcePosition {
    return this.source.position(this.to);
  }

  get text(): string {
    return this.source.text.slice(this.from, this.to);
  }

  /** The piece from the start of this one to the end of another. */
  through(other: Span): Span {
    return new Span(this.source, this.from, other.to);
  }

  /** The range as plain data. */
  toJSON(): SourceRange {
    return this.source.range(this.from, this.to);
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function columnOf(text: string, lineStart: number, offset: number): number {
  for (let i = lineStart; i < offset; i++) {
    const code = text.charCodeAt(i);
    if (code > 126 || code === 13) return 1 + graphemeCount(text.slice(lineStart, offset));
  }
  return offset - lineStart + 1;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many characters a person sees in the text. */
export function graphemeCount(text: string): number {
  let count = 0;
  for (const _ of graphemes.segment(text)) count += 1;
  return count;
}

/** The first `count` characters, as a person counts them. */
export function firstGraphemes(text: string, count: number): string {
  let rest = count;
  let end = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (rest === 0) break;
    end += segment.length;
    rest -= 1;
  }
  return text.slice(0, end);
}

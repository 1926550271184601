// One diagnostic, as text for a terminal or a log: heading, place, source line with carets, why, and what to try.
import type { Diagnostic, SourceRange } from "./diagnostic.ts";
import { graphemes, lineText, type TextFile } from "./text-file.ts";

/** The texts that diagnostics may point into, by filename. */
export type SourceFiles = ReadonlyMap<string, TextFile>;

export interface RenderStyle {
  /** Puts colour on a piece of text; absent for plain text. */
  paint?(part: "error" | "warning" | "quiet", text: string): string;
  /** Hides secrets, before a line is cut: a part of one is not recognised. */
  filter?(text: string): string;
  /** Longest source line that is shown; the part around the caret is kept. */
  readonly width?: number;
}

/** Several lines, without a line end at the end. */
export function renderDiagnostic(diagnostic: Diagnostic, files: SourceFiles, style: RenderStyle = {}): string {
  const paint = style.paint ?? ((_part, text) => text);
  const title = diagnostic.severity === "error" ? "Error" : "Warning";
  const lines = [`${paint(diagnostic.severity, `${title}: ${diagnostic.summary}`)}  ${paint("quiet", `[${diagnostic.code}]`)}`];
  if (diagnostic.subject !== undefined) lines.push(...place(diagnostic.subject, diagnostic, files, style));
  if (diagnostic.detail !== undefined) lines.push(...indent(diagnostic.detail));
  if (diagnostic.hint !== undefined) lines.push(...indent(`Hint: ${diagnostic.hint}`));
  return lines.join("\n");
}

function indent(text: string): string[] {
  return text.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
}

function place(range: SourceRange, diagnostic: Diagnostic, files: SourceFiles, style: RenderStyle): string[] {
  const { width = 140, filter = (text) => text, paint = (_part, text) => text } = style;
  const within = diagnostic.within === undefined ? "" : `, in ${diagnostic.within}`;
  const heading = `  on ${range.filename} line ${range.start.line}, column ${range.start.column}${within}:`;
  const file = files.get(range.filename);
  if (file === undefined) return [heading];
  const number = `${range.start.line}: `.padStart(6);
  const shown = windowOf(filtered(lineText(file, range.start.line), range, filter), width);
  const caret = " ".repeat(number.length + shown.before) + paint(diagnostic.severity, "^".repeat(shown.marked));
  return [heading, number + shown.text, caret];
}

/** A line with the characters from `from` to `last` to be marked. */
interface MarkedLine {
  readonly line: string;
  readonly from: number;
  readonly last: number;
}

/** The line without secrets, and the mark where what it is about stands now. */
function filtered(line: string, range: SourceRange, filter: (text: string) => string): MarkedLine {
  const from = Math.max(0, range.start.column - 1);
  const last = range.end.line === range.start.line ? range.end.column - 1 : graphemes(line);
  const shown = filter(line);
  if (shown === line) return { line, from, last };
  const characters = [...line];
  const place = (at: number): number => {
    const before = filter(characters.slice(0, at).join(""));
    // In the middle of a secret the two have only their beginning in common.
    let same = 0;
    while (same < before.length && before[same] === shown[same]) same++;
    return same;
  };
  return { line: shown, from: place(from), last: last < characters.length ? place(last) : shown.length };
}

/** The part of a line to show, with tabs made visible as one blank, and how far in the mark begins and how long it is. */
function windowOf({ line, from, last }: MarkedLine, width: number): { text: string; before: number; marked: number } {
  const characters = [...line.replaceAll("\t", " ")];
  const first = from > width - 20 ? from - Math.floor(width / 3) : 0;
  const cut = characters.slice(first, first + width);
  const text = (first > 0 ? "…" : "") + cut.join("") + (first + width < characters.length ? "…" : "");
  const before = from - first + (first > 0 ? 1 : 0);
  return { text, before, marked: Math.max(1, Math.min(last - from, width - (from - first))) };
}

// One diagnostic, as text for a terminal or a log: heading, place, source line with carets, why, and what to try.
import type { Diagnostic, SourceRange } from "./diagnostic.ts";
import { countGraphemes, readLine, type TextFile } from "./text-file.ts";

/** The texts that diagnostics may point into, by filename. */
export type SourceFiles = ReadonlyMap<string, TextFile>;

export interface RenderStyle {
  /** Puts colour on a piece of text; absent for plain text. */
  paint?(part: "error" | "warning" | "quiet", text: string): string;
  /** Hides secrets in a source line, which is cut afterwards. */
  hide?(text: string): string;
  /** Longest source line that is shown; the part around the caret is kept. */
  readonly width?: number | undefined;
}

/** Several lines, without a line end at the end. */
export function renderDiagnostic(diagnostic: Diagnostic, files: SourceFiles, style: RenderStyle = {}): string {
  const paint = style.paint ?? ((_part, text) => text);
  const title = diagnostic.severity === "error" ? "Error" : "Warning";
  const lines = [
    `${paint(diagnostic.severity, `${title}: ${diagnostic.summary}`)}  ${paint("quiet", `[${diagnostic.code}]`)}`,
  ];
  if (diagnostic.subject !== undefined) {
    lines.push(...renderPlace(diagnostic.subject, diagnostic, files, style));
  }
  if (diagnostic.detail !== undefined) {
    lines.push(...indentLines(diagnostic.detail));
  }
  if (diagnostic.hint !== undefined) {
    lines.push(...indentLines(`Hint: ${diagnostic.hint}`));
  }
  return lines.join("\n");
}

function indentLines(text: string): string[] {
  return text.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
}

type Paint = NonNullable<RenderStyle["paint"]>;

function renderPlace(range: SourceRange, diagnostic: Diagnostic, files: SourceFiles, style: RenderStyle): string[] {
  const paint: Paint = style.paint ?? ((_part, text) => text);
  const within = diagnostic.within === undefined ? "" : `, in ${diagnostic.within}`;
  const heading = `  on ${range.filename} line ${range.start.line}, column ${range.start.column}${within}:`;
  const file = files.get(range.filename);
  if (file === undefined) {
    return [heading];
  }
  const number = `${range.start.line}: `.padStart(6);
  const shown = cutWindow(markLine(readLine(file, range.start.line), range, style), style.width ?? 140);
  const caret = " ".repeat(number.length + shown.before) + paint(diagnostic.severity, "^".repeat(shown.marked));
  return [heading, number + shown.text, caret];
}

/** What a terminal would obey instead of showing it. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** The picture of a character that has none of its own. */
function showControl(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 0x7f) {
    return "\u2421";
  }
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
}

interface MarkedLine {
  readonly line: string;
  /** What is marked: characters from and to. */
  readonly from: number;
  readonly last: number;
}

/** A line with what is marked in it, without secrets; one that the mark cuts is marked whole. */
function markLine(text: string, range: SourceRange, { hide = (same) => same }: RenderStyle): MarkedLine {
  const visible = (part: string): string => part.replaceAll("\t", " ").replace(CONTROL, showControl);
  const from = Math.max(0, range.start.column - 1);
  const last = range.end.line === range.start.line ? range.end.column - 1 : countGraphemes(text);
  const hidden = hide(text);
  if (hidden === text) {
    return { line: visible(text), from, last };
  }
  const characters = [...text];
  const pieces = [characters.slice(0, from), characters.slice(from, last), characters.slice(last)];
  const [before = "", marked = "", after = ""] = pieces.map((piece) => hide(piece.join("")));
  if (before + marked + after !== hidden) {
    return { line: visible(hidden), from: 0, last: [...hidden].length };
  }
  return { line: visible(hidden), from: [...before].length, last: [...before, ...marked].length };
}

/** The part of a line to show, with tabs made visible as one blank, and how far in the mark begins and how long it is. */
function cutWindow({ line, from, last }: MarkedLine, width: number): { text: string; before: number; marked: number } {
  const characters = [...line];
  const first = from > width - 20 ? from - Math.floor(width / 3) : 0;
  const cut = characters.slice(first, first + width);
  const text = (first > 0 ? "…" : "") + cut.join("") + (first + width < characters.length ? "…" : "");
  const before = from - first + (first > 0 ? 1 : 0);
  return { text, before, marked: Math.max(1, Math.min(last - from, width - (from - first))) };
}

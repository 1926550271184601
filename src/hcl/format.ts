// Canonical layout of the native syntax: only white space within lines changes.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { tokenize } from "./lexer.ts";
import { parseConfig } from "./parser.ts";
import { graphemeCount } from "./source.ts";
import type { Token, TokenType } from "./token.ts";

/** A text in canonical layout. A text with syntax errors stays as it is. */
export function format(
  text: string,
  filename = "<text>",
): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const { diagnostics } = parseConfig(text, filename);
  if (diagnostics.length > 0) {
    return { text, diagnostics };
  }
  const lines = splitLines(text, tokenize(text));
  indent(lines);
  for (const line of lines) {
    spaceOut(line.lead);
    spaceOut(line.assignment);
  }
  alignColumns(
    lines,
    (line) => line.assignment,
    (line) => measureWidth(line.lead),
  );
  alignColumns(
    lines,
    (line) => line.comment,
    (line) => measureWidth(line.lead) + measureWidth(line.assignment),
  );
  const byteOrderMark = text.startsWith("\ufeff") ? "\ufeff" : "";
  return {
    text:
      byteOrderMark +
      lines.map((line) => [...line.lead, ...line.assignment, ...line.comment].map(writeCell).join("")).join(""),
    diagnostics,
  };
}

/** A token and how many spaces stand before it. */
interface Cell {
  readonly type: TokenType;
  readonly text: string;
  spaces: number;
}

/** A line in up to three columns. A heredoc is part of the line that it begins on. */
interface Line {
  lead: Cell[];
  /** From the equals sign on, if the value does not go on in the next line. */
  assignment: Cell[];
  /** A comment at the end. */
  comment: Cell[];
}

function writeCell(cell: Cell): string {
  return " ".repeat(cell.spaces) + cell.text;
}

function splitLines(text: string, tokens: readonly Token[]): Line[] {
  const lines: Line[] = [];
  let cells: Cell[] = [];
  let previousEnd = text.startsWith("\ufeff") ? 1 : 0;
  for (const token of tokens) {
    if (token.type === "end") {
      break;
    }
    const cell: Cell = { type: token.type, text: text.slice(token.from, token.to), spaces: token.from - previousEnd };
    previousEnd = token.to;
    cells.push(cell);
    if (token.type === "newline" || (token.type === "comment" && cell.text.endsWith("\n"))) {
      lines.push(inColumns(cells));
      cells = [];
    }
  }
  if (cells.length > 0) {
    lines.push(inColumns(cells));
  }
  return lines;
}

function inColumns(cells: Cell[]): Line {
  const endsInComment = cells.length > 1 && cells[cells.length - 1]?.type === "comment";
  const comment = endsInComment ? cells.slice(-1) : [];
  const rest = endsInComment ? cells.slice(0, -1) : cells;
  const equals = rest.findIndex((cell, i) => i > 0 && cell.type === "=");
  if (equals < 0 || countOpened(rest.slice(equals)) !== 0) {
    return { lead: rest, assignment: [], comment };
  }
  return { lead: rest.slice(0, equals), assignment: rest.slice(equals), comment };
}

function countOpened(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + bracketChange(cell.type), 0);
}

function bracketChange(type: TokenType): number {
  switch (type) {
    case "{":
    case "[":
    case "(":
    case "open-interpolation":
    case "open-directive":
      return 1;
    case "}":
    case "]":
    case ")":
    case "close-sequence":
      return -1;
    default:
      return 0;
  }
}

/** Two spaces for each line above that opened more brackets than it closed, however many those were, until they are all closed. */
function indent(lines: readonly Line[]): void {
  const open: number[] = [];
  for (const line of lines) {
    const [first] = line.lead;
    if (first === undefined) {
      continue;
    }
    if (first.type === "newline") {
      first.spaces = 0;
      continue;
    }
    const change = countOpened(beforeHeredoc(line.lead)) + countOpened(beforeHeredoc(line.assignment));
    if (change < 0) {
      closeLevels(open, -change);
    }
    first.spaces = 2 * open.length;
    if (change > 0) {
      open.push(change);
    }
  }
}

/** As Packer: what opens inside a heredoc does not count, even where it goes on in the next line. */
function beforeHeredoc(cells: readonly Cell[]): readonly Cell[] {
  const heredoc = cells.findIndex((cell) => cell.type === "open-heredoc");
  return heredoc < 0 ? cells : cells.slice(0, heredoc);
}

function closeLevels(open: number[], brackets: number): void {
  let rest = brackets;
  while (rest > 0) {
    const last = open.pop();
    if (last === undefined) {
      return;
    }
    if (last > rest) {
      open.push(last - rest);
    }
    rest -= last;
  }
}

function spaceOut(cells: readonly Cell[]): void {
  for (let i = 1; i < cells.length; i++) {
    const [cell, previous] = [cells[i], cells[i - 1]];
    if (cell !== undefined && previous !== undefined) {
      cell.spaces = needsSpace(previous, cells[i - 2], cell) ? 1 : 0;
    }
  }
}

/** Whether a space separates two tokens; `before` is the one ahead of both. */
function needsSpace(left: Cell, before: Cell | undefined, right: Cell): boolean {
  if (right.type === "newline") {
    return false;
  }
  if (left.type === "identifier" && right.type === "(") {
    return false;
  }
  if (left.type === "::" || right.type === "::" || left.type === "." || right.type === ".") {
    return false;
  }
  if (right.type === "," || right.type === "...") {
    return false;
  }
  if (left.type === ",") {
    return true;
  }
  if (isInsideTemplate(left, right)) {
    return false;
  }
  if (left.type === "identifier" && left.text === "in" && before?.type === "identifier") {
    return true;
  }
  if (right.type === "[" && (left.type === "identifier" || left.type === "number" || bracketChange(left.type) < 0)) {
    return false;
  }
  if (left.type === "!") {
    return false;
  }
  if (left.type === "-") {
    return before !== undefined && !precedesNegation.has(before.type);
  }
  if (left.type === "{" || right.type === "}") {
    return left.type !== "{" || right.type !== "}";
  }
  if (isSequenceStart(left) && right.type === "{") {
    return true;
  }
  if (left.type === "}" && right.type === "close-sequence") {
    return true;
  }
  if (left.type === "close-sequence" && isSequenceStart(right)) {
    return false;
  }
  return bracketChange(left.type) <= 0 && bracketChange(right.type) >= 0;
}

function isSequenceStart(cell: Cell): boolean {
  return cell.type === "open-interpolation" || cell.type === "open-directive";
}

const templateLeft = new Set<TokenType>(["quoted-text", "text", "open-quote", "open-heredoc"]);
const templateRight = new Set<TokenType>(["quoted-text", "text", "close-quote", "close-heredoc"]);

/** Spaces there would be part of the string. */
function isInsideTemplate(left: Cell, right: Cell): boolean {
  return templateLeft.has(left.type) || templateRight.has(right.type);
}

/** After these a minus is a sign and no subtraction. */
const precedesNegation = new Set<TokenType>([
  "(",
  "{",
  "[",
  "=",
  ":",
  ",",
  "?",
  "+",
  "*",
  "/",
  "%",
  "-",
  "==",
  "!=",
  ">",
  ">=",
  "<",
  "<=",
  "&&",
  "||",
  "!",
]);

/** Lines one after the other that have this column get it at one place, one space after the longest of what stands before. */
function alignColumns(
  lines: readonly Line[],
  column: (line: Line) => readonly Cell[],
  widthBefore: (line: Line) => number,
): void {
  let group: { first: Cell; width: number }[] = [];
  const finish = () => {
    const widest = group.reduce((most, { width }) => Math.max(most, width), 0);
    for (const { first, width } of group) {
      first.spaces = widest - width + 1;
    }
    group = [];
  };
  for (const line of lines) {
    const [first] = column(line);
    if (first === undefined) {
      finish();
    } else {
      group.push({ first, width: widthBefore(line) });
    }
  }
  finish();
}

function measureWidth(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.spaces + countCharacters(cell.text), 0);
}

function countCharacters(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 126 || code === 13) {
      return graphemeCount(text);
    }
  }
  return text.length;
}

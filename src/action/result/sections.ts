// What a command shows beside the log, as Markdown for the page of the run.
import type { FileDifference, Section } from "../../command/section.ts";
import type { Secrets } from "../../core/secrets.ts";
import { drawTable, escapeText, shorten, writeCode, writeFenced } from "./markdown.ts";

const MOST_ROWS = 300;
/** Characters of the differences of one file, and of all files, that the page shows. */
const LONGEST_DIFF = 20_000;
const LONGEST = 200_000;

/** A section; empty when there is nothing in it. Secrets are hidden before anything is cut or written as Markdown. */
export function writeSection(section: Section, secrets: Pick<Secrets, "shown">): string {
  const { title } = section;
  const isTable = section.is === "table";
  const count = isTable ? section.rows.length : section.files.length;
  if (count === 0) {
    return "";
  }
  const body = isTable
    ? writeTable({ ...section, rows: secrets.shown(section.rows) })
    : writeDifferences(secrets.shown(section.files));
  return `#### ${title}: ${count}\n\n${body}`;
}

function writeTable({ columns, rows }: Extract<Section, { is: "table" }>): string {
  const shown = rows
    .slice(0, MOST_ROWS)
    .map((row) =>
      row.map((cell, index) => (columns[index]?.isCode === true ? writeCode(shorten(cell, 200)) : escapeText(cell))),
    );
  const head = columns.map(({ title }) => title);
  return drawTable(head, shown) + countMore(rows.length - shown.length);
}

/** Cut to a size that leaves room for the rest of the page. */
function writeDifferences(files: readonly FileDifference[]): string {
  let left = LONGEST;
  const shown: string[] = [];
  for (const { path, diff } of files) {
    if (left <= 0) {
      break;
    }
    const part = cutLines(diff, Math.min(left, LONGEST_DIFF));
    left -= part.length + path.length + 100;
    shown.push(`<details><summary>${writeCode(path)}</summary>\n\n${writeFenced("diff", part)}\n\n</details>`);
  }
  return shown.join("\n") + countMore(files.length - shown.length);
}

function countMore(count: number): string {
  return count > 0 ? `\n\n… and ${count} more.` : "";
}

/** Whole lines of a text, at most so many characters. */
function cutLines(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const end = text.lastIndexOf("\n", length);
  return `${text.slice(0, end < 0 ? length : end)}\n… (shortened)\n`;
}

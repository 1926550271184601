// What `fmt` found, for the author of a pull request: annotations, and the differences on the page of the run.
import type { FormattedFile } from "../../command/command.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { code, fenced } from "./markdown.ts";

/** Characters of the differences of one file, and of all files, that the page shows. */
const LONGEST_DIFF = 20_000;
const LONGEST = 200_000;

/** Of what the patterns found, what can be formatted; what was named without a pattern is kept for `fmt` to judge. */
export function formattable(found: readonly string[], given: readonly string[]): readonly string[] {
  return found.filter((path) => given.length === 0 || given.includes(path) || /\.(pkr|pkrvars)\.hcl$/.test(path));
}

/** One message for each file, at its first line that would change. */
export function formatMistakes(files: readonly FormattedFile[]): readonly Diagnostic[] {
  return files.map(({ path, line }) => {
    const place = { line, column: 1, offset: 0 };
    return {
      code: "action/not-formatted",
      severity: "error",
      summary: `${path} is not in canonical format`,
      detail: "The first line that would change is this one; the page of the run shows all of them.",
      hint: `Run "packer-ts fmt ${path}", or this action with "write: true".`,
      subject: { filename: path, start: place, end: place },
    };
  });
}

/** The differences as Markdown, cut to a size that leaves room for the rest of the page; empty when there are none. */
export function formatSection(files: readonly FormattedFile[], isWritten: boolean): string {
  if (files.length === 0) {
    return "";
  }
  const title = isWritten ? "Files that were formatted" : "Files that are not in canonical format";
  let left = LONGEST;
  const shown: string[] = [];
  for (const { path, diff } of files) {
    if (left <= 0) {
      break;
    }
    const part = cutLines(diff, Math.min(left, LONGEST_DIFF));
    left -= part.length + path.length + 100;
    shown.push(`<details><summary>${code(path)}</summary>\n\n${fenced("diff", part)}\n\n</details>`);
  }
  const rest = files.length > shown.length ? `\n\n… and ${files.length - shown.length} more.` : "";
  return `#### ${title}: ${files.length}\n\n${shown.join("\n")}${rest}`;
}

/** Whole lines of a text, at most so many characters. */
function cutLines(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const end = text.lastIndexOf("\n", length);
  return `${text.slice(0, end < 0 ? length : end)}\n… (shortened)\n`;
}

// Files that are not in canonical format, as messages for the author of a pull request.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Section } from "../section.ts";

/** One message for each file, at its first line that would change. */
export function notFormatted(section: Section): readonly Diagnostic[] {
  const files = section.is === "differences" ? section.files : [];
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

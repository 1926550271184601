// Files of variables by patterns, as templates are given.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { listMatching } from "./find-templates.ts";

/** The files in the order of the patterns, those of one pattern sorted; paths stay for the command to judge. */
export function findVarFiles(
  patterns: readonly string[],
  cwd: string,
): { readonly files: readonly string[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const files = patterns.flatMap((pattern) => {
    const found = listMatching(pattern, cwd) ?? [pattern];
    if (found.length === 0) {
      diagnostics.push(reportNoFile(pattern));
    }
    return found;
  });
  return { files, diagnostics };
}

function reportNoFile(pattern: string): Diagnostic {
  return {
    code: "action/no-var-file",
    severity: "error",
    summary: `No file of variables matches "${pattern}"`,
    hint: "Patterns are relative to the input working-directory.",
  };
}

// Names of files and folders for a floppy disk or a CD, which may be patterns: their checks, and what they read.
import { dirname } from "node:path";
import type { PrepareContext } from "../sdk/component.ts";
import { statProblem, suggestPath } from "./local-path.ts";

/** One element of a path as Go's patterns are written: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before what stands for itself. */
const PATTERN = /^(?:[^\\[]|\\.|\[\^?(?:(?:\\.|[^\\\]-])(?:-(?:\\.|[^\\\]-]))?)+\])*$/su;

/** Reports files that are not there and patterns that cannot be read. A pattern that fits nothing is none of them, as in Packer. */
export function checkSources(option: string, title: string, paths: readonly string[], context: PrepareContext): void {
  if (context.isPending(option)) {
    return;
  }
  for (const path of paths) {
    const pattern = isPattern(path);
    const problem = pattern ? findPatternProblem(path) : statProblem(path, context.host);
    if (problem === undefined) {
      continue;
    }
    const hint = pattern ? "A [ needs its ], with at least one character between them." : suggestPath(path, context);
    context.problem(option, `Bad ${title} '${path}': ${problem}`, { hint });
  }
}

/** The file or folder that a name stands for; of a pattern, the folder under which everything it fits is found. */
export function findSourceFolder(path: string): string {
  let folder = path;
  while (isPattern(folder)) {
    folder = dirname(folder);
  }
  return folder;
}

function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

function findPatternProblem(pattern: string): string | undefined {
  return pattern.split("/").every((part) => PATTERN.test(part)) ? undefined : "syntax error in pattern";
}

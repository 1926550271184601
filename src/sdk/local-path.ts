// Checks of paths on this machine that a template names.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { PrepareContext } from "./component.ts";

/** Why a local path cannot be used, in the operating system's words; `undefined` when it can. */
export function statProblem(path: string, cwd: string): string | undefined {
  try {
    statSync(resolve(cwd, path));
    return undefined;
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    return `stat ${path}: ${code === "ENOENT" || code === "ENOTDIR" ? "no such file or directory" : message}`;
  }
}

/** Says what a relative path is relative to, which surprises people who start from another folder than the template's. */
export function relativeHint(context: PrepareContext): string {
  return `Paths are relative to the current folder, ${context.host.cwd}.`;
}

// Checks of paths on this machine that a template names.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Host } from "../host/host.ts";
import type { PrepareContext } from "../sdk/component.ts";

/** Why a local path cannot be used, in the operating system's words; `undefined` when it can. */
export function statProblem(path: string, { cwd, files }: Pick<Host, "cwd" | "files">): string | undefined {
  const whole = resolve(cwd, path);
  const refusal = files.handOnRefusal(whole);
  if (refusal !== undefined) {
    return `it ${refusal.reason}`;
  }
  try {
    statSync(whole);
    return undefined;
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    return `stat ${path}: ${code === "ENOENT" || code === "ENOTDIR" ? "no such file or directory" : message}`;
  }
}

/**
 * What to do about a path that cannot be used. A relative one surprises people who start from another folder than the
 * template's, unless it is not to be read at all.
 */
export function suggestPath(path: string, { host }: Pick<PrepareContext, "host">): string {
  const { hint = "" } = host.files.handOnRefusal(resolve(host.cwd, path)) ?? {};
  return hint === "" ? `Paths are relative to the current folder, ${host.cwd}.` : hint;
}

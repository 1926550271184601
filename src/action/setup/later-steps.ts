// Programs for later steps of a job: small scripts that start this one, in a folder that the runner adds to their PATH.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineService } from "../../command/service.ts";

/** What later steps may be given. */
export interface LaterSteps {
  /** Puts the program on their PATH under these names; gives its folder, `undefined` where no runner can be told. */
  offer(names: readonly string[]): Promise<string | undefined>;
}

export const laterSteps = defineService<LaterSteps>("later steps");

/** What the program is started with. */
export interface Program {
  /** Node, as the runner has it for actions: later steps may have another one or none. */
  readonly node: string;
  readonly script: string;
  readonly platform: string;
}

/** Writes a script for every shell that a step may have: a POSIX one, and on Windows one for cmd and PowerShell. */
export async function writeStarters(folder: string, names: readonly string[], program: Program): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) {
    await writeFile(join(folder, name), writePosixStarter(program), { mode: 0o755 });
    if (program.platform === "win32") {
      await writeFile(join(folder, `${name}.cmd`), writeWindowsStarter(program));
    }
  }
}

export function writePosixStarter({ node, script, platform }: Program): string {
  const quote = (path: string): string => {
    const whole = platform === "win32" ? path.replaceAll("\\", "/") : path;
    return `'${whole.replaceAll("'", "'\\''")}'`;
  };
  return `#!/bin/sh\nexec ${quote(node)} ${quote(script)} "$@"\n`;
}

/** The status of the last program is that of the script. */
export function writeWindowsStarter({ node, script }: Program): string {
  const quote = (path: string): string => `"${path.replaceAll("%", "%%")}"`;
  return `@${quote(node)} ${quote(script)} %*\r\n`;
}

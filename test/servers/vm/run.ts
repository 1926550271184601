// Runs a program of the recipe to its end.
import { spawnSync } from "node:child_process";

/** What the program printed; throws with its own words when it fails. */
export function run(program: string, args: readonly string[], cwd?: string): string {
  const ran = spawnSync(program, args, { encoding: "utf8", maxBuffer: 2 ** 28, cwd });
  if (ran.status === 0) {
    return ran.stdout;
  }
  throw new Error(`${program} ${args.join(" ")}: ${ran.error?.message ?? ran.stderr.trim()}`);
}

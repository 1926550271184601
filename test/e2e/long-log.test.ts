// A long log that somebody reads slowly: all of it arrives, and the program does not keep it meanwhile.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith } from "../packer-ts.ts";
import { bundle } from "./action-runner.ts";
import { LANGUAGES, type Language } from "./three-languages.ts";

const LINES = 1_000_000;
const LINE = "0123456789".repeat(6);
/** Far below the sixty megabytes of the log above what the program takes by itself. */
const MOST_MEGABYTES = 130;

interface Passed {
  readonly code: number | null;
  readonly lines: number;
  /** The most that the process had in memory at a time. */
  readonly megabytes: number;
}

/** Runs an entry of the bundle and reads what it prints in pieces, with a pause after each. */
async function readSlowly(
  entry: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Passed> {
  const child = spawn(process.execPath, [join(bundle(), entry), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let lines = 0;
  let megabytes = 0;
  for await (const chunk of child.stdout) {
    for (const byte of chunk as Buffer) {
      if (byte === 10) {
        lines++;
      }
    }
    const status = existsSync(`/proc/${child.pid}/status`) ? readFileSync(`/proc/${child.pid}/status`, "utf8") : "";
    megabytes = Math.max(megabytes, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
    if (lines % 64 === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  return { code: await ended, lines, megabytes };
}

describe("e2e/long log", () => {
  for (const [name, entry, language] of [
    ...LANGUAGES.map((each) => [`the action with ${each.name}`, "action.js", each] as const),
    ["the command line", "cli.js", LANGUAGES[0] as Language] as const,
  ]) {
    it(`passes ${name} without staying in its memory`, async (t) => {
      if (!existsSync("/proc/self/status")) {
        return t.skip("needs a system that tells how much memory a process takes");
      }
      const builders = [{ type: "null", name: "a", communicator: "none" }];
      const file = language.file("t");
      const args = entry === "cli.js" ? ["build", file] : [];
      const print = `yes ${LINE} | head -n ${LINES}`;
      const folder = folderWith(t, {
        [file]: language.print({ builders, provisioners: [{ type: "shell-local", inline: [print] }] }),
      });
      const env = { INPUT_TEMPLATE: file, RUNNER_TEMP: folder, GITHUB_WORKSPACE: folder };
      const { code, lines, megabytes } = await readSlowly(entry, args, folder, env);
      assert.equal(code, 0);
      assert.ok(lines > LINES && lines < LINES + 50, String(lines));
      assert.ok(megabytes > 0 && megabytes < MOST_MEGABYTES, `${megabytes} MB`);
    });
  }
});

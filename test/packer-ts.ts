// Runs the built command line, and Debian's packer beside it, as a user would.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("..", import.meta.url));
export const cliPath = join(projectRoot, "dist", "cli.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Given {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly input?: string | Uint8Array | undefined;
  /** Called with the process once it runs, to interrupt it for example. */
  started?(child: ReturnType<typeof spawn>): void;
}

/** Runs `packer-ts` to its end. */
export function packerTs(args: readonly string[], given: Given = {}): Promise<Ended> {
  return run(process.execPath, [cliPath, ...args], given);
}

/** Runs Debian's packer to its end. */
export function packer(args: readonly string[], given: Given = {}): Promise<Ended> {
  return run("packer", args, given);
}

function run(file: string, args: readonly string[], given: Given): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, CHECKPOINT_DISABLE: "1", NO_COLOR: "1", PACKER_NO_COLOR: "1", ...given.env };
    const child = spawn(file, args, { cwd: given.cwd ?? projectRoot, env, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.on("error", () => {});
    child.stdin.end(given.input ?? "");
    given.started?.(child);
  });
}

/** A folder with these files, removed when the test ends. */
export function folderWith(test: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-test-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return folder;
}

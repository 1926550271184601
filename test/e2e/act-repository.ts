// A repository with a workflow that uses the action, and act to run it: a runner for one's own machine, in host mode.
// `PACKER_TS_ACT` names the program unless it is on PATH.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { bundle } from "./action-runner.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The program. */
export const act = process.env["PACKER_TS_ACT"] || "act";

/** A repository that holds the action and what else a workflow needs. */
export function repository(test: TestContext, files: Readonly<Record<string, string | object>>): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-act-"));
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const repo = join(folder, "repo");
  cpSync(bundle(), join(repo, "dist"), { recursive: true });
  cpSync(join(root, "action.yml"), join(repo, "action.yml"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return repo;
}

export interface ActRun {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
  /** Settles when the log holds the text. */
  says(text: string): Promise<void>;
}

/** Starts the workflows for a push; everything act keeps goes beside the repository. */
export function startPush(repo: string, args: readonly string[] = []): ActRun {
  const git = (...command: readonly string[]): void => {
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", "-C", repo, ...command], {
      stdio: "ignore",
    });
  };
  git("init", "-b", "main");
  git("add", "-A", "-f");
  git("commit", "-m", "everything");
  const home = join(dirname(repo), "home");
  mkdirSync(home);
  const all = ["push", "--platform", "ubuntu-latest=-self-hosted", "--pull=false", ...args];
  const child = spawn(act, all, {
    cwd: repo,
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, "cache") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      for (const listener of listeners) {
        listener();
      }
    });
  }
  const ended = new Promise<{ code: number | null; log: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, log })),
  );
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!log.includes(text)) {
          return;
        }
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`act ended without saying ${JSON.stringify(text)}:\n${log}`)));
    });
  return { child, ended, says };
}

/** Runs the workflows for a push to their end. */
export function push(repo: string, args: readonly string[] = []): ActRun["ended"] {
  return startPush(repo, args).ended;
}

/** A workflow of one job that checks the repository out first. */
export function workflow(...steps: readonly string[]): string {
  const lines = [
    "on: push",
    "jobs:",
    "  images:",
    "    runs-on: ubuntu-latest",
    "    steps:",
    "      - uses: actions/checkout@v4",
  ];
  return `${[
    ...lines,
    ...steps
      .join("\n")
      .split("\n")
      .map((line) => `      ${line}`),
  ].join("\n")}\n`;
}

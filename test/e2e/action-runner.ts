// Runs the bundled action as the runner does: a child process, files for outputs and state, signals to cancel.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
let bundled: string | undefined;

/** The folder with `action.js`, `post.js` and `cli.js`: `dist` when it is as new as the sources, else a bundle of its own. */
export function bundle(): string {
  bundled ??= isFresh(join(root, "dist")) ? join(root, "dist") : bundleAnew();
  return bundled;
}

function isFresh(dist: string): boolean {
  const built = statSync(join(dist, "action.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  return sources.every((entry) => !entry.isFile() || statSync(join(entry.parentPath, entry.name)).mtimeMs < built);
}

function bundleAnew(): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-bundle-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [join(root, "bundle.mjs"), "--outdir", folder], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return folder;
}

/** What a step left behind for the runner. */
export interface StepResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What the step wrote into the files of the environment and the path, which is nothing. */
  readonly environment: string;
}

export interface RunningStep {
  readonly child: ChildProcess;
  readonly ended: Promise<StepResult>;
  /** Settles when the log holds the text. */
  says(text: string): Promise<void>;
}

export interface FakeRunner {
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  /** Writes a file of the workspace. */
  file(path: string, content: string | object): void;
  start(inputs: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): RunningStep;
  run(inputs: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Promise<StepResult>;
  /** Runs the post step after a main step. */
  post(main: StepResult, env?: Readonly<Record<string, string>>): Promise<StepResult>;
}

/** A runner with an empty workspace, gone after the test, or whatever else it is for. */
export function fakeRunner(test: { after(end: () => void): void }): FakeRunner {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-runner-"));
  test.after(() => {
    for (const { pid } of processesWith(folder)) {
      process.kill(pid, "SIGKILL");
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const workspace = join(folder, "work");
  const temp = join(folder, "temp");
  const home = join(folder, "home");
  for (const each of [workspace, temp, home]) {
    mkdirSync(each);
  }
  let steps = 0;
  const launch = (entry: string, env: Readonly<Record<string, string>>): RunningStep => {
    const files = join(folder, `step-${++steps}`);
    mkdirSync(files);
    const names = ["OUTPUT", "STATE", "STEP_SUMMARY", "ENV", "PATH"];
    for (const name of names) {
      writeFileSync(join(files, name), "");
    }
    const child = spawn(process.execPath, [join(bundle(), entry)], {
      cwd: workspace,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        TMPDIR: temp,
        GITHUB_ACTIONS: "true",
        CI: "true",
        GITHUB_WORKSPACE: workspace,
        RUNNER_TEMP: temp,
        ...Object.fromEntries(names.map((name) => [`GITHUB_${name}`, join(files, name)])),
        ...env,
      },
    });
    return watch(child, files);
  };
  const start = (inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): RunningStep =>
    launch("action.js", {
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      ...env,
    });
  return {
    workspace,
    temp,
    home,
    file(path, content) {
      const target = join(workspace, path);
      mkdirSync(join(target, ".."), { recursive: true });
      writeFileSync(target, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
    },
    start,
    run: (inputs, env) => start(inputs, env).ended,
    post: (main, env = {}) =>
      launch("post.js", {
        ...Object.fromEntries(Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value])),
        ...env,
      }).ended,
  };
}

function watch(child: ChildProcess, files: string): RunningStep {
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const listener of listeners) {
      listener();
    }
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const read = (name: string): string => readFileSync(join(files, name), "utf8");
  const ended = new Promise<StepResult>((resolve) => {
    child.once("close", (code, signal) =>
      resolve({
        code,
        signal,
        stdout,
        stderr,
        outputs: values(read("OUTPUT")),
        state: values(read("STATE")),
        summary: read("STEP_SUMMARY"),
        environment: read("ENV") + read("PATH"),
      }),
    );
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!stdout.includes(text)) {
          return;
        }
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      void ended.then((end) =>
        reject(new Error(`The step ended without saying ${JSON.stringify(text)}:\n${end.stdout}${end.stderr}`)),
      );
    });
  return { child, ended, says };
}

/** Reads `name<<delimiter` entries as the runner does. */
export function values(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const [name, delimiter] = (lines[i] ?? "").split("<<");
    if (lines[i] === "" || name === undefined || delimiter === undefined) {
      continue;
    }
    const end = lines.indexOf(delimiter, i + 1);
    if (end < 0) {
      throw new Error(`The entry ${name} has no end`);
    }
    found[name] = lines.slice(i + 1, end).join("\n");
    i = end;
  }
  return found;
}

/** A line of the log as the runner sees it. */
export interface LogLine {
  readonly text: string;
  /** Title of the group it lies in. */
  readonly group: string | undefined;
  /** The command it is, such as `error`. */
  readonly command: string | undefined;
}

/** The processes whose environment holds a text, as all descendants of a step have. */
export function processesWith(text: string): { readonly pid: number; readonly command: string }[] {
  return (existsSync("/proc") ? readdirSync("/proc") : []).flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) {
      return [];
    }
    try {
      const state = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "")[0];
      if (state === "Z" || !readFileSync(`/proc/${pid}/environ`, "utf8").includes(text)) {
        return [];
      }
      return [{ pid, command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }];
    } catch {
      return [];
    }
  });
}

/** Cuts a log as the runner does. Throws when groups do not balance. */
export function readLog(stdout: string): LogLine[] {
  let group: string | undefined;
  const lines: LogLine[] = [];
  for (const text of stdout.split(/\r\n|\r|\n/)) {
    const command = commandOf(text);
    if (command === "group") {
      if (group !== undefined) {
        throw new Error(`The group ${JSON.stringify(group)} is still open at ${JSON.stringify(text)}`);
      }
      group = text.replace(/^::group::/, "");
    } else if (command === "endgroup") {
      if (group === undefined) {
        throw new Error("A group ends that never began");
      }
      group = undefined;
    } else {
      lines.push({ text, group, command });
    }
  }
  if (group !== undefined) {
    throw new Error(`The group ${JSON.stringify(group)} never ends`);
  }
  return lines;
}

/** The runner's commands, old and new. */
const COMMANDS = new Set(
  "add-mask add-matcher remove-matcher add-path debug echo endgroup error group notice save-state set-env set-output stop-commands warning".split(
    " ",
  ),
);

/** The command that the runner would take a line for. It skips blanks, and what its comparison does not see. */
export function commandOf(line: string): string | undefined {
  const seen = line.replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, "");
  const found = /^ *::([^ :]+)(?: .*?)?::/.exec(seen) ?? /##\[([^ \]]+)[^\]]*\]/.exec(seen);
  const name = found?.[1];
  return name !== undefined && COMMANDS.has(name) ? name : undefined;
}

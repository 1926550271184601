// Starting programs, on Node. A file of its own, so that it is loaded when the first program is started.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { Readable, type Writable } from "node:stream";
import { failure } from "../diagnostic/build-error.ts";
import type {
  Host,
  LineCuts,
  ProcessEnd,
  Processes,
  ProcessOptions,
  ProcessResult,
  RunningProcess,
  RunOptions,
} from "./host.ts";
import { type LineReader, openLineReader } from "./lines.ts";

const KEEP = 16 * 1024 * 1024;
/** Milliseconds between the end of a cancelled program and the end of its output. */
const LAST_WORDS = 200;

export function makeNodeProcesses(env: Host["env"], cuts?: LineCuts): Processes {
  const start = (command: readonly [string, ...string[]], options: ProcessOptions = {}): Promise<RunningProcess> =>
    startProcess(command, options, env);
  return { start, run: (command, options = {}) => runProcess({ start, cuts }, command, options) };
}

async function startProcess(
  [file, ...args]: readonly [string, ...string[]],
  options: ProcessOptions,
  env: Host["env"],
): Promise<RunningProcess> {
  options.signal?.throwIfAborted();
  const inherits = options.stdin === "inherit";
  const child = spawn(file, args, {
    env: { ...env, ...options.env },
    stdio: [options.stdin ?? "pipe", options.stdout ?? "pipe", options.stderr ?? "pipe"],
    // A group of its own lets a cancel reach everything the program started; a terminal must stay with its own group.
    detached: !inherits && process.platform !== "win32",
    windowsHide: true,
    cwd: options.cwd,
  });
  const kill = (signal: NodeJS.Signals): void => killGroup(child.pid, signal, !inherits);
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("close", (code, signal) =>
      resolve(signal === null ? { code: code ?? 1 } : { code: 128 + constants.signals[signal], signal }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(cannotStart(file, options.cwd, error)));
  });
  child.on("error", () => {});
  stopOnAbort(options, kill, ended);
  letGoOnAbort(child, options.signal);
  // Writing to a program that has ended is its business, not a crash of ours.
  child.stdin?.on("error", () => {});
  return {
    pid: child.pid as number,
    stdin: child.stdin as Writable,
    stdout: child.stdout ?? Readable.from([]),
    stderr: child.stderr ?? Readable.from([]),
    ended,
    kill,
  };
}

function cannotStart(file: string, cwd: string | undefined, error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT") {
    return failure("environment", "host/command-failed", `"${file}" could not be started`, {
      detail: error.message,
      cause: error,
    });
  }
  const hint =
    cwd === undefined
      ? `Install "${file}" or put its folder on PATH.`
      : `Check that "${file}" is installed and that the folder ${cwd} exists.`;
  return failure("environment", "host/command-missing", `The program "${file}" was not found`, { hint, cause: error });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals, group: boolean): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(group && process.platform !== "win32" ? -pid : pid, signal);
  } catch {
    // It has ended already.
  }
}

function stopOnAbort(
  options: ProcessOptions,
  kill: (signal: NodeJS.Signals) => void,
  ended: Promise<ProcessEnd>,
): void {
  const { signal } = options;
  if (signal === undefined) {
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill("SIGTERM");
    timer = setTimeout(() => kill("SIGKILL"), options.killAfter ?? 2000);
  };
  if (signal.aborted) {
    stop();
  } else {
    signal.addEventListener("abort", stop, { once: true });
  }
  void ended.then(() => {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
  });
}

/** A program that has ended may have left others with its output; whoever cancels does not wait for those. */
function letGoOnAbort(child: ChildProcess, signal: AbortSignal | undefined): void {
  if (signal === undefined) {
    return;
  }
  const letGo = (): void => {
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (!signal.aborted || !hasEnded) {
      return;
    }
    // What it said last may still be on its way.
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, LAST_WORDS);
  };
  child.once("exit", letGo);
  signal.addEventListener("abort", letGo, { once: true });
  child.once("close", () => signal.removeEventListener("abort", letGo));
}

async function runProcess(
  { start, cuts }: { readonly start: Processes["start"]; readonly cuts?: LineCuts | undefined },
  command: readonly [string, ...string[]],
  options: RunOptions,
): Promise<ProcessResult> {
  const { input, onLine, keep = KEEP, ...rest } = options;
  const running = await start(command, { ...rest, stdin: input === undefined ? "ignore" : "pipe" });
  if (input instanceof Readable) {
    input.on("error", () => running.kill("SIGTERM")).pipe(running.stdin);
  } else if (input !== undefined) {
    running.stdin.end(input);
  }
  const openLines = (stream: "stdout" | "stderr"): LineReader | undefined =>
    onLine && openLineReader((line) => onLine(stream, line), cuts);
  const stdout = collect(running.stdout, keep, openLines("stdout"));
  const stderr = collect(running.stderr, keep, openLines("stderr"));
  const end = await running.ended;
  options.signal?.throwIfAborted();
  return { ...end, stdout: stdout(), stderr: stderr() };
}

function collect(stream: Readable, keep: number, lines: LineReader | undefined): () => string {
  let kept: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    kept.push(chunk);
    size += chunk.length;
    while (size - (kept[0]?.length ?? 0) > keep) {
      size -= kept.shift()?.length ?? 0;
    }
    lines?.write(chunk);
  });
  stream.on("end", () => lines?.end());
  return () => {
    const text = Buffer.concat(kept).toString("utf8");
    kept = [];
    return text;
  };
}

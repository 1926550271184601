// The real outside world, on Node.
import { spawn } from "node:child_process";
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { lookup } from "node:dns/promises";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { availableParallelism, constants, homedir, tmpdir } from "node:os";
import { performance } from "node:perf_hooks";
import { Readable, type Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { failure, messageOf } from "../diagnostic/build-error.ts";
import type {
  Clock,
  Host,
  Listener,
  Network,
  ProcessEnd,
  Processes,
  ProcessOptions,
  ProcessResult,
  Random,
  RunningProcess,
  RunOptions,
} from "./host.ts";
import { lineReader } from "./lines.ts";
import { nodeProcessTable } from "./process-table.ts";

const KEEP = 16 * 1024 * 1024;

/** The machine this process runs on. */
export function nodeHost(env: Readonly<Record<string, string | undefined>> = process.env): Host {
  return Object.freeze({
    processes: nodeProcesses(env),
    processTable: nodeProcessTable(env),
    network: nodeNetwork,
    clock: nodeClock,
    random: nodeRandom,
    env,
    platform: process.platform,
    cores: availableParallelism(),
    cwd: process.cwd(),
    tempDir: env["PACKER_TMP_DIR"] || env["TMPDIR"] || tmpdir(),
    homeDir: homedir(),
  });
}

function nodeProcesses(env: Host["env"]): Processes {
  const start = (command: readonly [string, ...string[]], options: ProcessOptions = {}): Promise<RunningProcess> =>
    startProcess(command, options, env);
  return { start, run: (command, options = {}) => runProcess(start, command, options) };
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
    stdio: [options.stdin ?? "pipe", "pipe", "pipe"],
    // A group of its own lets a cancel reach everything the program started; a terminal must stay with its own group.
    detached: !inherits && process.platform !== "win32",
    windowsHide: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
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
  // Writing to a program that has ended is its business, not a crash of ours.
  child.stdin?.on("error", () => {});
  return {
    pid: child.pid as number,
    stdin: child.stdin as Writable,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    ended,
    kill,
  };
}

function cannotStart(file: string, cwd: string | undefined, error: NodeJS.ErrnoException): Error {
  if (error.code !== "ENOENT")
    return failure("environment", "host/command-failed", `"${file}" could not be started`, { detail: error.message, cause: error });
  const hint =
    cwd === undefined
      ? `Install "${file}" or put its folder on PATH.`
      : `Check that "${file}" is installed and that the folder ${cwd} exists.`;
  return failure("environment", "host/command-missing", `The program "${file}" was not found`, { hint, cause: error });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals, group: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(group && process.platform !== "win32" ? -pid : pid, signal);
  } catch {
    // It has ended already.
  }
}

function stopOnAbort(options: ProcessOptions, kill: (signal: NodeJS.Signals) => void, ended: Promise<ProcessEnd>): void {
  const { signal } = options;
  if (signal === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill("SIGTERM");
    timer = setTimeout(() => kill("SIGKILL"), options.killAfter ?? 2000);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  void ended.then(() => {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
  });
}

async function runProcess(start: Processes["start"], command: readonly [string, ...string[]], options: RunOptions): Promise<ProcessResult> {
  const { input, onLine, keep = KEEP, ...rest } = options;
  const running = await start(command, { ...rest, stdin: input === undefined ? "ignore" : "pipe" });
  if (input instanceof Readable) input.on("error", () => running.kill("SIGTERM")).pipe(running.stdin);
  else if (input !== undefined) running.stdin.end(input);
  const stdout = collect(running.stdout, keep, onLine && ((line) => onLine("stdout", line)));
  const stderr = collect(running.stderr, keep, onLine && ((line) => onLine("stderr", line)));
  const end = await running.ended;
  options.signal?.throwIfAborted();
  return { ...end, stdout: stdout(), stderr: stderr() };
}

function collect(stream: Readable, keep: number, onLine: ((line: string) => void) | undefined): () => string {
  let kept: Buffer[] = [];
  let size = 0;
  const lines = onLine && lineReader(onLine);
  stream.on("data", (chunk: Buffer) => {
    kept.push(chunk);
    size += chunk.length;
    while (size - (kept[0]?.length ?? 0) > keep) size -= kept.shift()?.length ?? 0;
    lines?.write(chunk);
  });
  stream.on("end", () => lines?.end());
  return () => {
    const text = Buffer.concat(kept).toString("utf8");
    kept = [];
    return text;
  };
}

const nodeNetwork: Network = {
  async resolve(name, family) {
    const found = await lookup(name, { all: true, ...(family === undefined ? {} : { family }) });
    return found.map(({ address }) => address);
  },
  connect: (target, signal) =>
    new Promise<Socket>((resolve, reject) => {
      signal?.throwIfAborted();
      const socket = "path" in target ? connectSocket({ path: target.path }) : connectSocket({ host: target.host, port: target.port, noDelay: true, allowHalfOpen: target.halfOpen === true });
      const stop = (): void => {
        socket.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", stop, { once: true });
      const settle = (done: () => void): void => {
        signal?.removeEventListener("abort", stop);
        done();
      };
      socket.once("connect", () => settle(() => resolve(socket)));
      socket.once("error", (error) => settle(() => reject(error)));
    }),
  async secure(socket, options, signal) {
    const { connect } = await import("node:tls");
    return new Promise((resolve, reject) => {
      const secured = connect({ ...options, socket });
      const stop = (): void => {
        secured.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", stop, { once: true });
      secured.once("secureConnect", () => {
        signal?.removeEventListener("abort", stop);
        resolve(secured);
      });
      secured.once("error", (error) => {
        signal?.removeEventListener("abort", stop);
        reject(error);
      });
    });
  },
  listen: (at, onConnection) =>
    new Promise<Listener>((resolve, reject) => {
      const open = new Set<Socket>();
      const server = createServer({ noDelay: true, allowHalfOpen: at.halfOpen === true }, (socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
        onConnection(socket);
      });
      server.once("error", reject);
      server.listen(at.port, at.host, () => {
        const address = server.address();
        resolve({
          port: typeof address === "object" && address !== null ? address.port : at.port,
          close: () =>
            new Promise((closed) => {
              for (const socket of open) socket.destroy();
              server.close(() => closed());
            }),
        });
      });
    }),
  fetch: (url, init) => fetch(url, init),
};

const nodeClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      // A timer holds at most 2^31 - 1 milliseconds; longer waits are taken in pieces.
      for (let left = milliseconds; left > 0; left -= 2 ** 30)
        await wait(Math.min(left, 2 ** 30), undefined, signal === undefined ? {} : { signal });
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      throw new Error(`Waiting failed: ${messageOf(thrown)}`);
    }
    signal?.throwIfAborted();
  },
};

const nodeRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  uuid: () => randomUUID(),
  integer: (below) => randomInt(below),
};

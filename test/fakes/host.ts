// A host whose clock, environment, randomness and programs belong to the test.
import { PassThrough, Readable, Writable } from "node:stream";
import { failure } from "../../src/diagnostic/build-error.ts";
import { type BareClock, createClock } from "../../src/host/clock.ts";
import type { Clock, Host, Network, Processes, ProcessResult, Random } from "../../src/host/host.ts";
import { openLineReader } from "../../src/host/lines.ts";
import { nodeHost } from "../../src/host/node.ts";

/** Where the clocks of tests begin. */
const DATE = Date.UTC(2024, 0, 2, 3, 4, 5);

/** A clock that stands still unless moved. */
export interface FakeClock extends Clock {
  /** Every wait that was asked for, in milliseconds. */
  readonly sleeps: number[];
  /** Number of waits that have not ended. */
  readonly waiting: number;
  /** Moves time and wakes who is due, each in its turn; lets the woken run before it returns. */
  advance(milliseconds: number): Promise<void>;
}

/**
 * `skip` (the default) makes time run a thousand times faster, always to the next one who waits; `manual` leaves it to `advance`.
 */
export function fakeClock(mode: "skip" | "manual" = "skip", start = DATE): FakeClock {
  let elapsed = 0;
  const sleeps: number[] = [];
  let sleepers: { due: number; wake: () => void }[] = [];
  const next = (limit: number): boolean => {
    const due = sleepers.filter((each) => each.due <= limit).sort((a, b) => a.due - b.due)[0];
    if (due === undefined) {
      return false;
    }
    sleepers = sleepers.filter((each) => each !== due);
    elapsed = Math.max(elapsed, due.due);
    due.wake();
    return true;
  };
  const bare: BareClock = {
    now: () => start + elapsed,
    elapsed: () => elapsed,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      await new Promise<void>((resolve, reject) => {
        const wake = (): void => {
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        const sleeper = { due: elapsed + milliseconds, wake };
        sleepers.push(sleeper);
        const catchUp = (): void => {
          while (sleepers.includes(sleeper) && next(sleeper.due)) {}
        };
        const timer = mode === "skip" ? setTimeout(catchUp, milliseconds / 1000) : undefined;
        const stop = (): void => {
          clearTimeout(timer);
          sleepers = sleepers.filter((each) => each !== sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", stop, { once: true });
      });
    },
  };
  return {
    ...createClock(bare),
    sleeps,
    get waiting() {
      return sleepers.length;
    },
    async advance(milliseconds) {
      const until = elapsed + milliseconds;
      await settled();
      while (next(until)) {
        await settled();
      }
      elapsed = until;
      await settled();
    },
  };
}

/** Real time whose pauses take a hundredth; limits keep their length, because what is real needs its time. For tests with a network. */
export function quickClock(): FakeClock {
  const { clock } = nodeHost();
  const begun = clock.elapsed();
  const sleeps: number[] = [];
  return {
    ...clock,
    now: () => DATE + clock.elapsed() - begun,
    sleeps,
    waiting: 0,
    sleep: (milliseconds, signal) => {
      sleeps.push(milliseconds);
      return clock.sleep(milliseconds / 100, signal);
    },
    advance: async () => {
      throw new Error("Real time cannot be moved");
    },
  };
}

/** Lets everything that can run without waiting do so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a program of the test does. */
export type FakeProgram = (
  command: readonly string[],
  given: { input: string; env: Readonly<Record<string, string | undefined>>; cwd: string | undefined },
) => Partial<ProcessResult> | Promise<Partial<ProcessResult>>;

export interface FakeHost extends Host {
  readonly clock: FakeClock;
  /** Every program that was started. */
  readonly started: (readonly string[])[];
}

export interface FakeHostOptions {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly platform?: NodeJS.Platform | undefined;
  readonly cwd?: string | undefined;
  readonly tempDir?: string | undefined;
  readonly homeDir?: string | undefined;
  readonly clock?: FakeClock | undefined;
  /** Programs by name; others are not installed. `real` starts real processes. */
  readonly programs?: Readonly<Record<string, FakeProgram>> | "real" | undefined;
  /** No network unless given; `real` is the machine's. */
  readonly network?: Partial<Network> | "real" | undefined;
}

export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const real = nodeHost(options.env ?? {});
  const started: (readonly string[])[] = [];
  const programs = options.programs ?? {};
  const processes = programs === "real" ? nodeHost({ ...process.env, ...options.env }).processes : scripted(programs);
  return {
    processes: recorded(processes, started),
    processTable: real.processTable,
    network: options.network === "real" ? real.network : { ...noNetwork, ...options.network },
    clock: options.clock ?? (options.network === "real" ? quickClock() : fakeClock()),
    random: fakeRandom(),
    env: options.env ?? {},
    platform: options.platform ?? "linux",
    arch: "x64",
    cores: 2,
    cwd: options.cwd ?? process.cwd(),
    tempDir: options.tempDir ?? real.tempDir,
    cacheDir: real.cacheDir,
    homeDir: options.homeDir ?? "/home/tester",
    seal: real.seal,
    files: real.files,
    started,
  };
}

function recorded(processes: Processes, started: (readonly string[])[]): Processes {
  return {
    start: (command, options) => {
      started.push(command);
      return processes.start(command, options);
    },
    run: (command, options) => {
      started.push(command);
      return processes.run(command, options);
    },
  };
}

function scripted(programs: Readonly<Record<string, FakeProgram>>): Processes {
  const find = (file: string): FakeProgram => {
    const program = programs[file];
    if (program === undefined) {
      throw failure("environment", "host/command-missing", `The program "${file}" was not found`);
    }
    return program;
  };
  return {
    async run(command, options = {}) {
      options.signal?.throwIfAborted();
      const program = find(command[0]);
      const input =
        options.input instanceof Readable ? await textOf(options.input) : Buffer.from(options.input ?? "").toString();
      const result = {
        code: 0,
        stdout: "",
        stderr: "",
        ...(await program(command, { input, env: options.env ?? {}, cwd: options.cwd })),
      };
      for (const stream of ["stdout", "stderr"] as const) {
        const lines = openLineReader((line) => options.onLine?.(stream, line));
        lines.write(Buffer.from(result[stream]));
        lines.end();
      }
      options.signal?.throwIfAborted();
      return result;
    },
    async start(command, options = {}) {
      options.signal?.throwIfAborted();
      const program = find(command[0]);
      const stdout = new PassThrough();
      const stderr = new PassThrough();
      const input: Buffer[] = [];
      let given = (): void => {};
      const complete = new Promise<void>((resolve) => {
        given = resolve;
      });
      const stdin = new Writable({
        write(chunk: Buffer, _encoding, done) {
          input.push(chunk);
          done();
        },
        final(done) {
          given();
          done();
        },
      });
      if (options.stdin === "ignore" || options.stdin === "inherit") {
        given();
      }
      const ended = complete.then(async () => {
        const result = await program(command, {
          input: Buffer.concat(input).toString(),
          env: options.env ?? {},
          cwd: options.cwd,
        });
        stdout.end(result.stdout ?? "");
        stderr.end(result.stderr ?? "");
        return { code: result.code ?? 0, signal: result.signal };
      });
      return { pid: 4242, stdin, stdout, stderr, ended, kill: given };
    },
  };
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk as Uint8Array));
  }
  return Buffer.concat(chunks).toString("utf8");
}

const noNetwork: Network = {
  resolve: async () => refuse(),
  connect: async () => refuse(),
  secure: async () => refuse(),
  listen: async () => refuse(),
  interfaces: async () => refuse(),
  fetch: async () => refuse(),
  proxyFor: async () => undefined,
  tunnel: async () => refuse(),
};

function refuse(): never {
  throw failure("network", "host/no-network", "This test has no network");
}

/** Looks random, is the same every time. */
export function fakeRandom(): Random {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >>> 8;
  };
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    uuid: () => `00000000-0000-4000-8000-${String(next()).padStart(12, "0").slice(-12)}`,
    integer: (below) => next() % below,
  };
}

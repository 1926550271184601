// Everything outside this process that the program may touch, as small interfaces. `node.ts` is the real one.
import type { Socket } from "node:net";
import type { Duplex, Readable, Writable } from "node:stream";
import type { TLSSocket, ConnectionOptions as TlsOptions } from "node:tls";
import type { FileGate } from "./file-gate.ts";

/** The outside world, handed to whoever needs it. */
export interface Host {
  readonly processes: Processes;
  readonly processTable: ProcessTable;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** Environment variables of this process. Read-only: a child gets its own through `ProcessOptions.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The family of the processor. */
  readonly arch: NodeJS.Architecture;
  /** Number of processors that work can be spread over. */
  readonly cores: number;
  readonly cwd: string;
  /** Folder for temporary files: `PACKER_TMP_DIR`, else `TMPDIR`, else the system's. */
  readonly tempDir: string;
  /** Folder for what a later run can use again: `PACKER_CACHE_DIR`, else `packer` in the user's cache folder. Absolute; it may not be there yet. */
  readonly cacheDir: string;
  readonly homeDir: string;
  /** A text's seal, which only this user's programs can make: they know again what they wrote where others can write, too. */
  seal(text: string): Promise<string>;
  /** Asked before anything is read because a template names it. */
  readonly files: FileGate;
  /** Files that outlive this machine; none unless the caller has a place for them. */
  readonly fileCache?: FileCache | undefined;
}

/** Keeps large files from run to run. It may lose any of them, and what it gives back is to be verified. */
export interface FileCache {
  /** Puts back what was kept for this path under this key; false when there is nothing. Does not fail. */
  restore(path: string, key: string): Promise<boolean>;
  /** Says that a file is worth keeping when the run ends. */
  offer(path: string, key: string): void;
}

export interface Processes {
  /** Starts a program without a shell. Throws `BuildError` `host/command-missing` when it cannot be found. */
  start(command: readonly [string, ...string[]], options?: ProcessOptions): Promise<RunningProcess>;
  /** Runs a program to its end and gives what it printed. A non-zero end is a result, not an error. */
  run(command: readonly [string, ...string[]], options?: RunOptions): Promise<ProcessResult>;
}

export interface ProcessOptions {
  readonly cwd?: string | undefined;
  /** Added to this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends the process: SIGTERM to its whole group at once, SIGKILL after `killAfter`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between SIGTERM and SIGKILL; 2,000 by default. */
  readonly killAfter?: number | undefined;
  /** `pipe` by default. `inherit` gives the child this process's terminal. */
  readonly stdin?: "pipe" | "ignore" | "inherit" | undefined;
  /** Open files that take its output; `stdout` and `stderr` then give nothing. */
  readonly stdout?: number | undefined;
  readonly stderr?: number | undefined;
}

export interface RunOptions extends Omit<ProcessOptions, "stdin" | "stdout" | "stderr"> {
  /** Sent to the program's standard input. */
  readonly input?: string | Uint8Array | Readable | undefined;
  /** Called with every line as it comes, without its line end. */
  onLine?(stream: "stdout" | "stderr", line: string): void;
  /** Bytes of each stream that are kept; the beginning is dropped beyond it. 16 MiB by default. */
  readonly keep?: number | undefined;
}

export interface RunningProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process has ended and its streams are closed. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Sends a signal to the process and its children. */
  kill(signal: NodeJS.Signals): void;
}

/** How a process ended: with a code, or by a signal (then `code` is 128 + the signal's number, as shells say). */
export interface ProcessEnd {
  readonly code: number;
  readonly signal?: NodeJS.Signals | undefined;
}

/** Knows where a line that is far too long may be cut, so that nothing in it that is to be hidden comes apart. */
export interface LineCuts {
  /** So many characters behind the cut have to be known, unless the line ends there. */
  readonly longest: number;
  /** The place for a cut at `at`, or the next one to it. */
  findCut(text: string, at: number): number;
}

export interface ProcessResult extends ProcessEnd {
  readonly stdout: string;
  readonly stderr: string;
}

/** A process as it was written down: its number, its identity, and the space in which both count. */
export interface NotedProcess {
  readonly pid: number;
  readonly identity: string | undefined;
  readonly space: string;
}

/** `unseen` when it runs, if it does, where this process cannot look. */
export type ProcessFate = "lives" | "gone" | "unseen";

/** The processes of this machine, also those that somebody else started. */
export interface ProcessTable {
  /** This process. */
  readonly own: number;
  /** Tells a process from a later one with the same number; good for comparing only. `undefined` when there is none (any more). */
  identity(pid: number): Promise<string | undefined>;
  /** Where this process's numbers count: containers number their processes on their own. Good for `fate` only. */
  space(): Promise<string>;
  /** What became of a process that somebody wrote down, perhaps on another machine. */
  fate(process: NotedProcess): Promise<ProcessFate>;
  /** Other processes of this user that have a text in their arguments or environment; none where the system does not tell. */
  find(mark: string): Promise<number[]>;
  /** Sends a signal to a process, and to its group when it leads one. Nothing happens when it is gone. */
  signal(pid: number, signal: NodeJS.Signals): void;
}

export interface Network {
  /** The IP addresses of a name, best first; a literal address is its own answer. */
  resolve(name: string, family?: 4 | 6): Promise<readonly string[]>;
  /** Opens a TCP connection with TCP_NODELAY on. `halfOpen`: this side goes on writing after the other one has ended. */
  connect(
    target: { host: string; port: number; halfOpen?: boolean | undefined } | { path: string },
    signal?: AbortSignal,
  ): Promise<Socket>;
  /** Puts TLS on an open socket. Believes in the certificates that this machine trusts, unless the options name others. */
  secure(stream: Duplex, options: TlsOptions, signal?: AbortSignal): Promise<TLSSocket>;
  /** Listens on `host`:`port` (0 = any free one); `onConnection` is called for each peer. */
  listen(
    at: { host: string; port: number; halfOpen?: boolean | undefined },
    onConnection: (socket: Socket) => void,
  ): Promise<Listener>;
  /** The IP addresses of each network interface of this machine by its name. */
  interfaces(): Promise<Readonly<Record<string, readonly string[]>>>;
  /**
   * HTTP and HTTPS requests to any port, through the proxy that the environment names, trusting what this machine trusts.
   * Throws `BuildError` with a code of `http/…`; the body fails with one, too. It sets no limit to the time of an answer.
   */
  fetch(url: string | URL, options?: FetchOptions): Promise<Response>;
  /** The proxy that the environment names for an address; none for this machine itself. */
  proxyFor(url: URL): Promise<ProxyServer | undefined>;
  /** Has the proxy at the other end of a socket lead it on to another host. Throws `http/proxy` when it does not want to. */
  tunnel(proxy: ProxyServer, socket: Socket, to: Address, signal?: AbortSignal): Promise<void>;
}

/** A request beside its address. */
export interface FetchOptions {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `follow` by default, ten times at most; log-ins are not sent on to another host. */
  readonly redirect?: "follow" | "manual" | undefined;
  /** Logs in as the user's netrc file says, where the request has no log-in of its own; `named` leaves out its `default`. */
  readonly netrc?: "all" | "named" | undefined;
  /** Straight to the host, whatever the environment says: for services that belong to this machine. */
  readonly direct?: boolean | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A proxy on the way to a host; one for `https` is itself spoken to with TLS. */
export interface ProxyServer extends Address {
  readonly kind: "http" | "https" | "socks5";
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only ever grow, for durations. */
  elapsed(): number;
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /**
   * Runs `body` for so long at most (`Infinity` is without limit). Its signal fires when the time is over or `signal` does;
   * then nobody waits for it any longer, and the reason is thrown: what `late` gives, or the signal's own.
   */
  within<T>(
    milliseconds: number,
    signal: AbortSignal | undefined,
    body: (signal: AbortSignal) => Promise<T>,
    late: () => Error,
  ): Promise<T>;
  /** Waits for what cannot be broken off, until `signal` is aborted: then its reason is thrown. How such work ends nobody is told. */
  until<T>(signal: AbortSignal, work: Promise<T>): Promise<T>;
  /** Does something after a while, unless disposed of before: `using note = clock.later(5_000, () => …)`. */
  later(milliseconds: number, action: () => void): Disposable;
}

export interface Random {
  /** Random bytes fit for keys. */
  bytes(length: number): Uint8Array;
  /** A random UUID, version 4. */
  uuid(): string;
  /** A whole number from 0 up to but not including `below`. */
  integer(below: number): number;
}

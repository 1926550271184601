// The communicator over an open connection: commands and transfers, with one reconnect when the machine went away.
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import { BrokenPipe, type SshCommand, startCommand } from "../../driver/ssh/command.ts";
import type { SshConnection } from "../../driver/ssh/connection.ts";
import { formatAddress } from "../../driver/ssh/route.ts";
import { downloadFolderOverScp, downloadOverScp, uploadFolderOverScp, uploadOverScp } from "../../driver/ssh/scp.ts";
import {
  downloadFolderOverSftp,
  downloadOverSftp,
  uploadFolderOverSftp,
  uploadOverSftp,
} from "../../driver/ssh/sftp.ts";
import { Silence } from "../../driver/ssh/silence.ts";
import { tarDownloadFolder } from "../../driver/ssh/tar-download.ts";
import { tarUploadFolder } from "../../driver/ssh/tar-folder.ts";
import type { FileToSend, FolderTransfer } from "../../driver/ssh/transfer.ts";
import type { GeneratedData } from "../../sdk/artifact.ts";
import type {
  CommandEnd,
  CommandIo,
  Communicator,
  FolderTransfer as FolderOptions,
  UploadSource,
} from "../../sdk/communicator.ts";
import type { Run } from "../../sdk/run.ts";
import { compileLeftOut } from "../../step/left-out.ts";

/** What a communicator over SSH is made of. */
export interface SessionParts {
  readonly connection: SshConnection;
  readonly generated: GeneratedData;
  readonly run: Run;
  readonly pty: boolean;
  readonly method: "scp" | "sftp";
  /** Connects again, once. */
  reconnect(signal: AbortSignal): Promise<SshConnection>;
}

/** Makes the communicator. */
export function openSshCommunicator(parts: SessionParts): Communicator {
  const { generated, method, pty, run } = parts;
  const link = new Link(parts);
  const sends = method === "sftp" ? uploadOverSftp : uploadOverScp;
  const fetches = method === "sftp" ? downloadOverSftp : downloadOverScp;
  return {
    type: "ssh",
    generated,
    async exec(command, io, signal) {
      signal.throwIfAborted();
      // As Packer: the text goes out with a line end.
      const { running, connection } = await link.use(signal, async (open) => ({
        running: await mentionWaiting(run, open, startCommand(open, `${command}\n`, { pty })),
        connection: open,
      }));
      const end = await runToEnd(running, io, signal);
      // A machine that ends the connection may be rebooting, which may be wanted. One that falls silent never is.
      if (end.end === "disconnected" && connection.lostBecause instanceof Silence) {
        run.ui.error(
          `The connection to ${formatAddress(connection.target.host, connection.target.port)} was lost: ${connection.lostBecause.message}`,
        );
      }
      return end;
    },
    upload: (source, remotePath, signal) =>
      withSize(run, source, (file) => link.use(signal, (connection) => sends(connection, file, remotePath, signal))),
    uploadDir: (localDir, remoteDir, signal, transfer) => {
      const folder = { localDir, remoteDir, ...readTransfer(transfer) };
      return link.use(signal, (connection) => uploadFolder(connection, method, folder, signal));
    },
    download: (remotePath, signal) =>
      downloadAgain(link, signal, (connection) => fetches(connection, remotePath, signal)),
    downloadDir: (remoteDir, localDir, signal, transfer) => {
      const folder = { localDir, remoteDir, ...readTransfer(transfer) };
      return link.use(signal, (connection) => downloadFolder(connection, method, folder, signal));
    },
    close: () => link.close(),
  };
}

/** The connection, replaced once when a session cannot be opened on it. */
class Link {
  readonly #parts: SessionParts;
  #connection: SshConnection;
  #reconnecting: Promise<SshConnection> | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#connection = parts.connection;
  }

  /** Does something that opens a session. As Packer: when that fails, connects again once and tries once more. */
  async use<T>(signal: AbortSignal, body: (connection: SshConnection) => Promise<T>): Promise<T> {
    const used = this.#connection;
    try {
      return await body(used);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isUnopened(thrown)) {
        throw thrown;
      }
      return body(await this.#replace(used, signal));
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Several users of one dead connection share the new one. */
  async #replace(dead: SshConnection, signal: AbortSignal): Promise<SshConnection> {
    if (this.#connection !== dead) {
      return this.#connection;
    }
    this.#reconnecting ??= this.#connectAgain(dead, signal).finally(() => {
      this.#reconnecting = undefined;
    });
    return this.#reconnecting;
  }

  async #connectAgain(dead: SshConnection, signal: AbortSignal): Promise<SshConnection> {
    await dead.close();
    this.#connection = await this.#parts.reconnect(signal);
    const { hostKey, target } = this.#connection;
    // Nobody verifies host keys, as in Packer, and a machine may make new ones when it first starts. But it may also be another machine.
    if (hostKey !== dead.hostKey) {
      this.#parts.run.ui.message(
        `${formatAddress(target.host, target.port)} has another host key now: ${hostKey} instead of ${dead.hostKey}`,
      );
    }
    return this.#connection;
  }
}

/** Milliseconds a machine may take to start a command before the log mentions it. */
const QUIET = 5_000;

/** Says that a command is still being started when that lasts. */
async function mentionWaiting<T>(run: Run, { target }: SshConnection, started: Promise<T>): Promise<T> {
  const say = (): void =>
    run.ui.message(
      `Still waiting for ${formatAddress(target.host, target.port)} to open a session and start the command`,
    );
  using _ = run.host.clock.later(QUIET, say);
  return await started;
}

function isUnopened(thrown: unknown): boolean {
  return thrown instanceof BuildError && thrown.diagnostics[0]?.code === "communicator/ssh-session";
}

async function runToEnd(running: SshCommand, io: CommandIo, signal: AbortSignal): Promise<CommandEnd> {
  let stop = (): void => {};
  const cancelled = new Promise<never>((_, reject) => {
    stop = () => {
      running.close();
      reject(signal.reason);
    };
  });
  cancelled.catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) {
    stop();
  }
  try {
    const read = Promise.all([
      pump(running.stdout, (chunk) => io.stdout(chunk)),
      pump(running.stderr, (chunk) => io.stderr(chunk)),
    ]);
    read.catch(() => running.close());
    const fed = feed(running, io.stdin);
    fed.catch(() => running.close());
    const [end] = await Promise.race([cancelled, Promise.all([running.ended, read, fed])]);
    return end;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Hands over what a stream brings; a returned promise stops the stream until it settles. */
function pump(stream: Readable, take: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let last: Promise<void> = Promise.resolve();
    stream.on("data", (chunk: Buffer) => {
      try {
        const taken = take(chunk);
        if (taken === undefined) {
          return;
        }
        stream.pause();
        last = taken.then(() => void stream.resume());
        last.catch(reject);
      } catch (thrown) {
        reject(thrown);
      }
    });
    const end = (): void => void last.then(resolve, reject);
    stream.once("end", end).once("close", end);
  });
}

async function feed(running: SshCommand, input: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  try {
    for await (const chunk of input ?? []) {
      await running.send(chunk);
    }
  } catch (thrown) {
    // A command that ends before it has read everything is its own business.
    if (!(thrown instanceof BrokenPipe)) {
      throw thrown;
    }
  }
  running.stdin.end();
}

/** Gives the file with its size; a stream without one is first written to a temporary file, as Packer does. */
async function withSize(run: Run, source: UploadSource, send: (file: FileToSend) => Promise<void>): Promise<void> {
  const rest = { mode: source.mode ?? 0o644, onProgress: source.onProgress?.bind(source) };
  if (source.size !== undefined) {
    return send({ content: guardSize(source.content, source.size), size: source.size, ...rest });
  }
  const path = join(await run.temporaryFolder("upload"), "content");
  try {
    await pipeline(source.content, createWriteStream(path, { mode: 0o600 }));
    const { size } = await stat(path);
    await send({ content: createReadStream(path, { highWaterMark: 256 * 1024 }), size, ...rest });
  } finally {
    await rm(path, { force: true });
  }
}

/** Guards the protocol, which announces the size first, against content that has another. */
async function* guardSize(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of content) {
    seen += chunk.length;
    if (seen > size) {
      break;
    }
    yield chunk;
  }
  if (seen !== size) {
    throw failure("provisioner", "communicator/ssh-transfer", "The file changed while it was uploaded", {
      detail: `It had ${size} bytes when the upload began.`,
    });
  }
}

/** What the driver is to know of a folder besides its two places. */
function readTransfer(transfer: FolderOptions = {}): Pick<FolderTransfer, "leftOut" | "onProgress"> {
  return { onProgress: transfer.onProgress?.bind(transfer), leftOut: compileLeftOut(transfer) };
}

type Method = SessionParts["method"];

/** By tar where the other side has it, otherwise file by file. */
async function uploadFolder(
  connection: SshConnection,
  method: Method,
  folder: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  const modes = method === "scp" ? "masked" : "exact";
  if (await tarUploadFolder(connection, folder, modes, signal)) {
    return;
  }
  const upload = method === "scp" ? uploadFolderOverScp : uploadFolderOverSftp;
  await upload(connection, folder, signal);
}

async function downloadFolder(
  connection: SshConnection,
  method: Method,
  folder: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  if (await tarDownloadFolder(connection, folder, signal)) {
    return;
  }
  const download = method === "scp" ? downloadFolderOverScp : downloadFolderOverSftp;
  await download(connection, folder, signal);
}

/** A download that connects again when not even its session could be opened. */
async function* downloadAgain(
  link: Link,
  signal: AbortSignal,
  open: (connection: SshConnection) => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { content, first } = await link.use(signal, async (connection) => {
    const started = open(connection);
    return { content: started, first: await started.next() };
  });
  if (first.done) {
    return;
  }
  yield first.value;
  yield* content;
}

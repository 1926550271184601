// Sends files and folders: one compressed stream through the standard input of one PowerShell.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { BuildError, failure } from "../../../diagnostic/build-error.ts";
import type { WinrmClient } from "../client.ts";
import { isConnectionLoss } from "../client.ts";
import { isShellGone, isTooLarge, WsmanFaultError } from "../fault.ts";
import { makePowershellCommand } from "../powershell.ts";
import { followOutput, type RunningCommand, runCommand, tidy } from "../run-command.ts";
import { pack, type SentEntry } from "./container.ts";
import { DONE, HAVE, uploadScript } from "./scripts.ts";

export interface UploadRequest {
  readonly entries: AsyncIterable<SentEntry>;
  /** Where the empty name goes; `%NAME%` in it is expanded by the machine. */
  readonly destination: string;
  /** Folder of this machine for the compressed stream while it is sent. */
  readonly tempDir: string;
  /** Called with how much of the whole, from 0 to 1, has arrived. */
  onProgress?(share: number): void;
}

/** How often in a row a lost connection or shell is taken up again before the upload fails. */
const RESUMES = 5;
/** Milliseconds before that, growing with each time. */
const RESUME_PAUSE = 500;
/** Room for the offset, the length, blanks and line ends around the base64 of a piece. */
const LINE_OVERHEAD = 48;
/** Up to here a stream goes in one piece on every machine, so its limit need not be asked for. */
const SURELY_FITS = 64 * 1024;

/** Sends entries to a machine; ends when the machine has checked and unpacked them. */
export async function upload(client: WinrmClient, request: UploadRequest, signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(request.tempDir, "packer-winrm-"));
  try {
    await sendStream(client, request, await spool(request.entries, join(folder, "stream.gz"), signal), signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A compressed stream in a file: it can be read again from anywhere when a connection was lost. */
interface Spooled {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

async function spool(entries: AsyncIterable<SentEntry>, path: string, signal: AbortSignal): Promise<Spooled> {
  const hash = createHash("sha256");
  const hashed = async function* (stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(pack(entries), createGzip(), hashed, createWriteStream(path, { mode: 0o600 }), { signal });
  return { path, size: (await stat(path)).size, sha256: hash.digest("hex").toUpperCase() };
}

async function sendStream(
  client: WinrmClient,
  request: UploadRequest,
  spooled: Spooled,
  signal: AbortSignal,
): Promise<void> {
  const id = client.host.random.uuid();
  const command = makePowershellCommand(uploadScript({ id, sha256: spooled.sha256, destination: request.destination }));
  const sending = new Sending(client, spooled, request, signal);
  try {
    for (let losses = 0; ; losses++) {
      const before = sending.arrived;
      if (await sending.attempt(command, losses > 0)) {
        return;
      }
      if (sending.arrived > before) {
        losses = 0;
      }
      if (losses >= RESUMES) {
        throw sending.lost();
      }
      await client.host.clock.sleep(RESUME_PAUSE * (losses + 1), signal);
    }
  } catch (thrown) {
    const remove = `del /f /q "%TEMP%\\packer-${id}.part"`;
    await tidy(client, async (inner) => void (await runCommand(client, remove, { stdout() {}, stderr() {} }, inner)));
    throw thrown;
  }
}

/** An upload under way: how far it has come survives shells and connections. */
class Sending {
  arrived = 0;
  readonly #client: WinrmClient;
  readonly #spooled: Spooled;
  readonly #request: UploadRequest;
  readonly #signal: AbortSignal;
  #loss: unknown;

  constructor(client: WinrmClient, spooled: Spooled, request: UploadRequest, signal: AbortSignal) {
    this.#client = client;
    this.#spooled = spooled;
    this.#request = request;
    this.#signal = signal;
  }

  /** One shell's worth of sending. False when the connection or the shell was lost, and another shell may go on. */
  async attempt(command: string, resumed: boolean): Promise<boolean> {
    let shell: string | undefined;
    try {
      shell = await this.#client.createShell(this.#signal);
      const running = { shell, command: await this.#client.start(shell, command, true, this.#signal) };
      if (resumed) {
        await this.#askArrived(running);
      }
      await this.#sendPieces(running);
      return await this.#awaitEnd(running);
    } catch (thrown) {
      this.#signal.throwIfAborted();
      if (!isLoss(thrown)) {
        throw thrown;
      }
      this.#loss = thrown;
      return false;
    } finally {
      const opened = shell;
      if (opened !== undefined) {
        await tidy(this.#client, (inner) => this.#client.deleteShell(opened, inner));
      }
    }
  }

  lost(): BuildError {
    const reason = this.#loss instanceof BuildError ? this.#loss.diagnostics[0] : undefined;
    return failure(
      "network",
      "communicator/winrm-upload",
      `The upload to ${this.#request.destination} was lost and could not be taken up again`,
      {
        detail:
          `${this.arrived} of ${this.#spooled.size} compressed bytes had arrived. ${reason?.summary ?? ""}`.trim(),
        hint: reason?.hint === undefined ? undefined : reason.hint,
        cause: this.#loss,
      },
    );
  }

  /** The script's first line says how much an earlier shell has left in the part file. */
  async #askArrived(running: RunningCommand): Promise<void> {
    let text = "";
    while (!text.includes("\n")) {
      const received = await this.#client.receive(running.shell, running.command, this.#signal);
      for (const { stream, data } of received?.pieces ?? []) {
        if (stream === "stdout") {
          text += data.toString("latin1");
        }
      }
      if (received?.done !== undefined) {
        break;
      }
      if (text.length > LONGEST_LINE) {
        throw failure("network", "communicator/winrm-upload", `${this.#request.destination} was not uploaded`, {
          detail: "Where the machine should say how much has arrived, it sent a line that never ends.",
        });
      }
    }
    this.arrived = Number(new RegExp(`${HAVE} (\\d+)`).exec(text)?.[1] ?? 0);
  }

  async #sendPieces(running: RunningCommand): Promise<void> {
    for (;;) {
      const limit = this.#spooled.size <= SURELY_FITS ? SURELY_FITS * 2 : await this.#client.sendLimit(this.#signal);
      const size = Math.floor((limit - LINE_OVERHEAD) / 4) * 3;
      const piece = await this.#read(this.arrived, size);
      const end = this.arrived + piece.length >= this.#spooled.size;
      const text = piece.toString("base64");
      if (!(await this.#sendLine(running, `${this.arrived} ${text.length} ${text}\r\n`, end))) {
        return;
      }
      this.arrived += piece.length;
      this.#request.onProgress?.(this.#spooled.size === 0 ? 1 : this.arrived / this.#spooled.size);
      if (end) {
        return;
      }
    }
  }

  /** Sends one line, again after a lost connection: the shell outlives it. False when the script has ended. */
  async #sendLine(running: RunningCommand, line: string, end: boolean): Promise<boolean> {
    for (let losses = 0; ; losses++) {
      try {
        // A line that came in part is closed by the line end in front of its repetition.
        const text = losses === 0 ? line : `\r\n${line}`;
        const input = { data: Buffer.from(text, "latin1"), end };
        await this.#client.send(running.shell, running.command, input, this.#signal);
        return true;
      } catch (thrown) {
        this.#signal.throwIfAborted();
        if (thrown instanceof WsmanFaultError) {
          if (isShellGone(thrown.fault) && losses === 0 && !isPipeEnd(thrown)) {
            throw thrown;
          }
          if (isTooLarge(thrown.fault)) {
            throw new TooLarge();
          }
          return false;
        }
        if (!isConnectionLoss(thrown) || losses >= RESUMES) {
          throw thrown;
        }
        await this.#client.host.clock.sleep(RESUME_PAUSE * (losses + 1), this.#signal);
      }
    }
  }

  async #awaitEnd(running: RunningCommand): Promise<boolean> {
    const output = { stdout: "", stderr: "" };
    const keep = (stream: "stdout" | "stderr") => (chunk: Uint8Array) => {
      output[stream] = (output[stream] + Buffer.from(chunk).toString("utf8")).slice(-10_000);
    };
    const outcome = await followOutput(
      this.#client,
      running,
      { stdout: keep("stdout"), stderr: keep("stderr") },
      this.#signal,
    );
    if (outcome.end === "disconnected") {
      return false;
    }
    if (outcome.code === 0 && new RegExp(`^${DONE}\\s*$`, "m").test(output.stdout)) {
      return true;
    }
    throw failure("network", "communicator/winrm-upload", `The machine could not write ${this.#request.destination}`, {
      detail: output.stderr.trim() || `PowerShell ended with exit code ${outcome.code} and said nothing.`,
    });
  }

  async #read(start: number, size: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const stream = createReadStream(this.#spooled.path, { start, end: start + size - 1, highWaterMark: 1 << 20 });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

/** Characters of the line that says how much has arrived. */
const LONGEST_LINE = 64 * 1024;

/** The machine takes only smaller pieces than it was sent; the client has noted that. */
class TooLarge extends Error {}

function isPipeEnd(thrown: WsmanFaultError): boolean {
  return thrown.fault.code === 109 || thrown.fault.code === 0x8007006d;
}

function isLoss(thrown: unknown): boolean {
  return (
    thrown instanceof TooLarge ||
    isConnectionLoss(thrown) ||
    (thrown instanceof WsmanFaultError && isShellGone(thrown.fault))
  );
}

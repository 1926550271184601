// Fetches files and folders: one compressed stream from the standard output of one PowerShell.
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { BuildError, failure, readMessage } from "../../../diagnostic/build-error.ts";
import type { WinrmClient } from "../client.ts";
import { makePowershellCommand } from "../powershell.ts";
import { tidy } from "../run-command.ts";
import { BrokenContainer, type ReceivedEntry, unpack } from "./container.ts";
import { DONE, downloadScript } from "./scripts.ts";

/** The entries of a file (one, with an empty name) or a folder of the machine, as they come. */
export async function* download(
  client: WinrmClient,
  source: string,
  folder: boolean,
  signal: AbortSignal,
): AsyncGenerator<ReceivedEntry> {
  const plain = new PassThrough();
  const compressed = Readable.from(readCompressed(client, source, folder, signal), { objectMode: false });
  const flowing = pipeline(compressed, createGunzip(), plain);
  flowing.catch((thrown) => plain.destroy(thrown));
  try {
    yield* unpack(plain);
    // The script's last line and exit code come after the last entry.
    plain.resume();
    await flowing;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof BuildError) {
      throw thrown;
    }
    const known =
      thrown instanceof BrokenContainer ||
      (thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("Z_"));
    if (known) {
      throw explainDamage(source, readMessage(thrown));
    }
    throw thrown;
  } finally {
    compressed.destroy();
    plain.destroy();
  }
}

async function* readCompressed(
  client: WinrmClient,
  source: string,
  folder: boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const shell = await client.createShell(signal);
  const output = new ScriptOutput();
  try {
    const command = await client.start(shell, makePowershellCommand(downloadScript(source, folder)), false, signal);
    for (;;) {
      const received = await client.receive(shell, command, signal);
      for (const { stream, data } of received?.pieces ?? []) {
        const chunk = output.take(stream, data);
        if (chunk.length > 0) {
          yield chunk;
        }
      }
      if (received?.done === undefined) {
        continue;
      }
      if (received.done.exitCode === 0 && output.complete) {
        return;
      }
      throw failure("network", "communicator/winrm-download", `The machine could not read ${source}`, {
        detail: output.errors.trim() || `PowerShell ended with exit code ${received.done.exitCode} in the middle.`,
      });
    }
  } finally {
    await tidy(client, (inner) => client.deleteShell(shell, inner));
  }
}

/** Lines of base64 on standard output, what went wrong on standard error. */
class ScriptOutput {
  complete = false;
  errors = "";
  #rest = "";

  take(stream: "stdout" | "stderr", data: Buffer): Buffer {
    if (stream === "stderr") {
      this.errors = (this.errors + data.toString("utf8")).slice(-10_000);
      return Buffer.alloc(0);
    }
    const lines = (this.#rest + data.toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    return Buffer.concat(lines.map((line) => this.#takeLine(line.trim())));
  }

  #takeLine(line: string): Buffer {
    if (line === DONE) {
      this.complete = true;
    }
    return line === DONE ? Buffer.alloc(0) : Buffer.from(line, "base64");
  }
}

function explainDamage(source: string, reason: string): BuildError {
  return failure("network", "communicator/winrm-download", `What the machine sent of ${source} is damaged`, {
    detail: `It has ${reason}.`,
  });
}

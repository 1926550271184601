// From this machine to the one that is built.
import type { Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { UploadSource } from "../../sdk/communicator.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";
import { statProblem } from "../../step/local-path.ts";
import { readPipe } from "../../step/pipe-file.ts";

/** Bytes read at once: small pieces would cost a packet each. */
const PIECE = 256 * 1024;

/** Uploads a file or folder. */
export async function uploadPath(source: string, destination: string, run: ProvisionRun): Promise<void> {
  run.ui.say(`Uploading ${source} => ${destination}`);
  const local = resolve(run.host.cwd, source);
  const facts = await readFacts(source, local, run);
  await reportProgress("Upload", run, () =>
    facts.isDirectory() ? sendFolder(source, local, destination, run) : sendFile(local, facts, destination, run),
  );
}

/** Uploads a text as a file. As Packer, which goes by way of a private temporary file, only its owner may read it. */
export async function uploadContent(text: string, destination: string, run: ProvisionRun): Promise<void> {
  run.ui.say(`Uploading content => ${destination}`);
  const bytes = Buffer.from(text);
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  await reportProgress("Upload", run, () =>
    send({ content: content(), size: bytes.length, mode: 0o600 }, basename(destination), destination, run),
  );
}

/** Says which direction failed before the failure goes on. */
export async function reportProgress(
  what: "Upload" | "Download",
  run: ProvisionRun,
  transfer: () => Promise<void>,
): Promise<void> {
  try {
    await transfer();
  } catch (thrown) {
    if (!run.signal.aborted) {
      run.ui.error(`${what} failed: ${readMessage(thrown)}`);
    }
    throw thrown;
  }
}

async function readFacts(source: string, local: string, run: ProvisionRun): Promise<Stats> {
  try {
    return await stat(local);
  } catch (cause) {
    const summary = statProblem(source, run.host) ?? readMessage(cause);
    throw failure("provisioner", "provisioner/file-missing", summary, { cause });
  }
}

async function sendFolder(source: string, local: string, destination: string, run: ProvisionRun): Promise<void> {
  const progress = run.ui.progress(basename(local));
  try {
    const folder = /[\\/]$/.test(source) ? `${local}/` : local;
    await run.communicator.uploadDir(folder, destination, run.signal, {
      onProgress: (bytes) => progress.advance(bytes),
    });
  } finally {
    progress.end();
  }
}

async function sendFile(local: string, facts: Stats, destination: string, run: ProvisionRun): Promise<void> {
  const path = destination.endsWith("/") ? destination + basename(local) : destination;
  const source = { mode: facts.mode & 0o777, modified: facts.mtimeMs };
  if (facts.isFIFO()) {
    const content = readPipe(local, { clock: run.host.clock, signal: run.signal });
    return send({ content, ...source }, basename(local), path, run);
  }
  const file = await openLocal(local);
  try {
    const content = file.createReadStream({ autoClose: false, highWaterMark: PIECE });
    // A file of the system says that it is empty, and is not.
    const size = facts.size === 0 ? undefined : facts.size;
    await send({ content, size, ...source }, basename(local), path, run);
  } finally {
    await file.close();
  }
}

async function openLocal(local: string): Promise<FileHandle> {
  try {
    return await open(local);
  } catch (cause) {
    throw failure("environment", "host/file-unreadable", `${local} could not be read`, {
      detail: readMessage(cause),
      cause,
    });
  }
}

async function send(source: UploadSource, label: string, path: string, run: ProvisionRun): Promise<void> {
  const progress = run.ui.progress(label, source.size);
  try {
    await run.communicator.upload({ ...source, onProgress: (bytes) => progress.advance(bytes) }, path, run.signal);
  } finally {
    progress.end();
  }
}

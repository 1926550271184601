// From the machine that is built to this one.
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { failure } from "../../diagnostic/build-error.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";
import { reportProgress } from "./upload.ts";

/** Downloads files or one folder. As Packer: a folder or a pattern ends it, what follows in `sources` is left out. */
export async function download(sources: readonly string[], destination: string, run: ProvisionRun): Promise<void> {
  for (const source of sources) {
    run.ui.say(`Downloading ${source} => ${destination}`);
    await makeParent(destination, run);
    if (source.endsWith("/") || /[*?[]/.test(source)) {
      await reportProgress("Download", run, () => receiveFolder(source, resolve(run.host.cwd, destination), run));
      return;
    }
    const path = destination.endsWith("/") ? join(destination, basename(source)) : destination;
    await reportProgress("Download", run, () => receiveFile(source, resolve(run.host.cwd, path), run));
  }
}

/** A destination that ends with `/` is itself made. */
async function makeParent(destination: string, run: ProvisionRun): Promise<void> {
  const folder = resolve(run.host.cwd, destination.endsWith("/") ? destination : dirname(destination));
  await writeTo(folder, () => mkdir(folder, { recursive: true, mode: 0o755 }));
}

async function receiveFolder(source: string, path: string, run: ProvisionRun): Promise<void> {
  const progress = run.ui.progress(basename(source));
  try {
    await run.communicator.downloadDir(source, path, run.signal, { onProgress: (bytes) => progress.advance(bytes) });
  } finally {
    progress.end();
  }
}

/** Writes beside the destination first: half a file must not pass for a whole one. */
async function receiveFile(source: string, path: string, run: ProvisionRun): Promise<void> {
  const progress = run.ui.progress(basename(source));
  const part = `${path}.part`;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of run.communicator.download(source, run.signal)) {
      progress.advance(chunk.length);
      yield chunk;
    }
  };
  try {
    await writeTo(path, async () => {
      await pipeline(counted, createWriteStream(part, { mode: 0o644 }), { signal: run.signal });
      await rename(part, path);
    });
  } catch (thrown) {
    await rm(part, { force: true });
    throw run.signal.aborted ? run.signal.reason : thrown;
  } finally {
    progress.end();
  }
}

/** Says in the user's words that this machine could not write. */
async function writeTo(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    if (!(thrown instanceof Error && "syscall" in thrown)) {
      throw thrown;
    }
    throw failure("environment", "host/file-unwritable", `${path} could not be written`, {
      detail: thrown.message,
      cause: thrown,
    });
  }
}

// Compressed downloads: unpacked as Packer does it, `.gz` by Node and the others by the programs of their names.
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import type { DownloadRun } from "./download-run.ts";
import { findOnDisk } from "./on-disk.ts";
import { createOwn, openOwn } from "./part-file.ts";
import type { Packing } from "./source.ts";

/** Characters of what a program complains about. */
const KEPT_WORDS = 4096;

/** Unpacks one file into another; the new one is gone again if that fails. */
export async function unpack(packing: Packing, from: string, to: string, run: DownloadRun): Promise<void> {
  try {
    await findOnDisk(to, () => createOwn(to));
    await (packing === "gz" ? gunzip(from, to, run) : withProgram(packing === "xz" ? "xz" : "bzip2", from, to, run));
  } catch (thrown) {
    await rm(to, { force: true });
    run.signal.throwIfAborted();
    throw thrown instanceof BuildError ? thrown : explainUnusable(from, readMessage(thrown), thrown);
  }
}

async function gunzip(from: string, to: string, { signal }: DownloadRun): Promise<void> {
  await findOnDisk(to, async () => pipeline(createReadStream(from), createGunzip(), await makeWriter(to), { signal }));
}

async function makeWriter(path: string): Promise<Writable> {
  return (await openOwn(path)).createWriteStream();
}

async function withProgram(program: "xz" | "bzip2", from: string, to: string, run: DownloadRun): Promise<void> {
  const { host, signal } = run;
  const running = await host.processes.start([program, "-dc"], { signal }).catch((thrown: unknown) => {
    const [problem] = thrown instanceof BuildError ? thrown.diagnostics : [];
    if (problem?.code !== "host/command-missing") {
      throw thrown;
    }
    const hint = `Install ${program === "xz" ? "xz-utils" : "bzip2"}, or put "?archive=false" behind the address to use the file as it is.`;
    throw failure("environment", "download/unpack", `${problem.summary}; it unpacks ${from}`, { hint, cause: thrown });
  });
  let said = "";
  running.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-KEPT_WORDS);
  });
  // A program that ends early tells why by itself.
  const fed = pipeline(createReadStream(from), running.stdin).catch(() => {});
  await findOnDisk(to, () => makeWriter(to).then((writer) => pipeline(running.stdout, writer, { signal })));
  await fed;
  const { code } = await running.ended;
  if (code !== 0) {
    throw explainUnusable(from, said.trim() || `${program} ended with exit status ${code}`);
  }
}

function explainUnusable(from: string, detail: string, cause?: unknown): BuildError {
  return failure("environment", "download/unpack", `${from} could not be unpacked`, { detail, cause });
}

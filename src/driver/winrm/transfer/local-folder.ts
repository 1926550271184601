// Folders of this machine as entries of a transfer, and entries as files of this machine.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { failure } from "../../../diagnostic/build-error.ts";
import type { ReceivedEntry, SentEntry } from "./container.ts";

/** Everything below a folder, sorted, with names that start with `prefix`. Links are followed, but never into a folder that they lie in. */
export async function* listEntries(
  folder: string,
  prefix: string,
  onBytes: (bytes: number) => void,
  leftOut: LeftOut = () => false,
): AsyncGenerator<SentEntry> {
  const isWanted = (entry: string): boolean => !leftOut(entry.slice(prefix === "" ? 0 : prefix.length + 1));
  yield* listBelow(folder, prefix, [], { onBytes, isWanted });
}

/** Tells of a path below a folder whether it stays where it is. */
type LeftOut = (path: string) => boolean;

interface Walk {
  onBytes(bytes: number): void;
  isWanted(entry: string): boolean;
}

async function* listBelow(
  folder: string,
  prefix: string,
  above: readonly string[],
  walk: Walk,
): AsyncGenerator<SentEntry> {
  const real = await realpath(folder);
  if (above.includes(real)) {
    return;
  }
  yield { name: prefix };
  for (const name of (await readdir(folder)).sort()) {
    // As Packer: what macOS leaves in folders stays here.
    if (name === ".DS_Store") {
      continue;
    }
    const path = join(folder, name);
    const entry = prefix === "" ? name : `${prefix}/${name}`;
    if (!walk.isWanted(entry)) {
      continue;
    }
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) {
      yield* listBelow(path, entry, [...above, real], walk);
    } else if (found?.isFile()) {
      yield { name: entry, content: readFileContent(path, walk.onBytes) };
    }
  }
}

async function* readFileContent(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Writes entries below a folder of this machine. The machine they come from is not trusted: names may not lead out of it. */
export async function writeEntries(
  entries: AsyncIterable<ReceivedEntry>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for await (const { name, content } of entries) {
    const path = join(folder, ...splitSafely(name));
    if (content === undefined) {
      await mkdir(path, { recursive: true });
    } else {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(content, createWriteStream(path), { signal });
    }
  }
}

function splitSafely(name: string): string[] {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  const unsafe = parts.some(
    (part) => part === ".." || part.includes("\0") || (process.platform === "win32" && /[\\:]/.test(part)),
  );
  if (!unsafe && !name.startsWith("/")) {
    return parts;
  }
  throw failure(
    "network",
    "communicator/winrm-download",
    `The machine sent a file with the name "${name}", which leads out of the folder`,
  );
}

// Writing something long to a file that either becomes whole or is not there.
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import { noting } from "./noting.ts";

/** The name under which `path` is written until it is whole. Something special, such as a named pipe, is written to directly. */
export async function partialName(path: string, unique: string): Promise<string> {
  const there = await stat(path).catch(() => undefined);
  return there === undefined || there.isFile() ? `${path}.${unique}.part` : path;
}

/** Writes `content` to `partial` and then gives it its name. A source's own failure stays what it is. */
export async function writeWhole(content: AsyncIterable<Uint8Array>, partial: string, path: string, signal: AbortSignal): Promise<void> {
  const noted = noting(content);
  try {
    await pipeline(Readable.from(noted.content), createWriteStream(partial, { mode: 0o644 }));
    if (partial !== path) await rename(partial, path);
  } catch (thrown) {
    if (partial !== path) await rm(partial, { force: true });
    signal.throwIfAborted();
    throw noted.mistake() ?? unwritable(path, thrown);
  }
}

/** Tells why a file of this machine could not be written; a full disk is its own kind of failure. */
export function unwritable(path: string, thrown: unknown): Error {
  const { code } = thrown as NodeJS.ErrnoException;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return failure(
    full ? "capacity" : "environment",
    "host/file-unwritable",
    full ? `The disk is full: ${path} could not be written` : `${path} could not be written`,
    {
      detail: messageOf(thrown),
      ...(full ? { hint: "Free some space, or choose a path on another disk." } : {}),
      cause: thrown,
    },
  );
}

// What can go wrong while a downloaded file is written, in words.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";

const HINT = "Make room there, or set PACKER_CACHE_DIR to a folder on a larger disk.";

/** Does something with files; what the operating system refuses becomes a failure that names the path. */
export async function findOnDisk<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (thrown instanceof BuildError || code === undefined || !/^E[A-Z]+$/.test(code)) {
      throw thrown;
    }
    if (code === "ENOSPC" || code === "EDQUOT") {
      throw failure("environment", "download/no-space", `There is no room left for ${path}`, {
        hint: HINT,
        cause: thrown,
      });
    }
    throw failure("environment", "download/unwritable", `${path} could not be written`, {
      detail: readMessage(thrown),
      hint: "Set PACKER_CACHE_DIR to a folder that this user can write to.",
      cause: thrown,
    });
  }
}

/** Throws when `bytes` more do not fit on the disk of a file. */
export async function checkRoom(path: string, bytes: number): Promise<void> {
  const free = await statfs(dirname(path)).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
  if (bytes <= free) {
    return;
  }
  const detail = `${writeSize(bytes)} are needed, ${writeSize(free)} are free.`;
  throw failure("environment", "download/no-space", `There is not enough room for ${path}`, { detail, hint: HINT });
}

export function writeSize(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  if (bytes < 1e6) {
    return `${(bytes / 1e3).toFixed(1)} kB`;
  }
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

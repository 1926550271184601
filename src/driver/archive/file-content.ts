// Files on their way into an archive.
import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { failure, readMessage } from "../../diagnostic/build-error.ts";

/** A file of this machine that is to be archived. */
export interface ArchivedFile {
  /** Where it is, as an absolute path. */
  readonly path: string;
  /** Its name in the archive, with forward slashes. */
  readonly name: string;
  readonly stats: Stats;
}

const READ_SIZE = 1024 * 1024;

/** Looks a file up. Folders and the like are refused: an archive made from an artifact's files holds files. */
export async function makeArchivedFile(path: string, name: string): Promise<ArchivedFile> {
  const stats = await stat(path).catch((thrown) => throwUnreadable(path, thrown));
  if (!stats.isFile()) {
    throw failure("environment", "archive/not-a-file", `"${path}" cannot be archived: it is not a file`, {
      hint: stats.isDirectory()
        ? "Name the files in the folder instead, for example with artifice's files."
        : "Only plain files can be archived.",
    });
  }
  return { path, name, stats };
}

/** The bytes of a file: exactly as many as it had when it was looked up. */
export async function* readContent({ path, stats }: ArchivedFile): AsyncGenerator<Uint8Array> {
  if (stats.size === 0) {
    return;
  }
  let read = 0;
  try {
    // One byte more than expected shows a file that grows.
    for await (const chunk of createReadStream(path, {
      highWaterMark: READ_SIZE,
      end: stats.size,
    }) as AsyncIterable<Uint8Array>) {
      read += chunk.length;
      if (read > stats.size) {
        throw explainChange(path, stats.size, "more");
      }
      yield chunk;
    }
  } catch (thrown) {
    if (isSystemError(thrown)) {
      throwUnreadable(path, thrown);
    }
    throw thrown;
  }
  if (read < stats.size) {
    throw explainChange(path, stats.size, `${read}`);
  }
}

function isSystemError(thrown: unknown): boolean {
  return thrown instanceof Error && "syscall" in thrown;
}

function explainChange(path: string, expected: number, found: string): Error {
  return failure("environment", "archive/file-changed", `"${path}" changed while it was being archived`, {
    detail: `It had ${expected} bytes at first and ${found} when it was read.`,
    hint: "Make sure that nothing writes to the file any more when it is archived.",
  });
}

function throwUnreadable(path: string, cause: unknown): never {
  throw failure("environment", "host/file-unreadable", `"${path}" could not be read`, {
    detail: readMessage(cause),
    cause,
  });
}

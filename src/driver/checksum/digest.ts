// Digests of a file's content.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { failure, readMessage } from "../../diagnostic/build-error.ts";

const READ_SIZE = 1024 * 1024;

/** The digests of a file in hexadecimal, in the order of `algorithms`. Reads the file once. */
export async function computeDigests(
  path: string,
  algorithms: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const hashes = algorithms.map((algorithm) => createHash(algorithm));
  try {
    for await (const chunk of createReadStream(path, {
      highWaterMark: READ_SIZE,
      signal,
    }) as AsyncIterable<Uint8Array>) {
      for (const hash of hashes) {
        hash.update(chunk);
      }
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure("environment", "host/file-unreadable", `"${path}" could not be read`, {
      detail: readMessage(thrown),
      cause: thrown,
    });
  }
  return hashes.map((hash) => hash.digest("hex"));
}

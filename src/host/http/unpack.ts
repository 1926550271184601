// Bodies that were packed for their way: unpacked as they are read, so that a small one cannot fill the memory.
import type { IncomingMessage } from "node:http";
import { pipeline, type Readable, type Transform } from "node:stream";
import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/** The content of an answer; as it came where the request asked for something else than the usual. */
export function unpackBody(
  answer: IncomingMessage,
  isWanted: boolean,
): { readonly content: Readable; readonly changed: boolean } {
  const unpacker = isWanted ? createUnpacker(answer.headers["content-encoding"] ?? "") : undefined;
  if (unpacker === undefined) {
    return { content: answer, changed: false };
  }
  // What goes wrong is seen by whoever reads.
  return { content: pipeline(answer, unpacker, () => {}), changed: true };
}

function createUnpacker(encoding: string): Transform | undefined {
  // Servers that leave the end away are many; what is missing shows by the length.
  const lenient = { finishFlush: constants.Z_SYNC_FLUSH };
  switch (encoding.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return createGunzip(lenient);
    case "deflate":
      return createInflate(lenient);
    case "br":
      return createBrotliDecompress();
    default:
      return undefined;
  }
}

// The gzip format: one member, without a name and a time so that equal input gives equal output.
import { deflate, type Effort } from "./deflate.ts";

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** Compresses a stream to gzip. */
export async function* gzip(source: AsyncIterable<Uint8Array>, effort: Effort): AsyncGenerator<Uint8Array> {
  yield HEADER;
  const { crc, size } = yield* deflate(source, effort);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}

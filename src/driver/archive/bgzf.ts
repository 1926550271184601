// BGZF, the gzip of bioinformatics: many small members, each with its length in an extra field, so that readers can jump.
import { blocks, mapInOrder } from "./blocks.ts";
import { crc32 } from "./crc32.ts";
import { deflateWhole, type Effort } from "./deflate.ts";

/** As bgzip cuts: leaves room in a 64 KiB member for bytes that cannot be compressed. */
const BLOCK = 65280;
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 0x42, 0x43, 2, 0);
const HEADER_LENGTH = 18;
const TRAILER_LENGTH = 8;
/** The empty member that marks the end of a complete file. */
const END = Uint8Array.of(...HEADER, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0);

/** Compresses a stream to BGZF. */
export async function* bgzf(source: AsyncIterable<Uint8Array>, { level, cores }: Effort): AsyncGenerator<Uint8Array> {
  yield* mapInOrder(blocks(source, BLOCK), cores * 8, (block) => makeMember(block, level));
  yield END;
}

async function makeMember(block: Uint8Array, level: number): Promise<Uint8Array> {
  const compressed = await deflateWhole(block, level);
  const whole = Buffer.alloc(HEADER_LENGTH + compressed.length + TRAILER_LENGTH);
  whole.set(HEADER);
  whole.writeUInt16LE(whole.length - 1, HEADER.length);
  whole.set(compressed, HEADER_LENGTH);
  whole.writeUInt32LE(crc32(block), whole.length - 8);
  whole.writeUInt32LE(block.length, whole.length - 4);
  return whole;
}

// The LZ4 frame format: independent blocks and a checksum over everything, as Packer writes it.
import { blocks } from "./blocks.ts";
import { lz4Blocks } from "./lz4-block.ts";
import { hashWithXxh32, xxh32 } from "./xxh32.ts";

const BLOCK = 1024 * 1024;
const MAGIC = 0x184d2204;
/** Version 1, independent blocks, checksum of the content. */
const FLAGS = 0x64;
const BLOCK_SIZE_1_MIB = 0x60;
const NOT_COMPRESSED = 0x80000000;

/** Compresses a stream to one LZ4 frame. A `level` of -1 is 1, the fastest; each one more doubles the search for repetitions. */
export async function* lz4(source: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  const compress = lz4Blocks(2 ** (Math.max(level, 1) - 1));
  const checksum = xxh32();
  yield makeFrameHeader();
  for await (const block of blocks(source, BLOCK)) {
    checksum.update(block);
    const compressed = compress(block);
    yield compressed === undefined ? encodeWord((block.length | NOT_COMPRESSED) >>> 0) : encodeWord(compressed.length);
    yield compressed ?? block;
  }
  yield encodeWord(0);
  yield encodeWord(checksum.digest());
}

function makeFrameHeader(): Uint8Array {
  const descriptor = Uint8Array.of(FLAGS, BLOCK_SIZE_1_MIB);
  return Uint8Array.of(...encodeWord(MAGIC), ...descriptor, (hashWithXxh32(descriptor) >>> 8) & 0xff);
}

function encodeWord(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

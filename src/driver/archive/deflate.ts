// Deflate on several cores: blocks are compressed beside each other in Node's thread pool and make one valid stream.
import { promisify } from "node:util";
import { constants, deflateRaw } from "node:zlib";
import { blocks, mapInOrder } from "./blocks.ts";
import { crc32 } from "./crc32.ts";

/** How hard and how wide to compress. */
export interface Effort {
  /** 1 (fast) to 9 (small); -1 leaves it to the format. */
  readonly level: number;
  readonly cores: number;
}

/** What went through. */
export interface Tally {
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
}

const BLOCK = 1024 * 1024;
const WINDOW = 32 * 1024;
/** An empty last block with fixed codes: ends a stream. */
const END = Uint8Array.of(3, 0);

/** Compresses a stream to raw deflate; returns what went through. Memory depends on the cores, not on the stream. */
export async function* deflate(
  source: AsyncIterable<Uint8Array>,
  { level, cores }: Effort,
): AsyncGenerator<Uint8Array, Tally> {
  let crc = 0;
  let size = 0;
  let compressedSize = 0;
  let before: Uint8Array | undefined;
  const compress = async (block: Uint8Array): Promise<Uint8Array> => {
    const dictionary = before;
    before = block.subarray(-WINDOW);
    const compressed = deflateBlock(block, level, dictionary);
    crc = crc32(block, crc);
    size += block.length;
    return compressed;
  };
  for await (const compressed of mapInOrder(blocks(source, BLOCK), cores * 2, compress)) {
    compressedSize += compressed.length;
    yield compressed;
  }
  yield END;
  return { crc, size, compressedSize: compressedSize + END.length };
}

const deflateAsync = promisify<Uint8Array, import("node:zlib").ZlibOptions, Buffer>(deflateRaw);

/** Ends on a byte boundary without ending the stream, so that the next block can follow. Earlier bytes serve as dictionary. */
function deflateBlock(block: Uint8Array, level: number, dictionary?: Uint8Array): Promise<Uint8Array> {
  return deflateAsync(block, {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: block.length + 4096,
    dictionary,
  });
}

/** Compresses one block to a complete raw deflate stream. */
export function deflateWhole(block: Uint8Array, level: number): Promise<Uint8Array> {
  return deflateAsync(block, { level, chunkSize: block.length + 4096 });
}

// Zip archives as a stream: deflated entries without times and modes, as Packer writes them; zip64 where sizes ask for it.
import { deflate, type Effort } from "./deflate.ts";
import { type ArchivedFile, readContent } from "./file-content.ts";

const LOCAL_HEADER = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const EXTRA_64 = 1;
const DEFLATED = 8;
const VERSION = 20;
const VERSION_64 = 45;
/** Sizes and checksum follow the content. */
const STREAMED = 0x8;
const UTF8_NAME = 0x800;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
/** Deflate makes bytes that do not compress a little longer, so a file close to 4 GiB counts as larger. */
const LARGE_FILE = MAX_32 - 64 * 1024 * 1024;

interface Entry {
  readonly name: Uint8Array;
  readonly flags: number;
  readonly large: boolean;
  readonly offset: number;
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
}

/** Makes a zip archive of files. */
export async function* zip(files: readonly ArchivedFile[], effort: Effort): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name);
    const flags = STREAMED | (/^[\x20-\x7e]*$/.test(file.name) ? 0 : UTF8_NAME);
    const large = file.stats.size > LARGE_FILE;
    const header = makeLocalHeader(name, flags, large);
    yield header;
    const tally = yield* deflate(readContent(file), effort);
    const entry = { name, flags, large, offset, ...tally };
    const descriptor = makeDescriptor(entry);
    yield descriptor;
    entries.push(entry);
    offset += header.length + tally.compressedSize + descriptor.length;
  }
  const directory = Buffer.concat(entries.map(makeCentralHeader));
  yield directory;
  yield makeEnd(entries.length, offset, directory.length);
}

function makeLocalHeader(name: Uint8Array, flags: number, large: boolean): Uint8Array {
  const extra = large ? bytes([EXTRA_64, 2], [16, 2], [0, 8], [0, 8]) : Buffer.alloc(0);
  const unknown = large ? MAX_32 : 0;
  const fixed = bytes(
    [LOCAL_HEADER, 4],
    [large ? VERSION_64 : VERSION, 2],
    [flags, 2],
    [DEFLATED, 2],
    [0, 2], // time
    [0, 2], // date
    [0, 4], // checksum, then sizes: in the descriptor
    [unknown, 4],
    [unknown, 4],
    [name.length, 2],
    [extra.length, 2],
  );
  return Buffer.concat([fixed, name, extra]);
}

function makeDescriptor({ large, crc, size, compressedSize }: Entry): Uint8Array {
  const width = large ? 8 : 4;
  return bytes([DESCRIPTOR, 4], [crc, 4], [compressedSize, width], [size, width]);
}

function makeCentralHeader({ name, flags, large, offset, crc, size, compressedSize }: Entry): Uint8Array {
  const wide = [...(large ? [size, compressedSize] : []), ...(offset >= MAX_32 ? [offset] : [])];
  const extra =
    wide.length === 0
      ? Buffer.alloc(0)
      : bytes([EXTRA_64, 2], [wide.length * 8, 2], ...wide.map((value) => [value, 8] as const));
  const version = wide.length === 0 ? VERSION : VERSION_64;
  const fixed = bytes(
    [CENTRAL_HEADER, 4],
    [version, 2], // made by
    [version, 2], // needed
    [flags, 2],
    [DEFLATED, 2],
    [0, 2], // time
    [0, 2], // date
    [crc, 4],
    [large ? MAX_32 : compressedSize, 4],
    [large ? MAX_32 : size, 4],
    [name.length, 2],
    [extra.length, 2],
    [0, 2], // comment
    [0, 2], // disk
    [0, 2], // internal attributes
    [0, 4], // external attributes
    [Math.min(offset, MAX_32), 4],
  );
  return Buffer.concat([fixed, name, extra]);
}

function makeEnd(count: number, offset: number, length: number): Uint8Array {
  const end = bytes(
    [END, 4],
    [0, 2], // this disk
    [0, 2], // disk of the directory
    [Math.min(count, MAX_16), 2],
    [Math.min(count, MAX_16), 2],
    [Math.min(length, MAX_32), 4],
    [Math.min(offset, MAX_32), 4],
    [0, 2], // comment
  );
  if (count < MAX_16 && offset < MAX_32 && length < MAX_32) {
    return end;
  }
  const end64 = bytes(
    [END_64, 4],
    [44, 8], // length of what follows
    [VERSION_64, 2],
    [VERSION_64, 2],
    [0, 4],
    [0, 4],
    [count, 8],
    [count, 8],
    [length, 8],
    [offset, 8],
  );
  const locator = bytes([END_64_LOCATOR, 4], [0, 4], [offset + length, 8], [1, 4]);
  return Buffer.concat([end64, locator, end]);
}

/** Little-endian numbers of the given widths, one after another. */
function bytes(...numbers: readonly (readonly [value: number, width: 2 | 4 | 8])[]): Buffer {
  const out = Buffer.alloc(numbers.reduce((total, [, width]) => total + width, 0));
  let at = 0;
  for (const [value, width] of numbers) {
    if (width === 8) {
      out.writeBigUInt64LE(BigInt(value), at);
    } else {
      out.writeUIntLE(value, at, width);
    }
    at += width;
  }
  return out;
}

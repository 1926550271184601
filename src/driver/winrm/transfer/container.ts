// How files and folders travel as one stream of bytes, in a form that a short PowerShell script can read and write.
//
//   stream = { entry } 0
//   entry  = 1 name              a folder
//          | 2 name { chunk } 0  a file; each chunk is its length and so many bytes, the last length is 0
//
// The marks 0, 1, 2 before entries are bytes. Lengths are 32-bit, little-endian. A name is its length and UTF-8,
// relative, with `/` between its parts; the empty name is the destination itself.

/** Something to send: a folder when it has no content. */
export interface SentEntry {
  readonly name: string;
  readonly content?: AsyncIterable<Uint8Array> | undefined;
}

/** Something that arrives. The content must be read to its end before the next entry is asked for. */
export interface ReceivedEntry {
  readonly name: string;
  readonly content?: AsyncIterable<Buffer> | undefined;
}

const FOLDER = 1;
const FILE = 2;
/** The largest chunk of a file. */
export const MAX_CHUNK = 1024 * 1024;
const MAX_NAME = 64 * 1024;

/** The stream of some entries. */
export async function* pack(entries: AsyncIterable<SentEntry>): AsyncGenerator<Buffer> {
  for await (const { name, content } of entries) {
    const bytes = Buffer.from(name);
    yield Buffer.concat([Buffer.from([content === undefined ? FOLDER : FILE]), writeLength(bytes.length), bytes]);
    if (content === undefined) {
      continue;
    }
    for await (const piece of content) {
      for (let at = 0; at < piece.length; at += MAX_CHUNK) {
        const chunk = piece.subarray(at, at + MAX_CHUNK);
        yield writeLength(chunk.length);
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      }
    }
    yield writeLength(0);
  }
  yield Buffer.from([0]);
}

function writeLength(bytes: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(bytes);
  return buffer;
}

/** Thrown when a stream is not what `pack` makes. */
export class BrokenContainer extends Error {}

/** The entries of a stream, as they come. Throws `BrokenContainer`. */
export async function* unpack(stream: AsyncIterable<Buffer>): AsyncGenerator<ReceivedEntry> {
  const reader = new ByteReader(stream);
  for (;;) {
    const [kind] = await reader.take(1);
    if (kind === 0) {
      return;
    }
    if (kind !== FOLDER && kind !== FILE) {
      throw new BrokenContainer("an unknown mark");
    }
    const size = await takeLength(reader, MAX_NAME);
    const name = (await reader.take(size)).toString("utf8");
    if (kind === FOLDER) {
      yield { name };
    } else {
      const content = takeContent(reader);
      yield { name, content };
      // What the reader of this entry left over must not be taken for the next one.
      for await (const _rest of content) {
      }
    }
  }
}

async function* takeContent(reader: ByteReader): AsyncGenerator<Buffer> {
  for (;;) {
    const size = await takeLength(reader, MAX_CHUNK);
    if (size === 0) {
      return;
    }
    yield await reader.take(size);
  }
}

async function takeLength(reader: ByteReader, limit: number): Promise<number> {
  const size = (await reader.take(4)).readInt32LE();
  if (size < 0 || size > limit) {
    throw new BrokenContainer("a length that cannot be");
  }
  return size;
}

class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer[] = [];
  #size = 0;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    while (this.#size < count) {
      const next = await this.#source.next();
      if (next.done === true) {
        throw new BrokenContainer("the end in the middle");
      }
      this.#held.push(next.value);
      this.#size += next.value.length;
    }
    const all = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const rest = all.subarray(count);
    this.#held = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return all.subarray(0, count);
  }
}

// Takes one file out of a ZIP archive. Format: APPNOTE.TXT of PKWARE, without encryption and without parts.
import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { crc32 } from "./crc32.ts";

/** The archive cannot be read, or does not hold what was looked for. */
export class ZipError extends Error {}

/** Bytes at the end in which the list of contents is announced. */
const END_LENGTH = 22;
const LONGEST_COMMENT = 65_535;
const signatures = { end: 0x06054b50, entry: 0x02014b50, local: 0x04034b50 } as const;
const methods = { stored: 0, deflated: 8 } as const;
/** An archive with more files, or with a longer list of them, is none of a plugin. */
const LONGEST_LIST = 16 << 20;

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly packed: number;
  readonly method: number;
  readonly crc: number;
  /** Where its own header stands. */
  readonly offset: number;
}

/** The files of an archive. Throws `ZipError`. */
export async function listZip(path: string): Promise<readonly ZipEntry[]> {
  const file = await open(path);
  try {
    return await readList(file);
  } finally {
    await file.close();
  }
}

async function readList(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const tail = await readAt(
    file,
    Math.max(0, size - END_LENGTH - LONGEST_COMMENT),
    Math.min(size, END_LENGTH + LONGEST_COMMENT),
  );
  let at = tail.length - END_LENGTH;
  while (at >= 0 && tail.readUInt32LE(at) !== signatures.end) {
    at -= 1;
  }
  if (at < 0) {
    throw new ZipError("it is no ZIP archive");
  }
  const [length, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  if (length > LONGEST_LIST || start + length > size) {
    throw new ZipError("its list of contents is not where it should be");
  }
  return parseList(await readAt(file, start, length));
}

function parseList(list: Buffer): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= list.length; ) {
    if (list.readUInt32LE(at) !== signatures.entry) {
      throw new ZipError("its list of contents is damaged");
    }
    const nameLength = list.readUInt16LE(at + 28);
    entries.push({
      name: list.toString("utf8", at + 46, at + 46 + nameLength),
      method: list.readUInt16LE(at + 10),
      crc: list.readUInt32LE(at + 16),
      packed: list.readUInt32LE(at + 20),
      size: list.readUInt32LE(at + 24),
      offset: list.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + list.readUInt16LE(at + 30) + list.readUInt16LE(at + 32);
  }
  return entries;
}

/** Writes a file of an archive to a path that is not there yet. Throws `ZipError` when it is not what the archive says. */
export async function extractZip(path: string, entry: ZipEntry, to: string, signal?: AbortSignal): Promise<void> {
  const start = await findContent(path, entry);
  const content = createReadStream(path, { start, end: start + Math.max(entry.packed - 1, 0) });
  const sum = new Summing(entry.size);
  const out = createWriteStream(to, { flags: "wx", mode: 0o600 });
  if (entry.method === methods.stored) {
    await pipeline(content, sum, out, { signal });
  } else if (entry.method === methods.deflated) {
    await pipeline(content, createInflateRaw(), sum, out, { signal });
  } else {
    content.destroy();
    out.destroy();
    throw new ZipError(`${entry.name} is packed in a way that is not known (method ${entry.method})`);
  }
  if (sum.bytes !== entry.size || sum.crc !== entry.crc) {
    throw new ZipError(`${entry.name} is damaged`);
  }
}

async function findContent(path: string, entry: ZipEntry): Promise<number> {
  const file = await open(path);
  try {
    const header = await readAt(file, entry.offset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== signatures.local) {
      throw new ZipError(`${entry.name} is not where it should be`);
    }
    return entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}

/** Counts and sums what goes through, and breaks off what is larger than was said. */
class Summing extends Transform {
  crc = 0;
  bytes = 0;
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.bytes += chunk.length;
    if (this.bytes > this.#most) {
      done(new ZipError("it holds more than it says"));
      return;
    }
    this.crc = crc32(chunk, this.crc);
    done(null, chunk);
  }
}

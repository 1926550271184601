// Writes the headers of a tar archive that every tar reads: GNU long names instead of extended headers.

const BLOCK = 512;
const LARGEST_OCTAL = 0o77777777777;

export interface TarEntry {
  /** Path in the archive; a folder's ends in a slash. */
  readonly path: string;
  readonly mode: number;
  readonly size: number;
}

/** The header blocks of one entry. A path that ends in a slash is a folder. */
export function tarHeader({ path, mode, size }: TarEntry): Buffer {
  const name = Buffer.from(path);
  const header = block(name.subarray(0, 100), path.endsWith("/") ? "5" : "0", mode, size);
  if (name.length <= 100) return header;
  // BusyBox does not read extended headers, and every other tar reads this one too.
  const longName = Buffer.concat([name, Buffer.alloc(1)]);
  return Buffer.concat([block(Buffer.from("././@LongLink"), "L", 0, longName.length), longName, tarPadding(longName.length), header]);
}

/** The zeros that fill up the last block of `size` bytes. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The two empty blocks that end an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * BLOCK);

function block(name: Uint8Array, type: string, mode: number, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.set(name);
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100, "latin1");
  // Owner and group: whoever unpacks it becomes the owner.
  header.write(`${"0".repeat(7)}\0${"0".repeat(7)}\0`, 108, "latin1");
  writeSize(header, size);
  header.write(`${"0".repeat(11)}\0`, 136, "latin1");
  header.fill(" ", 148, 156);
  header.write(type, 156, "latin1");
  header.write("ustar  \0", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

function writeSize(header: Buffer, size: number): void {
  if (size <= LARGEST_OCTAL) {
    header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
    return;
  }
  header[124] = 0x80;
  header.writeBigUInt64BE(BigInt(size), 128);
}

// Writes the headers of a tar archive that every tar reads: GNU long names instead of extended headers.

const BLOCK = 512;
const SLASH = 0x2f;
const LARGEST_OCTAL = 0o77777777777;

export interface TarEntry {
  /** Path in the archive, as bytes where it is no text; a folder's ends in a slash. */
  readonly path: string | Uint8Array;
  readonly mode: number;
  readonly size: number;
  /** Where a link leads; then the entry is one. */
  readonly target?: string | undefined;
  /** Milliseconds since 1970. */
  readonly modified?: number | undefined;
}

/** The header blocks of one entry. A path that ends in a slash is a folder. */
export function makeTarHeader({ path, mode, size, target, modified = 0 }: TarEntry): Buffer {
  const name = Buffer.from(path);
  const link = Buffer.from(target ?? "");
  const folderOrFile = name.at(-1) === SLASH ? "5" : "0";
  const type = target === undefined ? folderOrFile : "2";
  const header = makeBlock({ name: name.subarray(0, 100), link: link.subarray(0, 100), type, mode, size, modified });
  return Buffer.concat([...makeLongText("K", link), ...makeLongText("L", name), header]);
}

/** BusyBox does not read extended headers, and every other tar reads this one too. */
function makeLongText(type: "K" | "L", text: Buffer): readonly Buffer[] {
  if (text.length <= 100) {
    return [];
  }
  const ended = Buffer.concat([text, Buffer.alloc(1)]);
  const header = makeBlock({
    name: Buffer.from("././@LongLink"),
    link: Buffer.alloc(0),
    type,
    mode: 0,
    size: ended.length,
    modified: 0,
  });
  return [header, ended, makeTarPadding(ended.length)];
}

/** The zeros that fill up the last block of `size` bytes. */
export function makeTarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The two empty blocks that end an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * BLOCK);

interface Block {
  readonly name: Uint8Array;
  readonly link: Uint8Array;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly modified: number;
}

function makeBlock({ name, link, type, mode, size, modified }: Block): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.set(name);
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100, "latin1");
  // Owner and group: whoever unpacks it becomes the owner.
  header.write(`${"0".repeat(7)}\0${"0".repeat(7)}\0`, 108, "latin1");
  writeSize(header, size);
  const seconds = Math.max(0, Math.floor(modified / 1000));
  header.write(`${seconds.toString(8).padStart(11, "0")}\0`, 136, "latin1");
  header.fill(" ", 148, 156);
  header.write(type, 156, "latin1");
  header.set(link, 157);
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

// Tar archives in GNU's format: names of any length, files of any size, and no times, so that equal files give equal archives.
import { readFile } from "node:fs/promises";
import { type ArchivedFile, readContent } from "./file-content.ts";

const RECORD = 512;
const NAME_LENGTH = 100;
const OWNER_NAME_LENGTH = 32;

/** Where each field of a header begins and how long it is. */
const FIELD = {
  name: [0, NAME_LENGTH],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  uname: [265, OWNER_NAME_LENGTH],
  gname: [297, OWNER_NAME_LENGTH],
  devmajor: [329, 8],
  devminor: [337, 8],
} as const;

type Field = (typeof FIELD)[keyof typeof FIELD];

/** Makes a tar archive of files. */
export async function* tar(files: readonly ArchivedFile[]): AsyncGenerator<Uint8Array> {
  const owners = await readOwnerNames();
  for (const file of files) {
    yield makeFileHeader(file, owners);
    yield* readContent(file);
    yield makePadding(file.stats.size);
  }
  // Two empty records end an archive.
  yield new Uint8Array(2 * RECORD);
}

/** User and group names by their numbers. */
interface OwnerNames {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

function makeFileHeader({ name, stats }: ArchivedFile, owners: OwnerNames): Uint8Array {
  const encoded = Buffer.from(name);
  const header = Buffer.alloc(RECORD);
  header.set(encoded.subarray(0, NAME_LENGTH), FIELD.name[0]);
  putNumber(header, FIELD.mode, stats.mode & 0o7777);
  putNumber(header, FIELD.uid, stats.uid);
  putNumber(header, FIELD.gid, stats.gid);
  putNumber(header, FIELD.size, stats.size);
  putNumber(header, FIELD.mtime, 0);
  putText(header, FIELD.uname, owners.users.get(stats.uid) ?? "");
  putText(header, FIELD.gname, owners.groups.get(stats.gid) ?? "");
  putNumber(header, FIELD.devmajor, 0);
  putNumber(header, FIELD.devminor, 0);
  seal(header, "0");
  return encoded.length > NAME_LENGTH ? Buffer.concat([makeLongName(encoded), header]) : header;
}

/** GNU's way for a name that does not fit: an entry of its own whose content is the name. */
function makeLongName(name: Uint8Array): Uint8Array {
  const content = Buffer.concat([name, Buffer.alloc(1)]);
  const header = Buffer.alloc(RECORD);
  putText(header, FIELD.name, "././@LongLink");
  for (const field of [FIELD.mode, FIELD.uid, FIELD.gid, FIELD.mtime]) {
    putNumber(header, field, 0);
  }
  putNumber(header, FIELD.size, content.length);
  seal(header, "L");
  return Buffer.concat([header, content, makePadding(content.length)]);
}

/** Puts in the type, GNU's mark and the sum over all bytes. */
function seal(header: Buffer, type: string): void {
  putText(header, FIELD.type, type);
  putText(header, FIELD.magic, "ustar  ");
  const [at, length] = FIELD.checksum;
  header.fill(" ", at, at + length);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${formatOctal(sum, 6)}\0 `, at, "latin1");
}

function putText(header: Buffer, [at, length]: Field, text: string): void {
  const bytes = Buffer.from(text);
  if (bytes.length <= length) {
    header.set(bytes, at);
  }
}

/** Octal digits; what they cannot hold goes in as a binary number behind a mark, as GNU does. */
function putNumber(header: Buffer, [at, length]: Field, value: number): void {
  if (value < 8 ** (length - 1)) {
    header.write(formatOctal(value, length - 1), at, "latin1");
    return;
  }
  let left = value;
  for (let index = at + length - 1; index > at; index--) {
    header[index] = left % 256;
    left = Math.floor(left / 256);
  }
  header[at] = 0x80;
}

function formatOctal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** What fills the last record of a content of `size` bytes. */
function makePadding(size: number): Uint8Array {
  return new Uint8Array((RECORD - (size % RECORD)) % RECORD);
}

async function readOwnerNames(): Promise<OwnerNames> {
  const [users, groups] = await Promise.all(["/etc/passwd", "/etc/group"].map(readNames));
  return { users: users ?? new Map(), groups: groups ?? new Map() };
}

/** Reads `name:…:number:…` lines; without the file, as on Windows, nobody has a name. */
async function readNames(path: string): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  const text = await readFile(path, "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":");
    if (name !== undefined && id !== undefined && !names.has(Number(id))) {
      names.set(Number(id), name);
    }
  }
  return names;
}

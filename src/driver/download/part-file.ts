// The file that a download grows in. Whoever can write its folder could put a link there, or a file of theirs: neither is used.
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, rm } from "node:fs/promises";

/** Windows knows no such links. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;
/** A note is short; a pipe in its place must not be waited for. */
const LONGEST_NOTE = 64 * 1024;
/** Whatever the user's mask is: nobody else is to write into it. */
const MODE = 0o644;

/** Begins an empty file in the place of whatever is there. */
export async function createOwn(path: string): Promise<void> {
  await rm(path, { force: true });
  await (await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_LINK, MODE)).close();
}

/** Writes a whole file, in the place of whatever is there. */
export async function writeOwn(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_LINK, MODE);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/** The text of a file that this user has written. */
export async function readOwn(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | NO_LINK | (constants.O_NONBLOCK ?? 0));
  try {
    const found = await file.stat();
    return isOwn(found) && found.size <= LONGEST_NOTE ? await file.readFile("utf8") : "";
  } finally {
    await file.close();
  }
}

/** Opens a file that this user has begun. */
export async function openOwn(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDWR | NO_LINK);
  if (isOwn(await file.stat())) {
    return file;
  }
  await file.close();
  throw Object.assign(new Error(`${path} is not a file of this user's alone`), { code: "EPERM" });
}

/** Bytes of such a file; 0 when there is none, or when it is not one's own. */
export async function measureOwn(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && isOwn(found) ? found.size : 0;
}

/** A second name of a file may be one that somebody else gave it. */
function isOwn(found: Stats): boolean {
  if (!found.isFile() || found.nlink !== 1) {
    return false;
  }
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0);
}

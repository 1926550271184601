// A file that is written anew is the old one or the new one at any moment, never half of either.
import { type FileHandle, open, readFile, readlink, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/** Where a path leads when it is a link; nothing need be there. */
export async function followLink(path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const target = await readlink(at).catch(() => undefined);
    if (target === undefined) {
      return at;
    }
    at = resolve(dirname(at), target);
  }
  return path;
}

/** Writes `path`, which is no link, by way of `part` beside it. The file keeps its mode and its owner; a new one gets `mode`. */
export async function replaceFile(path: string, part: string, content: string, mode: number): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  const file = await open(part, "wx", mode);
  try {
    await file.writeFile(content);
    if (before !== undefined) {
      await file.chown(before.uid, before.gid).catch(() => {});
      await file.chmod(before.mode & 0o7777);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await rename(part, path);
  } catch (thrown) {
    // A file that is mounted by itself, as in a container, has no other name.
    if ((thrown as NodeJS.ErrnoException).code !== "EBUSY") {
      throw thrown;
    }
    await overwrite(path, content);
    await rm(part, { force: true });
  }
}

/** Puts back what was there when the new content does not fit: the room for the old one is still taken. */
async function overwrite(path: string, content: string): Promise<void> {
  const before = await readFile(path);
  const file = await open(path, "r+");
  try {
    await writeAll(file, Buffer.from(content)).catch(async (thrown) => {
      await writeAll(file, before);
      throw thrown;
    });
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, content: Buffer): Promise<void> {
  for (let at = 0; at < content.length; ) {
    at += (await file.write(content, at, content.length - at, at)).bytesWritten;
  }
  await file.truncate(content.length);
  await file.sync();
}

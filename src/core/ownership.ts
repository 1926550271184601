// Whether a path may be trusted: what a journal says gets deleted, so nobody else may have written it.
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";

/** True for a file or folder of this user, no link, that nobody else can write. Where users have no numbers there is nothing to tell. */
export async function isOurs(path: string, is: "file" | "folder"): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !(is === "file" ? found.isFile() : found.isDirectory())) {
    return false;
  }
  return isOwn(found);
}

/** Opens a file of ours; `undefined` when it is gone or could have been written by somebody else. What is opened is what was looked at. */
export async function openOurs(path: string, flags: number): Promise<FileHandle | undefined> {
  // A pipe that somebody put there must not be waited for. Windows has neither flag.
  const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags | careful).catch(() => undefined);
  if (handle === undefined) {
    return undefined;
  }
  const found = await handle.stat();
  // A second name may be in a folder of somebody else's.
  if (found.isFile() && found.nlink === 1 && isOwn(found)) {
    return handle;
  }
  await handle.close();
  return undefined;
}

function isOwn(found: Stats): boolean {
  const uid = process.getuid?.();
  return uid === undefined || (found.uid === uid && (found.mode & 0o022) === 0);
}

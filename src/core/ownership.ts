// Whether a path may be trusted: what a journal says gets deleted, so nobody else may have written it.
import { lstat } from "node:fs/promises";

/** True for a file or folder of this user that nobody else can write. Where users have no numbers there is nothing to tell. */
export async function isOurs(path: string): Promise<boolean> {
  const uid = process.getuid?.();
  if (uid === undefined) return true;
  const found = await lstat(path);
  return !found.isSymbolicLink() && found.uid === uid && (found.mode & 0o022) === 0;
}

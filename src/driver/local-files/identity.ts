// Which file or folder stands under a name: the name alone does not tell whether it is still the same one.
import { lstat, rm } from "node:fs/promises";

/** Good for comparing only. Fit for JSON. */
export type FileIdentity = {
  readonly device: string;
  readonly inode: string;
  /** When it was made, in nanoseconds; `null` where the file system does not know. Numbers of files are used again soon. */
  readonly born: string | null;
};

/** What stands under a name now; nothing when there is none. A link is not followed. */
export async function readIdentity(path: string): Promise<FileIdentity | undefined> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) {
    return undefined;
  }
  const born = found.birthtimeNs > 0n ? String(found.birthtimeNs) : null;
  return { device: String(found.dev), inode: String(found.ino), born };
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  if (one.device !== other.device || one.inode !== other.inode) {
    return false;
  }
  return one.born === null || other.born === null || one.born === other.born;
}

/** Whether what was noted is what stands there now. */
export async function isStill(path: string, noted: FileIdentity | undefined): Promise<boolean> {
  const now = await readIdentity(path);
  return now !== undefined && noted !== undefined && isSameFile(now, noted);
}

/** What became of a removal. `another` stands there, and stays. */
export type Removed = "removed" | "missing" | "another";

/** Removes what is noted, and nothing that has taken its name since. */
export async function removeNoted(path: string, noted: FileIdentity): Promise<Removed> {
  const now = await readIdentity(path);
  if (now === undefined) {
    return "missing";
  }
  if (!isSameFile(now, noted)) {
    return "another";
  }
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
  return "removed";
}

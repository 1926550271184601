// Where journals are: in a folder for temporary files that everybody may use, so the name may be taken by somebody else.
import { mkdir, mkdtemp, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Host } from "../host/host.ts";
import { isOurs } from "./ownership.ts";

/** The folder of this user's journals, whichever edge made them: they clean up after one another. */
export function findJournalFolder(host: Pick<Host, "tempDir">): string {
  return join(host.tempDir, `packer-ts-journal-${process.getuid?.() ?? 0}`);
}

/** Makes the folder; where somebody else has taken its name, one with a longer name. */
export async function makeJournalFolder(folder: string): Promise<string> {
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700 }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== "EEXIST") {
      throw thrown;
    }
  });
  const [ours] = await listJournalFolders(folder);
  return ours ?? mkdtemp(`${folder}-`);
}

/** The folders that nobody else can have written to: the usual one and those that stand in for it. */
export async function listJournalFolders(folder: string): Promise<readonly string[]> {
  const parent = dirname(folder);
  const names = await readdir(parent).catch(() => []);
  const candidates = names
    .filter((name) => name === basename(folder) || name.startsWith(`${basename(folder)}-`))
    .sort();
  const paths = candidates.map((name) => join(parent, name));
  const ours = await Promise.all(paths.map((path) => isOurs(path, "folder")));
  return paths.filter((_, index) => ours[index]);
}

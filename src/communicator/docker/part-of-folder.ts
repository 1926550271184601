// A folder without what is to stay where it is. Docker copies whole folders, so the rest is put together beside them.
import { cp } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import type { FolderTransfer } from "../../sdk/communicator.ts";
import type { Run } from "../../sdk/run.ts";
import { compileLeftOut } from "../../step/left-out.ts";

/** Hands over `folder`, or what is to be taken of it in a folder of the same name that is there for so long. */
export async function withWanted<T>(
  folder: string,
  transfer: FolderTransfer | undefined,
  run: Run,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  if (compileLeftOut(transfer ?? {}) === undefined) {
    return body(folder);
  }
  const place = await run.temporaryFolder("part");
  try {
    const part = join(place, basename(resolve(folder)));
    await copyFolder(folder, part, transfer);
    return await body(/[\\/]$/.test(folder) ? `${part}/` : part);
  } finally {
    await run.remove(place);
  }
}

/** Copies a folder of this machine as it is, links included. */
export async function copyFolder(from: string, to: string, transfer: FolderTransfer | undefined): Promise<void> {
  const isLeftOut = compileLeftOut(transfer ?? {}) ?? (() => false);
  const isWanted = (path: string): boolean => {
    const below = relative(from, path).split(sep).join("/");
    return below === "" || !isLeftOut(below);
  };
  await cp(from, to, { recursive: true, filter: isWanted, verbatimSymlinks: true, preserveTimestamps: true });
}

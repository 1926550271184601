// A file that is written beside its place and takes it when it is whole: until then what was there before stays.
import { createWriteStream } from "node:fs";
import { mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { noteMistakes } from "../stream/noting.ts";
import { type FileIdentity, readIdentity, removeNoted } from "./identity.ts";

/** Where a file is written, and where it goes. They are the same for something special, such as a named pipe. */
export type PartialPaths = {
  readonly partial: string;
  readonly path: string;
};

/** The place beside `path`. A link stays a link: what it leads to is replaced. */
export async function listPartialPaths(path: string, unique: string): Promise<PartialPaths> {
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) {
    throw reportUnwritable(path, new Error("it is a folder"));
  }
  return { partial: there === undefined || there.isFile() ? `${target}.${unique}.part` : target, path: target };
}

/** Begins the file; gives which one it is. `usual` are the permissions of a new one. */
export async function beginFile({ partial, path }: PartialPaths, usual: number): Promise<FileIdentity | null> {
  if (partial === path) {
    return null;
  }
  try {
    await mkdir(dirname(partial), { recursive: true });
    // As if it were written in place.
    const mode = (await stat(path).catch(() => undefined))?.mode ?? usual;
    await (await open(partial, "wx", mode & 0o777)).close();
    return (await readIdentity(partial)) ?? null;
  } catch (thrown) {
    throw reportUnwritable(path, thrown);
  }
}

/** Writes the content and gives the file its name. A source's own failure stays what it is. */
export async function completeFile(
  { partial, path }: PartialPaths,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const noted = noteMistakes(content);
  try {
    await pipeline(Readable.from(noted.content), createWriteStream(partial, { flags: partial === path ? "w" : "r+" }), {
      signal,
    });
    if (partial !== path) {
      await rename(partial, path);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw noted.mistake() ?? reportUnwritable(path, thrown);
  }
}

/** Removes what was written so far; never something that was there before. */
export async function dropPartial(
  { partial, path }: PartialPaths,
  made: FileIdentity | null | undefined,
): Promise<void> {
  if (partial === path || !partial.endsWith(".part")) {
    return;
  }
  // Its name is nobody else's.
  if (made) {
    await removeNoted(partial, made);
  } else {
    await rm(partial, { force: true });
  }
}

/** Tells why a file of this machine could not be written; a full disk is its own kind of failure. */
export function reportUnwritable(path: string, thrown: unknown): Error {
  const { code } = thrown as NodeJS.ErrnoException;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const summary = isFull ? `The disk is full: ${path} could not be written` : `${path} could not be written`;
  return failure(isFull ? "capacity" : "environment", "host/file-unwritable", summary, {
    detail: readMessage(thrown),
    hint: isFull ? "Free some space, or choose a path on another disk." : undefined,
    cause: thrown,
  });
}

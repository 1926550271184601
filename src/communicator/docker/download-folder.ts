// A folder out of a container. What is in there is not trusted: nothing is written outside the folder of this machine.
import { createWriteStream } from "node:fs";
import { chmod, copyFile, mkdir, realpath, rm, symlink } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure } from "../../diagnostic/build-error.ts";
import { type ArchiveEntry, readEntries } from "../../driver/docker/archive.ts";
import { downloadFile, type Reading } from "./download.ts";
import { readFolderInside } from "./inside.ts";

interface Link {
  /** Below the downloaded folder. */
  readonly path: string;
  readonly target: string;
}

/** Downloads a folder: its content when `remoteDir` ends with a slash, otherwise the folder with its name. */
export async function downloadFolder(reading: Reading, remoteDir: string, localDir: string): Promise<void> {
  const { signal } = reading;
  const remote = posix.resolve("/", remoteDir);
  const local = remoteDir.endsWith("/") || remote === "/" ? localDir : join(localDir, posix.basename(remote));
  const target = { remoteDir, remote, local };
  if (await unpack(reading, await fetchArchive(reading, remote), target)) {
    return;
  }
  // The engine's archives cannot be read where a name is no text; those of tar can.
  const { path } = await reading.places.ofFolder(remote, signal);
  if (!(await unpack(reading, readFolderInside(reading.container, path, signal), target))) {
    throw explainUntold(remoteDir);
  }
}

/** Where a folder comes from, as it was asked for and as it is, and where it goes. */
interface Target {
  readonly remoteDir: string;
  readonly remote: string;
  readonly local: string;
}

/** False when there are names that the archive does not tell. */
async function unpack(
  reading: Reading,
  archive: AsyncIterable<Uint8Array>,
  { remoteDir, remote, local }: Target,
): Promise<boolean> {
  const links: Link[] = [];
  let first = true;
  for await (const entry of readEntries(archive)) {
    reading.signal.throwIfAborted();
    if (first && entry.type !== "folder") {
      throw explainNotAFolder(remoteDir);
    }
    first = false;
    if (entry.isNameLost) {
      return false;
    }
    const path = listBelow(entry.name);
    if (entry.nameBytes !== undefined) {
      await placeUntold(entry, entry.nameBytes, local);
    } else if (entry.type === "symlink") {
      links.push({ path, target: entry.target });
    } else {
      await place(entry, join(local, path), local);
    }
  }
  // Links come last, so that nothing is ever written through one.
  for (const link of links) {
    await placeLink(reading, link, remote, local);
  }
  return true;
}

/** Copying leaves out what it does not reach, without a word. */
async function fetchArchive(
  { container, places, signal }: Reading,
  remote: string,
): Promise<AsyncIterable<Uint8Array>> {
  const place = await places.ofFolder(remote, signal);
  const isWhole = !place.isHidden && (!place.isFolder || (await places.hiddenBelow(place.path, signal)).length === 0);
  return isWhole
    ? container.copyOut(`${remote === "/" ? "" : remote}/.`, signal)
    : readFolderInside(container, place.path, signal);
}

async function place(entry: ArchiveEntry, path: string, local: string): Promise<void> {
  if (entry.type === "folder") {
    return void (await mkdir(path, { recursive: true }));
  }
  await mkdir(dirname(path), { recursive: true });
  if (entry.type === "hardlink") {
    return copyFile(join(local, listBelow(entry.target)), path);
  }
  if (entry.type !== "file") {
    return;
  }
  await rm(path, { force: true });
  await pipeline(Readable.from(entry.content), createWriteStream(path));
  await chmod(path, entry.mode & 0o777);
}

/** A file or folder whose name is no text: as text it could be the name of another one. */
async function placeUntold(entry: ArchiveEntry, name: Buffer, local: string): Promise<void> {
  if (entry.type !== "file" && entry.type !== "folder") {
    throw failure("provisioner", "docker/copy", `"${entry.name}" could not be downloaded from the container`, {
      detail: "It is a link, and its name is no text.",
    });
  }
  const at = (below: string): Buffer => Buffer.concat([Buffer.from(`${local}/`), Buffer.from(below, "latin1")]);
  const below = listBelow(name.toString("latin1"));
  if (entry.type === "folder") {
    return void (await mkdir(at(below), { recursive: true }));
  }
  await mkdir(at(posix.dirname(below)), { recursive: true });
  await rm(at(below), { force: true });
  await pipeline(Readable.from(entry.content), createWriteStream(at(below)));
  await chmod(at(below), entry.mode & 0o777);
}

/** A link to something in the folder stays a link; one that leads out becomes a copy of the file it means in the container. */
async function placeLink(reading: Reading, { path, target }: Link, remote: string, local: string): Promise<void> {
  const at = join(local, path);
  await mkdir(dirname(at), { recursive: true });
  // Links of the same archive could lead the folder of this one elsewhere.
  if ((await realpath(dirname(at))) !== join(await realpath(local), posix.dirname(path))) {
    throw explainThroughLink(path, remote);
  }
  await rm(at, { force: true, recursive: true });
  if (staysInside(path, target)) {
    return symlink(target, at);
  }
  try {
    await pipeline(downloadFile(reading, posix.join(remote, path)), createWriteStream(at));
  } catch {
    reading.signal.throwIfAborted();
    // It leads to a folder or to nothing: there is no file to bring.
    await rm(at, { force: true });
  }
}

/** Whether a link leads to something below the folder, wherever other links lead: steps upwards come first, and are few enough. */
function staysInside(path: string, target: string): boolean {
  const steps = target.split("/").filter((step) => step !== "" && step !== ".");
  const names = steps.findIndex((step) => step !== "..");
  const up = names < 0 ? steps.length : names;
  const depth = path.split("/").length - 1;
  return !posix.isAbsolute(target) && up <= depth && !steps.slice(up).includes("..");
}

/** The path of an entry below the folder; nothing leads upwards. */
function listBelow(name: string): string {
  return posix.resolve("/", name).slice(1);
}

function explainThroughLink(path: string, remote: string): Error {
  return failure("provisioner", "docker/copy", `Error downloading '${remote}' from the container`, {
    detail: `"${path}" would be written through a link, out of its folder.`,
    hint: "Download into an empty folder. If it still fails, what the container sends is not what a Docker engine makes.",
  });
}

function explainUntold(path: string): Error {
  return failure("provisioner", "docker/copy", `Error downloading '${path}' from the container`, {
    detail: "A name in it is no text in UTF-8.",
    hint: "Pack the folder with tar in a script, and download the archive.",
  });
}

function explainNotAFolder(path: string): Error {
  return failure("provisioner", "docker/copy", `Error downloading '${path}' from the container`, {
    detail: "It is not a folder.",
  });
}

// Folders as one tar stream, where the other side has tar: no round trip per file.

import { createWriteStream } from "node:fs";
import { chmod, copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readMessage } from "../../diagnostic/build-error.ts";
import { EndOfStream } from "../stream/byte-reader.ts";
import { BrokenPipe } from "./command.ts";
import type { SshConnection } from "./connection.ts";
import { fileContent, type LeftOut, readSmallFile, SMALL_FILE, type TreeStep, walkTree } from "./local-tree.ts";
import { localName } from "./local-write.ts";
import { makeTarHeader, makeTarPadding, tarEnd } from "./tar-header.ts";
import {
  type Conversation,
  converse,
  type FolderTransfer,
  localFailure,
  lostFailure,
  posixScript,
  shellPath,
  transferFailure,
} from "./transfer.ts";

/** How the modes of what arrives come about. */
export type ModeRule = "masked" | "exact";

const BATCH = 128 * 1024;
const MANY_NAMES = 200;

/**
 * Uploads a folder as `scpUploadFolder` and `sftpUploadFolder` do. Gives false, with nothing changed, where this way cannot be
 * taken: no tar or no POSIX shell there, no such folder, or something of the same name that would have to be merged with.
 */
export async function tarUploadFolder(
  connection: SshConnection,
  folder: FolderTransfer,
  modes: ModeRule,
  signal: AbortSignal,
): Promise<boolean> {
  const { localDir, remoteDir } = folder;
  const names = listTopNames(localDir, folder.leftOut);
  if (names === undefined) {
    return false;
  }
  const tar = await converse(connection, makeReceiver(remoteDir, names, modes), signal);
  try {
    const mask = await readMask(tar);
    if (mask === undefined) {
      return false;
    }
    await sendTree(tar, folder, modes === "masked" ? ~mask : ~0);
    tar.endInput();
    const end = await tar.end();
    if (end.end === "exited" && end.code === 0) {
      return true;
    }
    throw new BrokenPipe();
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof BrokenPipe) && !(thrown instanceof EndOfStream)) {
      throw thrown;
    }
    tar.endInput();
    const end = await tar.end();
    const what = `The folder "${localDir}" was not uploaded`;
    if (end.end === "disconnected") {
      throw lostFailure(connection, what, thrown);
    }
    throw transferFailure(what, `The remote tar ended with status ${end.code}. ${tar.complaints()}`.trim());
  } finally {
    tar.close();
  }
}

/** The names that will appear in the remote folder; `undefined` when there are too many to ask about, or none. */
function listTopNames(localDir: string, leftOut: LeftOut | undefined): readonly string[] | undefined {
  const names: string[] = [];
  let depth = 0;
  for (const step of walkTree(localDir, leftOut)) {
    if (step.step === "leave") {
      depth--;
    } else if (depth === 0) {
      names.push(step.name);
    }
    if (step.step === "enter") {
      depth++;
    }
    // The folder itself is the only name.
    if (names.length > 0 && !/[\\/]$/.test(localDir)) {
      break;
    }
    if (names.length > MANY_NAMES) {
      return undefined;
    }
  }
  return names.length === 0 ? undefined : names;
}

/** Prints the file mode mask when it is ready to receive; ends without a word when it cannot. */
function makeReceiver(remoteDir: string, names: readonly string[], modes: ModeRule): string {
  const list = names.map((name) => `'${name.replaceAll("'", "'\\''")}'`).join(" ");
  return posixScript(
    [
      `cd ${shellPath(remoteDir)} 2>/dev/null && command -v tar >/dev/null || exit 3`,
      // tar replaces what is there already; scp and SFTP write into it.
      `for n in ${list}; do if [ -e "$n" ] || [ -L "$n" ]; then exit 4; fi; done`,
      "umask",
      `exec tar x${modes === "exact" ? "p" : ""}mof -`,
    ].join("; "),
  );
}

async function readMask(tar: Conversation): Promise<number | undefined> {
  try {
    const line = (await tar.reader.line()).trim();
    return /^[0-7]{3,4}$/.test(line) ? Number.parseInt(line, 8) : undefined;
  } catch (thrown) {
    if (thrown instanceof EndOfStream) {
      const end = await tar.end();
      if (end.end === "exited") {
        return undefined;
      }
    }
    throw thrown;
  }
}

async function sendTree(
  tar: Conversation,
  { localDir, leftOut, onProgress }: FolderTransfer,
  keep: number,
): Promise<void> {
  const batch = new Batch((bytes) => tar.send(bytes));
  for (const { path, mode, size, from } of listPaths(walkTree(localDir, leftOut))) {
    const header = makeTarHeader({ path, mode: mode & keep, size });
    const padding = makeTarPadding(size);
    const small = size <= SMALL_FILE ? size : 0;
    if (!batch.hasRoom(header.length + small + padding.length)) {
      await batch.flush();
    }
    batch.add(header);
    if (from !== undefined && small > 0) {
      readSmallFile(from, batch.take(small));
    } else if (from !== undefined && size > 0) {
      await batch.flush();
      for await (const chunk of fileContent(from, size)) {
        await tar.send(chunk);
        onProgress?.(chunk.length);
      }
    }
    batch.add(padding);
    if (small > 0) {
      onProgress?.(small);
    }
  }
  if (!batch.hasRoom(tarEnd.length)) {
    await batch.flush();
  }
  batch.add(tarEnd);
  await batch.flush();
}

/** Small pieces that travel together: a packet and a turn of the event loop each would cost more than the bytes in them. */
class Batch {
  readonly #bytes = Buffer.allocUnsafeSlow(BATCH);
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  #used = 0;

  constructor(send: (bytes: Uint8Array) => Promise<void>) {
    this.#send = send;
  }

  hasRoom(length: number): boolean {
    return this.#used + length <= this.#bytes.length;
  }

  /** The next `length` bytes, to be written to before anything else is asked for. */
  take(length: number): Uint8Array {
    this.#used += length;
    return this.#bytes.subarray(this.#used - length, this.#used);
  }

  add(piece: Uint8Array): void {
    this.take(piece.length).set(piece);
  }

  /** What was sent is encrypted elsewhere by then, so the same bytes are filled again. */
  async flush(): Promise<void> {
    if (this.#used === 0) {
      return;
    }
    await this.#send(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
  }
}

interface PathEntry {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly from?: string | undefined;
}

function* listPaths(steps: Iterable<TreeStep>): Generator<PathEntry> {
  const inside: string[] = [];
  for (const step of steps) {
    if (step.step === "leave") {
      inside.pop();
    } else if (step.step === "enter") {
      inside.push(step.name);
      yield { path: `${inside.join("/")}/`, mode: step.mode, size: 0 };
    } else {
      yield { path: [...inside, step.name].join("/"), mode: step.mode, size: step.size, from: step.path };
    }
  }
}

/** Downloads a folder: it arrives in `localDir` under its own name, links followed. Gives false where this way cannot be taken. */
export async function tarDownloadFolder(
  connection: SshConnection,
  { localDir, remoteDir, leftOut, onProgress }: FolderTransfer,
  signal: AbortSignal,
): Promise<boolean> {
  // In an archive a file may only be a reference to another name of it, which may be one that is left out.
  if (leftOut !== undefined) {
    return false;
  }
  const [, parent = "", name = ""] = /^(.*?)([^/]+)\/*$/.exec(remoteDir) ?? [];
  if (name === "" || name === "." || name === ".." || name === "~" || name.startsWith("$")) {
    return false;
  }
  const into = parent === "" ? "." : shellPath(parent);
  const script = [
    `cd ${into} 2>/dev/null && command -v tar >/dev/null && [ -d ${shellPath(name)} ] || exit 3`,
    "echo ready",
    `LC_ALL=C exec tar chf - ${shellPath(`./${name}`)}`,
  ].join("; ");
  const tar = await converse(connection, posixScript(script), signal);
  const what = `The folder "${remoteDir}" was not downloaded`;
  try {
    if (!(await isReady(tar))) {
      return false;
    }
    await receiveTree(tar, localDir, what, onProgress);
    const end = await tar.end();
    if (end.end === "disconnected") {
      throw new EndOfStream("the connection was closed");
    }
    if (end.code !== 0 && !isHarmless(tar.complaints())) {
      throw transferFailure(what, tar.complaints() || `The remote tar ended with status ${end.code}.`);
    }
    return true;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!connection.isOpen) {
      throw lostFailure(connection, what, thrown);
    }
    if (thrown instanceof EndOfStream) {
      throw transferFailure(what, `The archive broke off: ${readMessage(thrown)}. ${tar.complaints()}`.trim());
    }
    throw localFailure(what, thrown);
  } finally {
    tar.close();
  }
}

async function isReady(tar: Conversation): Promise<boolean> {
  try {
    return (await tar.reader.line()).trim() === "ready";
  } catch (thrown) {
    if (thrown instanceof EndOfStream) {
      const end = await tar.end();
      if (end.end === "exited") {
        return false;
      }
    }
    throw thrown;
  }
}

/** A file that grew or went away while it was read is what scp would not even notice. */
function isHarmless(complaints: string): boolean {
  const lines = complaints.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 0 && lines.every((line) => /changed as we read it|removed before we read it/.test(line));
}

async function receiveTree(
  tar: Conversation,
  localDir: string,
  what: string,
  onProgress?: (bytes: number) => void,
): Promise<void> {
  const {
    default: { extract },
  } = await import("tar-stream");
  const archive = extract();
  const source = Readable.from(readArchive(tar));
  source.on("error", (error) => archive.destroy(error)).pipe(archive as unknown as NodeJS.WritableStream);
  const folders: { path: string; mode: number }[] = [];
  for await (const entry of archive) {
    const { type, name, mode = 0o644, linkname } = entry.header;
    const path = choosePlace(localDir, name, what);
    if (type === "directory") {
      await mkdir(path, { recursive: true, mode: 0o700 });
      folders.push({ path, mode: mode & 0o777 });
      entry.resume();
    } else if (type === "file" || type === "contiguous-file") {
      await pipeline(entry as unknown as NodeJS.ReadableStream, createWriteStream(path, { mode: mode & 0o777 }));
      onProgress?.(entry.header.size ?? 0);
    } else if (type === "link" && typeof linkname === "string") {
      await copyFile(choosePlace(localDir, linkname, what), path);
      onProgress?.((await stat(path)).size);
      entry.resume();
    } else {
      throw transferFailure(what, `"${name}" there is neither a file nor a folder.`);
    }
  }
  // Deepest first, and only now: a folder that may not be written to could not have been filled.
  for (const { path, mode } of folders.reverse()) {
    await chmod(path, mode);
  }
}

async function* readArchive(tar: Conversation): AsyncGenerator<Uint8Array> {
  for (;;) {
    let chunk: Buffer;
    try {
      chunk = await tar.reader.some(BATCH);
    } catch (thrown) {
      if (thrown instanceof EndOfStream) {
        return;
      }
      throw thrown;
    }
    yield chunk;
  }
}

function choosePlace(localDir: string, name: string, what: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  return join(localDir, ...parts.map((part) => localName(part, what)));
}

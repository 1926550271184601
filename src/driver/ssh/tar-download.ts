// Folders from the other side as one tar stream, where it has tar: no round trip per file.
import { createWriteStream } from "node:fs";
import { chmod, copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readMessage } from "../../diagnostic/build-error.ts";
import { type ArchiveName, asBytes, readName, readTarget } from "../archive/tar-names.ts";
import { EndOfStream } from "../stream/byte-reader.ts";
import type { SshConnection } from "./connection.ts";
import { chooseLocalName } from "./local-write.ts";
import {
  type Conversation,
  converse,
  describeLocalFailure,
  describeLoss,
  type FolderTransfer,
  quoteShellPath,
  transferFailure,
  writePosixScript,
} from "./transfer.ts";

const PIECE = 128 * 1024;

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
  const into = parent === "" ? "." : quoteShellPath(parent);
  const script = [
    `cd ${into} 2>/dev/null && command -v tar >/dev/null && [ -d ${quoteShellPath(name)} ] || exit 3`,
    "echo ready",
    `LC_ALL=C exec tar chf - ${quoteShellPath(`./${name}`)}`,
  ].join("; ");
  const tar = await converse(connection, writePosixScript(script), signal);
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
      throw describeLoss(connection, what, thrown);
    }
    if (thrown instanceof EndOfStream) {
      throw transferFailure(what, `The archive broke off: ${readMessage(thrown)}. ${tar.complaints()}`.trim());
    }
    throw describeLocalFailure(what, thrown);
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
  const archive = extract(asBytes as Parameters<typeof extract>[0]);
  const source = Readable.from(readArchive(tar));
  source.on("error", (error) => archive.destroy(error)).pipe(archive as unknown as NodeJS.WritableStream);
  const folders: { path: string | Buffer; mode: number }[] = [];
  for await (const entry of archive) {
    const { type, mode = 0o644, linkname } = entry.header;
    const name = readName(entry.header);
    const path = choosePlace(localDir, name, what);
    if (type === "directory") {
      await mkdir(path, { recursive: true, mode: 0o700 });
      folders.push({ path, mode: mode & 0o777 });
      entry.resume();
    } else if (type === "file" || type === "contiguous-file") {
      await pipeline(entry as unknown as NodeJS.ReadableStream, createWriteStream(path, { mode: mode & 0o777 }));
      onProgress?.(entry.header.size ?? 0);
    } else if (type === "link" && typeof linkname === "string") {
      await copyFile(choosePlace(localDir, readTarget(entry.header), what), path);
      onProgress?.((await stat(path)).size);
      entry.resume();
    } else {
      throw transferFailure(what, `"${name.text}" there is neither a file nor a folder.`);
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
      chunk = await tar.reader.some(PIECE);
    } catch (thrown) {
      if (thrown instanceof EndOfStream) {
        return;
      }
      throw thrown;
    }
    yield chunk;
  }
}

function choosePlace(localDir: string, { text, bytes }: ArchiveName, what: string): string | Buffer {
  const parts = (bytes?.toString("latin1") ?? text).split("/").filter((part) => part !== "" && part !== ".");
  const names = parts.map((part) => chooseLocalName(part, what));
  if (bytes === undefined) {
    return join(localDir, ...names);
  }
  return Buffer.concat([Buffer.from(`${localDir}/`), Buffer.from(names.join("/"), "latin1")]);
}

// Tar archives as an engine takes and gives them: one file in, one file or folder out.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure } from "../../diagnostic/build-error.ts";
import { asBytes, readName, readTarget } from "../archive/tar-names.ts";

/** A file to be sent. */
export interface OutgoingFile {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: Date;
  readonly content: AsyncIterable<Uint8Array>;
}

/** An entry of an archive; its content must be read before the next one is asked for, or it is skipped. */
export interface ArchiveEntry {
  readonly name: string;
  /** The name as it is, where it is no text. */
  readonly nameBytes?: Buffer | undefined;
  /** The name is no text, and what it was is lost. */
  readonly isNameLost: boolean;
  readonly type: "file" | "folder" | "symlink" | "hardlink" | "other";
  readonly mode: number;
  /** Where a link leads, as it is written in the archive. */
  readonly target: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** An archive with this one file. Reads the content as the archive is read. */
export async function* makeArchive(file: OutgoingFile): AsyncGenerator<Uint8Array> {
  const { default: tar } = await import("tar-stream");
  const archive = tar.pack();
  const { name, size, mode, uid, gid, modified: mtime } = file;
  const written = new Promise<void>((resolve, reject) => {
    const entry = archive.entry({ name, size, mode, uid, gid, mtime }, (error) => (error ? reject(error) : resolve()));
    pipeline(Readable.from(guardSize(file)), entry).catch((error) => {
      reject(error);
      archive.destroy(error);
    });
  }).then(() => archive.finalize());
  written.catch(() => {});
  for await (const chunk of archive) {
    yield chunk as Uint8Array;
  }
  await written;
}

/** The content, provided that it is as long as was said: the archive's header cannot be changed any more. */
export async function* guardSize({
  name,
  size,
  content,
}: Pick<OutgoingFile, "name" | "size" | "content">): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of content) {
    sent += chunk.length;
    if (sent > size) {
      break;
    }
    yield chunk;
  }
  if (sent === size) {
    return;
  }
  throw failure("provisioner", "docker/copy", `The content of "${name}" changed while it was sent`, {
    detail: `It had ${size} bytes when the transfer began and has ${sent > size ? "more" : sent} now.`,
    hint: "Make sure that nothing writes to the file during the build.",
  });
}

/** The entries of an archive, in order. */
export async function* readEntries(archive: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
  const { default: tar } = await import("tar-stream");
  const reader = tar.extract(asBytes as Parameters<typeof tar.extract>[0]);
  const fed = pipeline(Readable.from(archive), reader);
  // Its failure arrives through the reader; a reader that has enough ends it early.
  fed.catch(() => {});
  for await (const { header, resume, ...rest } of listEntriesWithContent(reader)) {
    const { text: name, bytes: nameBytes, isLost: isNameLost = false } = readName(header);
    yield {
      name,
      nameBytes,
      isNameLost,
      type: readType(header.type),
      mode: header.mode ?? 0o644,
      target: readTarget(header).text,
      content: rest.content,
    };
    resume();
  }
  await fed;
}

interface ReadEntry {
  readonly header: {
    readonly name: string;
    readonly type?: string | null | undefined;
    readonly mode?: number | undefined;
    readonly linkname?: string | null | undefined;
    readonly pax?: Readonly<Record<string, string>> | null | undefined;
  };
  readonly content: AsyncIterable<Uint8Array>;
  resume(): void;
}

async function* listEntriesWithContent(reader: AsyncIterable<unknown>): AsyncGenerator<ReadEntry> {
  for await (const entry of reader) {
    const stream = entry as AsyncIterable<Uint8Array> & { header: ReadEntry["header"]; resume(): void };
    yield { header: stream.header, content: stream, resume: () => stream.resume() };
  }
}

function readType(type: string | null | undefined): ArchiveEntry["type"] {
  if (type === "file" || type === "contiguous-file") {
    return "file";
  }
  if (type === "directory") {
    return "folder";
  }
  if (type === "symlink") {
    return "symlink";
  }
  return type === "link" ? "hardlink" : "other";
}

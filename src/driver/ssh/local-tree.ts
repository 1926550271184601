// Walks a local folder for an upload, links followed.
import { isUtf8 } from "node:buffer";
import { closeSync, createReadStream, lstatSync, openSync, readdirSync, readSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";

/** Where something lies on this machine: as bytes where a name on the way is no text. */
export type LocalPath = string | Buffer;

/** What a file or folder is called: `name` is for people, `bytes` are what the file system has. */
interface Named {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A step of the walk: into a folder, a file, out of the folder. */
export type TreeStep =
  | ({ readonly step: "enter"; readonly mode: number } & Named)
  | ({ readonly step: "file"; readonly mode: number; readonly size: number; readonly path: LocalPath } & Named)
  | { readonly step: "leave" };

/** Tells of a path below a folder whether it stays where it is. */
export type LeftOut = (path: string) => boolean;

/**
 * The contents of `dir`, and the folder itself around them unless `dir` ends in a slash.
 * As Packer 1.6.6: a link to a file is its content with mode 0644, a link to a folder is a folder with mode 0777.
 */
export function* walkTree(dir: string, leftOut: LeftOut = () => false): Generator<TreeStep> {
  const info = look(dir, () => statSync(dir));
  if (!info.isDirectory()) {
    throw failure("provisioner", "communicator/ssh-transfer", `"${dir}" is not a folder`);
  }
  if (/[\\/]$/.test(dir)) {
    return yield* listContents(dir, "", leftOut);
  }
  yield { step: "enter", name: basename(dir), bytes: Buffer.from(basename(dir)), mode: info.mode & 0o777 };
  yield* listContents(dir, "", leftOut);
  yield { step: "leave" };
}

/** The names that are right in `dir` and do not stay where they are. */
export function listNames(dir: string, leftOut: LeftOut = () => false): readonly Buffer[] {
  return readNames(dir).filter((bytes) => !leftOut(bytes.toString()));
}

function readNames(dir: LocalPath): readonly Buffer[] {
  return look(dir, () => readdirSync(dir, "buffer")).sort(Buffer.compare);
}

function joinPath(dir: LocalPath, bytes: Buffer): LocalPath {
  if (typeof dir === "string" && isUtf8(bytes)) {
    return join(dir, bytes.toString());
  }
  return Buffer.concat([Buffer.from(dir), Buffer.from("/"), bytes]);
}

function* listContents(dir: LocalPath, below: string, leftOut: LeftOut): Generator<TreeStep> {
  for (const bytes of readNames(dir)) {
    const path = joinPath(dir, bytes);
    const name = bytes.toString();
    const inside = `${below}${name}`;
    if (leftOut(inside)) {
      continue;
    }
    const own = look(path, () => lstatSync(path));
    const linked = own.isSymbolicLink();
    const info = linked ? look(path, () => statSync(path)) : own;
    if (info.isDirectory()) {
      yield { step: "enter", name, bytes, mode: linked ? 0o777 : info.mode & 0o777 };
      yield* listContents(path, `${inside}/`, leftOut);
      yield { step: "leave" };
    } else if (info.isFile()) {
      yield { step: "file", name, bytes, path, size: info.size, mode: linked ? 0o644 : info.mode & 0o777 };
    } else {
      throw failure("provisioner", "communicator/ssh-transfer", `"${path}" cannot be uploaded`, {
        detail: "It is neither a file nor a folder nor a link to one.",
      });
    }
  }
}

// Asking the file system at once takes a tenth of the time that handing the question to another thread takes.
function look<T extends Stats | Buffer[]>(path: LocalPath, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw explainUnreadable(path, thrown);
  }
}

function explainUnreadable(path: LocalPath, thrown: unknown): Error {
  return failure("provisioner", "communicator/ssh-transfer", `"${path}" cannot be read`, {
    detail: readMessage(thrown),
    cause: thrown,
  });
}

const CHUNK = 256 * 1024;

/** Bytes up to which a file is read at once, without another thread. */
export const SMALL_FILE = 64 * 1024;

/** The first `size` bytes of a file in pieces; throws when the file has become shorter. */
export async function* makeFileContent(path: LocalPath, size: number): AsyncGenerator<Uint8Array> {
  if (size === 0) {
    return;
  }
  if (size <= SMALL_FILE) {
    const bytes = Buffer.allocUnsafe(size);
    readSmallFile(path, bytes);
    yield bytes;
    return;
  }
  let sent = 0;
  try {
    for await (const chunk of createReadStream(path, { end: size - 1, highWaterMark: CHUNK })) {
      sent += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (thrown) {
    throw explainUnreadable(path, thrown);
  }
  if (sent < size) {
    throw explainShortened(path, size, sent);
  }
}

/** Fills `into` with the beginning of a file; throws when the file has become shorter. */
export function readSmallFile(path: LocalPath, into: Uint8Array): void {
  let filled = 0;
  try {
    const file = openSync(path, "r");
    try {
      for (let got = -1; filled < into.length && got !== 0; filled += got) {
        got = readSync(file, into, filled, into.length - filled, null);
      }
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    throw explainUnreadable(path, thrown);
  }
  if (filled < into.length) {
    throw explainShortened(path, into.length, filled);
  }
}

function explainShortened(path: LocalPath, before: number, now: number): Error {
  return failure("provisioner", "communicator/ssh-transfer", `"${path}" became shorter while it was uploaded`, {
    detail: `It had ${before} bytes, then ${now}.`,
  });
}

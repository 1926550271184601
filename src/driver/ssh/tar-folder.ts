// Folders as one tar stream, where the other side has tar: no round trip per file.

import { EndOfStream } from "../stream/byte-reader.ts";
import { BrokenPipe } from "./command.ts";
import type { SshConnection } from "./connection.ts";
import { type LocalPath, makeFileContent, readSmallFile, SMALL_FILE, type TreeStep, walkTree } from "./local-tree.ts";
import { makeTarHeader, makeTarPadding, tarEnd } from "./tar-header.ts";
import {
  chooseNewName,
  findFolders,
  listTopNames,
  type ModeRule,
  makeReceiver,
  type Reception,
  readReception,
} from "./tar-receiver.ts";
import {
  type Conversation,
  converse,
  describeLocalFailure,
  describeLoss,
  type FolderTransfer,
  transferFailure,
} from "./transfer.ts";

const BATCH = 128 * 1024;

/**
 * Uploads a folder as `scpUploadFolder` and `sftpUploadFolder` do, also into what is there already. Gives false, with nothing
 * changed, where this way cannot be taken: no tar or no POSIX shell there, no such folder, or a tar that cannot merge.
 */
export async function tarUploadFolder(
  connection: SshConnection,
  folder: FolderTransfer,
  modes: ModeRule,
  signal: AbortSignal,
): Promise<boolean> {
  const names = listTopNames(folder);
  if (names.length === 0) {
    return false;
  }
  const newName = modes === "masked" ? chooseNewName(folder) : undefined;
  const what = `The folder "${folder.localDir}" was not uploaded`;
  const tar = await converse(connection, makeReceiver(folder, modes, names, newName), signal);
  try {
    const reception = await readReception(tar, newName);
    if (reception === undefined) {
      return false;
    }
    if (reception.merges && modes === "exact" && !(await canWriteInto(tar, folder, what))) {
      return false;
    }
    await new Sender(tar, folder, { modes, reception }).send();
    tar.endInput();
    const end = await tar.end();
    if (end.end === "exited" && end.code === 0) {
      return true;
    }
    throw new BrokenPipe();
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof BrokenPipe) && !(thrown instanceof EndOfStream)) {
      throw describeLocalFailure(what, thrown);
    }
    tar.endInput();
    const end = await tar.end();
    if (end.end === "disconnected") {
      throw describeLoss(connection, what, thrown);
    }
    throw transferFailure(what, `The remote tar ended with status ${end.code}. ${tar.complaints()}`.trim());
  } finally {
    tar.close();
  }
}

/** False where tar cannot do what SFTP does: it would put a folder in place of a link to one. */
async function canWriteInto(tar: Conversation, { localDir, leftOut }: FolderTransfer, what: string): Promise<boolean> {
  const paths = [...listPaths(walkTree(localDir, leftOut), undefined)]
    .filter(({ entry }) => entry === "folder")
    .map(({ path }) => path);
  const found = await findFolders(tar, paths);
  const blocked = paths.find((_, i) => found[i] === "other");
  if (blocked !== undefined) {
    throw transferFailure(what, `"${blocked}" is there already and is not a folder.`);
  }
  return !found.includes("link");
}

/** What is known of the other side when the sending begins. */
interface Circumstances {
  readonly modes: ModeRule;
  readonly reception: Reception;
}

/** Writes a folder as an archive. */
class Sender {
  readonly #tar: Conversation;
  readonly #folder: FolderTransfer;
  readonly #circumstances: Circumstances;
  readonly #batch: Batch;

  constructor(tar: Conversation, folder: FolderTransfer, circumstances: Circumstances) {
    this.#tar = tar;
    this.#folder = folder;
    this.#circumstances = circumstances;
    this.#batch = new Batch((bytes) => tar.send(bytes));
  }

  async send(): Promise<void> {
    for (const entry of this.#entries()) {
      if (entry.entry === "file") {
        await this.#sendFile(entry);
      } else {
        await this.#sendFolder(entry);
      }
    }
    await this.#batch.makeRoom(tarEnd.length);
    this.#batch.add(tarEnd);
    await this.#batch.flush();
  }

  async #sendFolder({ entry, path, mode }: FolderEntry): Promise<void> {
    const isOpen = (mode & OPEN) === OPEN;
    if (entry === "folder-end" && isOpen) {
      return;
    }
    const now = entry === "folder" ? mode | OPEN : mode;
    const header = makeTarHeader({ path: Buffer.concat([path, SLASH]), mode: this.#mask(now), size: 0 });
    await this.#batch.makeRoom(header.length);
    this.#batch.add(header);
  }

  async #sendFile({ path, mode, size, from }: FileEntry): Promise<void> {
    const header = makeTarHeader({ path, mode: this.#mask(mode), size });
    const padding = makeTarPadding(size);
    const small = size <= SMALL_FILE ? size : 0;
    await this.#batch.makeRoom(header.length + small + padding.length);
    this.#batch.add(header);
    if (small > 0) {
      readSmallFile(from, this.#batch.take(small));
      this.#folder.onProgress?.(small);
    } else if (size > 0) {
      await this.#batch.flush();
      for await (const chunk of makeFileContent(from, size)) {
        await this.#tar.send(chunk);
        this.#folder.onProgress?.(chunk.length);
      }
    }
    this.#batch.add(padding);
  }

  #entries(): Generator<FolderEntry | FileEntry> {
    const { localDir, leftOut } = this.#folder;
    return listPaths(walkTree(localDir, leftOut), this.#circumstances.reception.renamed);
  }

  #mask(mode: number): number {
    const { modes, reception } = this.#circumstances;
    return modes === "masked" ? mode & ~reception.mask : mode;
  }
}

/** Small pieces that travel together: a packet and a turn of the event loop each would cost more than the bytes in them. */
class Batch {
  readonly #bytes = Buffer.allocUnsafeSlow(BATCH);
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  #used = 0;

  constructor(send: (bytes: Uint8Array) => Promise<void>) {
    this.#send = send;
  }

  async makeRoom(length: number): Promise<void> {
    if (this.#used + length > this.#bytes.length) {
      await this.flush();
    }
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

/** A folder before what lies in it, and once more after that. */
interface FolderEntry {
  readonly entry: "folder" | "folder-end";
  readonly path: Buffer;
  readonly mode: number;
}

interface FileEntry {
  readonly entry: "file";
  readonly path: Buffer;
  readonly mode: number;
  readonly size: number;
  readonly from: LocalPath;
}

/** A folder that its owner may not write to gets its mode when it is full: not every tar waits with that. */
const OPEN = 0o700;
const SLASH = Buffer.from("/");

/** The walk with whole paths; `renamed` is what the outermost folder is called. */
function* listPaths(steps: Iterable<TreeStep>, renamed: string | undefined): Generator<FolderEntry | FileEntry> {
  const inside: FolderEntry[] = [];
  for (const step of steps) {
    if (step.step === "leave") {
      const left = inside.pop();
      if (left !== undefined) {
        yield { ...left, entry: "folder-end" };
      }
      continue;
    }
    const parent = inside.at(-1);
    const name = parent === undefined && renamed !== undefined ? Buffer.from(renamed) : step.bytes;
    const path = parent === undefined ? name : Buffer.concat([parent.path, SLASH, name]);
    if (step.step === "enter") {
      const folder = { entry: "folder", path, mode: step.mode } as const;
      inside.push(folder);
      yield folder;
    } else {
      yield { entry: "file", path, mode: step.mode, size: step.size, from: step.path };
    }
  }
}

// Files and folders by SFTP, with many requests under way at once.
import { chmod, mkdir, open } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Duplex } from "node:stream";
import type { Attributes, Client, FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";
import { BuildError, readMessage } from "../../diagnostic/build-error.ts";
import { openSession } from "./command.ts";
import type { SshConnection } from "./connection.ts";
import { countGarbage } from "./garbage.ts";
import { makeFileContent, walkTree } from "./local-tree.ts";
import { chooseLocalName } from "./local-write.ts";
import { describeLoss, type FileToSend, type FolderTransfer, transferFailure } from "./transfer.ts";

/** Bytes per request that every server takes; OpenSSH takes eight times as much. */
const PIECE = 32 * 1024;
const LARGE_PIECE = 256 * 1024;
/** Bytes under way for one file. */
const WINDOW = 2 * 1024 * 1024;
/** Names of one folder; a server that has more may go on for ever. */
const MOST_ENTRIES = 500_000;
const MOST_LISTS = 100_000;
/** Small files under way at once. */
const FILES = 32;

/** Uploads one file: made or emptied, filled, and given its mode. */
export function uploadOverSftp(
  connection: SshConnection,
  file: FileToSend,
  remotePath: string,
  signal: AbortSignal,
): Promise<void> {
  return withSession(connection, `"${remotePath}" was not uploaded`, signal, (sftp) => putFile(sftp, remotePath, file));
}

/** Uploads a folder into `remoteDir`, or its contents when `localDir` ends in a slash. */
export function uploadFolderOverSftp(
  connection: SshConnection,
  { localDir, remoteDir, leftOut, onProgress }: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  return withSession(connection, `The folder "${localDir}" was not uploaded`, signal, async (sftp) => {
    const path = [remoteDir];
    const modes: { path: string; mode: number }[] = [];
    const running = new Pool(FILES);
    for (const step of walkTree(localDir, leftOut)) {
      signal.throwIfAborted();
      if (step.step === "leave") {
        path.pop();
      } else if (step.step === "enter") {
        const dir = posix.join(...path, step.name);
        path.push(step.name);
        await makeFolder(sftp, dir);
        modes.push({ path: dir, mode: step.mode });
      } else {
        const to = posix.join(...path, step.name);
        await running.add(() =>
          putFile(sftp, to, { ...step, content: makeFileContent(step.path, step.size), onProgress }),
        );
      }
    }
    await running.end();
    // Deepest first, and only now: a folder that may not be written to could not have been filled.
    for (const { path: dir, mode } of modes.reverse()) {
      await sftp.call((done) => sftp.raw.chmod(dir, mode, done));
    }
  });
}

/** The content of a remote file, read ahead. */
export async function* downloadOverSftp(
  connection: SshConnection,
  remotePath: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const what = `"${remotePath}" was not downloaded`;
  const sftp = await openSftp(connection);
  const stop = (): void => sftp.end();
  signal.addEventListener("abort", stop, { once: true });
  try {
    yield* readContent(sftp, remotePath);
  } catch (thrown) {
    signal.throwIfAborted();
    throw explainFailure(connection, what, thrown);
  } finally {
    signal.removeEventListener("abort", stop);
    sftp.end();
  }
}

/** Downloads a folder: it arrives in `localDir` under its own name, links followed. */
export function downloadFolderOverSftp(
  connection: SshConnection,
  { localDir, remoteDir, leftOut = () => false, onProgress }: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  const what = `The folder "${remoteDir}" was not downloaded`;
  return withSession(connection, what, signal, async (sftp) => {
    const from = await sftp.call<string>((done) => sftp.raw.realpath(remoteDir, done));
    const info = await sftp.call<Attributes>((done) => sftp.raw.stat(from, done));
    const running = new Pool(FILES);
    const to = join(localDir, chooseLocalName(posix.basename(from), what));
    const isWanted = (path: string): boolean => !leftOut(posix.relative(from, path));
    await fetchFolder(sftp, { from, to, mode: info.mode & 0o777 }, { running, what, isWanted, onProgress });
    await running.end();
  });
}

interface FolderFetch {
  readonly running: Pool;
  readonly what: string;
  readonly onProgress: FolderTransfer["onProgress"];
  isWanted(path: string): boolean;
}

/** A remote file or folder, its place on this machine, and the mode it gets there. */
interface Fetched {
  readonly from: string;
  readonly to: string;
  readonly mode: number;
}

async function fetchFolder(sftp: Session, { from, to, mode }: Fetched, fetch: FolderFetch): Promise<void> {
  const { running, what } = fetch;
  await mkdir(to, { recursive: true, mode: 0o700 });
  const entries = await listFolder(sftp, from, what);
  for (const { filename } of entries) {
    const source = posix.join(from, filename);
    if (filename === "." || filename === ".." || !fetch.isWanted(source)) {
      continue;
    }
    const info = await sftp.call<Stats>((done) => sftp.raw.stat(source, done));
    const entry = { from: source, to: join(to, chooseLocalName(filename, what)), mode: info.mode & 0o777 };
    if (info.isDirectory()) {
      await fetchFolder(sftp, entry, fetch);
    } else {
      await running.add(() => fetchFile(sftp, entry, fetch));
    }
  }
  await running.idle();
  await chmod(to, mode);
}

/** The library would go on for as long as the server has something to say. */
async function listFolder(sftp: Session, path: string, what: string): Promise<readonly FileEntryWithStats[]> {
  const handle = await sftp.call<Buffer>((done) => sftp.raw.opendir(path, done));
  try {
    const entries: FileEntryWithStats[] = [];
    for (let answers = 0; entries.length < MOST_ENTRIES && answers < MOST_LISTS; answers++) {
      const some = await readEntries(sftp, handle);
      if (some === undefined) {
        return entries;
      }
      entries.push(...some);
    }
    throw transferFailure(
      what,
      `The server does not come to an end with the names in ${path}: ${entries.length} have come.`,
    );
  } finally {
    await sftp.call((done) => sftp.raw.close(handle, done)).catch(() => {});
  }
}

/** Some entries of a folder; `undefined` behind the last. */
function readEntries(sftp: Session, handle: Buffer): Promise<readonly FileEntryWithStats[] | undefined> {
  return sftp.call<readonly FileEntryWithStats[] | undefined>((done) =>
    sftp.raw.readdir(handle, (error, list) => {
      const isEnd = (error as { code?: number | undefined } | undefined)?.code === EOF_STATUS;
      done(isEnd ? undefined : error, isEnd ? undefined : list);
    }),
  );
}

async function fetchFile(sftp: Session, { from, to, mode }: Fetched, { onProgress }: FolderFetch): Promise<void> {
  const file = await open(to, "w", mode);
  try {
    for await (const chunk of readContent(sftp, from)) {
      await file.writeFile(chunk);
      onProgress?.(chunk.length);
    }
  } finally {
    await file.close();
  }
}

async function* readContent(sftp: Session, path: string): AsyncGenerator<Uint8Array> {
  const handle = await sftp.call<Buffer>((done) => sftp.raw.open(path, "r", done));
  try {
    const { size } = await sftp.call<Attributes>((done) => sftp.raw.fstat(handle, done));
    const length = choosePiece(sftp, "_maxReadLen");
    const ahead: Promise<Buffer>[] = [];
    const room: Buffer[] = [];
    let asked = 0;
    // What the server reported may be wrong or outdated: after the last full piece, read on until the end.
    for (let at = 0; ; ) {
      while (ahead.length * length < WINDOW && asked < Math.max(size, at + 1)) {
        const piece = readPiece(sftp, handle, asked, room.pop() ?? Buffer.allocUnsafeSlow(length));
        piece.catch(() => {});
        ahead.push(piece);
        asked += length;
      }
      const chunk = (await ahead.shift()) as Buffer;
      at += chunk.length;
      countGarbage("received", chunk.length);
      if (chunk.length > 0) {
        // A copy: buffers that lie in wait for an answer are old when it comes, and freed late.
        const copy = Buffer.from(chunk);
        room.push(Buffer.from(chunk.buffer));
        yield copy;
      }
      if (chunk.length === length) {
        continue;
      }
      if (chunk.length === 0) {
        return;
      }
      // A short piece in the middle: start again behind it.
      await Promise.allSettled(ahead.splice(0));
      asked = at;
    }
  } finally {
    await sftp.call((done) => sftp.raw.close(handle, done)).catch(() => {});
  }
}

function readPiece(sftp: Session, handle: Buffer, position: number, into: Buffer): Promise<Buffer> {
  return sftp.call<Buffer>((done) =>
    sftp.raw.read(handle, into, 0, into.length, position, (error, got, buffer) => {
      const atEnd = (error as { code?: number | undefined } | undefined)?.code === EOF_STATUS;
      if (error && !atEnd) {
        done(error, buffer);
      } else {
        done(undefined, atEnd ? Buffer.alloc(0) : buffer.subarray(0, got));
      }
    }),
  );
}

/** Bytes per request to this server: the library knows its limit but does not say so in its types. */
function choosePiece(sftp: Session, limit: "_maxReadLen" | "_maxWriteLen"): number {
  const known = (sftp.raw as unknown as Partial<Record<typeof limit, number>>)[limit] ?? PIECE;
  return Math.max(PIECE, Math.min(LARGE_PIECE, Math.floor(known / PIECE) * PIECE));
}

const EOF_STATUS = 1;
const FAILURE_STATUS = 4;

async function putFile(sftp: Session, path: string, file: FileToSend): Promise<void> {
  const handle = await sftp.call<Buffer>((done) => sftp.raw.open(path, "w", done));
  const piece = choosePiece(sftp, "_maxWriteLen");
  const running = new Pool(WINDOW / piece);
  try {
    let at = 0;
    for await (const chunk of file.content) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let start = 0; start < bytes.length; start += piece) {
        const length = Math.min(piece, bytes.length - start);
        const position = at + start;
        countGarbage("sent", length);
        await running.add(() =>
          sftp
            .call((done) => sftp.raw.write(handle, bytes, start, length, position, done))
            .then(() => file.onProgress?.(length)),
        );
      }
      at += bytes.length;
    }
    await running.end();
    await sftp.call((done) => sftp.raw.fchmod(handle, file.mode, done));
  } finally {
    await running.idle();
    await sftp.call((done) => sftp.raw.close(handle, done)).catch(() => {});
  }
}

async function makeFolder(sftp: Session, path: string): Promise<void> {
  try {
    await sftp.call((done) => sftp.raw.mkdir(path, done));
  } catch (thrown) {
    // The protocol has no "exists already": the general failure may mean it.
    if ((thrown as { code?: number | undefined }).code !== FAILURE_STATUS) {
      throw thrown;
    }
    const info = await sftp.call<Stats>((done) => sftp.raw.stat(path, done));
    if (!info.isDirectory()) {
      throw thrown;
    }
  }
}

/** Keeps up to `limit` things under way; the first failure is thrown by the next call. */
class Pool {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failed: { reason: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async add(start: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit) {
      await Promise.race(this.#running);
    }
    this.#throwFailure();
    const task: Promise<void> = start()
      .catch((reason: unknown) => {
        this.#failed ??= { reason };
      })
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async end(): Promise<void> {
    await this.idle();
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failed !== undefined) {
      throw this.#failed.reason;
    }
  }
}

/** The library's session, whose requests also end when the connection does: it forgets to answer some of them then. */
class Session {
  readonly raw: SFTPWrapper;
  readonly #client: Client;
  readonly #stream: Duplex;
  readonly #pending = new Set<(reason: Error) => void>();
  #ended = false;
  readonly #fail = (): void => {
    this.#ended = true;
    for (const reject of this.#pending) {
      reject(new Error("the SFTP session has ended"));
    }
    this.#pending.clear();
  };

  constructor({ client, stream }: SshConnection, raw: SFTPWrapper) {
    this.raw = raw;
    this.#client = client;
    this.#stream = stream;
    client.once("close", this.#fail);
    raw.once("close", this.#fail).on("error", this.#fail);
  }

  call<T = void>(start: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        return reject(new Error("the SFTP session has ended"));
      }
      this.#pending.add(reject);
      // One request is many packets; together they cost one call of the system instead of one each.
      this.#stream.cork();
      start((error, value) => {
        this.#pending.delete(reject);
        if (error) {
          reject(error);
        } else {
          resolve(value);
        }
      });
      this.#stream.uncork();
    });
  }

  end(): void {
    this.#client.off("close", this.#fail);
    this.raw.end();
    this.#fail();
  }
}

async function openSftp(connection: SshConnection): Promise<Session> {
  return openSession(
    connection,
    (done) => connection.client.sftp(done),
    (sftp: SFTPWrapper) => new Session(connection, sftp),
  );
}

async function withSession(
  connection: SshConnection,
  what: string,
  signal: AbortSignal,
  body: (sftp: Session) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const sftp = await openSftp(connection);
  const stop = (): void => sftp.end();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await body(sftp);
  } catch (thrown) {
    signal.throwIfAborted();
    throw explainFailure(connection, what, thrown);
  } finally {
    signal.removeEventListener("abort", stop);
    sftp.end();
  }
}

const statusTexts: Readonly<Record<number, string>> = {
  2: "The file or its folder does not exist there.",
  3: "Permission denied.",
  4: "The server could not do it: the path may be a folder, or the disk may be full.",
  8: "The server does not support this.",
};

function explainFailure(connection: SshConnection, what: string, thrown: unknown): unknown {
  if (thrown instanceof BuildError) {
    return thrown;
  }
  if (!connection.isOpen) {
    return describeLoss(connection, what, thrown);
  }
  const code = (thrown as { code?: unknown }).code;
  // Neither the server's word nor the file system's: a mistake of ours.
  if (code === undefined) {
    return thrown;
  }
  return transferFailure(what, statusTexts[Number(code)] ?? readMessage(thrown), undefined, thrown);
}

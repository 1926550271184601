// The server side of SFTP version 3, for the embedded server.
import { constants as fileFlags, type Stats } from "node:fs";
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from "node:fs/promises";
import { resolve } from "node:path";
import type { Attributes, InputAttributes, SFTPWrapper } from "ssh2";

const status = { ok: 0, eof: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;
/** Bits of an open request. */
const asked = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

interface OpenFolder {
  readonly path: string;
  sent: boolean;
}

/** Answers the requests of one SFTP session; relative paths start at `root`. */
export function serveSftp(root: string, sftp: SFTPWrapper): void {
  const session = new Session(root, sftp);
  session.serveFiles();
  session.serveFolders();
  session.serveNames();
}

class Session {
  readonly #root: string;
  readonly #sftp: SFTPWrapper;
  readonly #files = new Map<string, FileHandle>();
  readonly #folders = new Map<string, OpenFolder>();
  #next = 0;

  constructor(root: string, sftp: SFTPWrapper) {
    this.#root = root;
    this.#sftp = sftp;
  }

  serveFiles(): void {
    const sftp = this.#sftp;
    sftp.on("OPEN", (id, path, flags, attributes) =>
      this.#answer(id, async () => {
        const file = await open(this.#at(path), translateFlags(flags), attributes.mode ?? 0o666);
        return sftp.handle(id, this.#keep(this.#files, file));
      }),
    );
    sftp.on("READ", (id, handle, offset, length) =>
      this.#answer(id, async () => {
        const { bytesRead, buffer } = await this.#file(handle).read(Buffer.alloc(length), 0, length, offset);
        return bytesRead === 0 ? sftp.status(id, status.eof) : sftp.data(id, buffer.subarray(0, bytesRead));
      }),
    );
    sftp.on("WRITE", (id, handle, offset, data) => {
      // The buffer is only ours until this call returns.
      const bytes = Buffer.from(data);
      this.#confirm(id, () => this.#file(handle).write(bytes, 0, bytes.length, offset));
    });
    sftp.on("FSETSTAT", (id, handle, { mode }) =>
      this.#confirm(id, async () => mode !== undefined && this.#file(handle).chmod(mode & 0o7777)),
    );
    sftp.on("FSTAT", (id, handle) => this.#giveFacts(id, () => this.#file(handle).stat()));
    sftp.on("CLOSE", (id, handle) =>
      this.#confirm(id, async () => {
        const file = this.#files.get(handle.toString());
        this.#files.delete(handle.toString());
        this.#folders.delete(handle.toString());
        await file?.close();
      }),
    );
  }

  serveFolders(): void {
    const sftp = this.#sftp;
    sftp.on("OPENDIR", (id, path) =>
      this.#answer(id, async () => {
        if (!(await stat(this.#at(path))).isDirectory()) {
          throw new Error("not a folder");
        }
        return sftp.handle(id, this.#keep(this.#folders, { path: this.#at(path), sent: false }));
      }),
    );
    sftp.on("READDIR", (id, handle) =>
      this.#answer(id, async () => {
        const folder = this.#folders.get(handle.toString());
        if (folder === undefined) {
          throw new Error("unknown handle");
        }
        const names = folder.sent ? [] : await readdir(folder.path);
        folder.sent = true;
        if (names.length === 0) {
          return sftp.status(id, status.eof);
        }
        return sftp.name(id, await Promise.all(names.map((name) => readEntry(folder.path, name))));
      }),
    );
    sftp.on("MKDIR", (id, path, { mode }) => this.#confirm(id, () => mkdir(this.#at(path), mode ?? 0o777)));
    sftp.on("RMDIR", (id, path) => this.#confirm(id, () => rmdir(this.#at(path))));
  }

  serveNames(): void {
    const sftp = this.#sftp;
    sftp.on("SETSTAT", (id, path, { mode }) =>
      this.#confirm(id, async () => mode !== undefined && chmod(this.#at(path), mode & 0o7777)),
    );
    sftp.on("REMOVE", (id, path) => this.#confirm(id, () => rm(this.#at(path))));
    sftp.on("RENAME", (id, from, to) => this.#confirm(id, () => rename(this.#at(from), this.#at(to))));
    sftp.on("STAT", (id, path) => this.#giveFacts(id, () => stat(this.#at(path))));
    sftp.on("LSTAT", (id, path) => this.#giveFacts(id, () => lstat(this.#at(path))));
    sftp.on("REALPATH", (id, path) =>
      this.#answer(id, async () => {
        const filename = await realpath(this.#at(path)).catch(() => this.#at(path));
        return sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
      }),
    );
  }

  #at(path: string): string {
    return resolve(this.#root, path);
  }

  #keep<T>(things: Map<string, T>, thing: T): Buffer {
    const handle = String(this.#next++);
    things.set(handle, thing);
    return Buffer.from(handle);
  }

  #file(handle: Buffer): FileHandle {
    const file = this.#files.get(handle.toString());
    if (file === undefined) {
      throw new Error("unknown handle");
    }
    return file;
  }

  #giveFacts(id: number, look: () => Promise<Stats>): void {
    this.#answer(id, async () => this.#sftp.attrs(id, makeAttributes(await look())));
  }

  /** For a request whose answer is only that it was done. */
  #confirm(id: number, work: () => Promise<unknown>): void {
    this.#answer(id, async () => {
      await work();
      this.#sftp.status(id, status.ok);
    });
  }

  /** For a request that `work` answers itself; what it throws is the answer otherwise. */
  #answer(id: number, work: () => Promise<unknown>): void {
    work().catch((thrown) => this.#sftp.status(id, chooseStatus(thrown), String((thrown as Error).message)));
  }
}

async function readEntry(
  folder: string,
  name: string,
): Promise<{ filename: string; longname: string; attrs: Attributes }> {
  return { filename: name, longname: name, attrs: makeAttributes(await lstat(resolve(folder, name))) as Attributes };
}

function makeAttributes({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): InputAttributes & Attributes {
  return { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
}

function translateFlags(flags: number): number {
  const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = fileFlags;
  const writing = flags & asked.read ? O_RDWR : O_WRONLY;
  const access = flags & asked.write ? writing : O_RDONLY;
  const bits: readonly (readonly [number, number])[] = [
    [asked.append, O_APPEND],
    [asked.create, O_CREAT],
    [asked.truncate, O_TRUNC],
    [asked.exclusive, O_EXCL],
  ];
  return bits.reduce((all, [bit, flag]) => (flags & bit ? all | flag : all), access);
}

function chooseStatus(thrown: unknown): number {
  const code = (thrown as { code?: unknown }).code;
  if (code === "ENOENT") {
    return status.noSuchFile;
  }
  return code === "EACCES" || code === "EPERM" ? status.permissionDenied : status.failure;
}

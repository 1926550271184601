// The server side of SFTP version 3, for the embedded server.
import { constants as fileFlags } from "node:fs";
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
  const files = new Map<string, FileHandle>();
  const folders = new Map<string, OpenFolder>();
  let next = 0;
  const newHandle = (): Buffer => Buffer.from(String(next++));
  const at = (path: string): string => resolve(root, path);
  const answer = (id: number, work: () => Promise<unknown>): void => {
    work().then(
      (sent) => sent !== answered && sftp.status(id, status.ok),
      (thrown) => sftp.status(id, statusOf(thrown), String((thrown as Error).message)),
    );
  };
  const fileOf = (handle: Buffer): FileHandle => {
    const file = files.get(handle.toString());
    if (file === undefined) {
      throw new Error("unknown handle");
    }
    return file;
  };

  sftp.on("OPEN", (id, path, flags, attributes) =>
    answer(id, async () => {
      const handle = newHandle();
      files.set(handle.toString(), await open(at(path), flagsOf(flags), attributes.mode ?? 0o666));
      sftp.handle(id, handle);
      return answered;
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answer(id, async () => {
      const { bytesRead, buffer } = await fileOf(handle).read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead === 0) {
        sftp.status(id, status.eof);
      } else {
        sftp.data(id, buffer.subarray(0, bytesRead));
      }
      return answered;
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) => {
    // The buffer is only ours until this call returns.
    const bytes = Buffer.from(data);
    answer(id, () => fileOf(handle).write(bytes, 0, bytes.length, offset));
  });
  sftp.on("CLOSE", (id, handle) =>
    answer(id, async () => {
      const file = files.get(handle.toString());
      files.delete(handle.toString());
      folders.delete(handle.toString());
      await file?.close();
    }),
  );
  sftp.on("FSETSTAT", (id, handle, { mode }) =>
    answer(id, async () => mode !== undefined && fileOf(handle).chmod(mode & 0o7777)),
  );
  sftp.on("SETSTAT", (id, path, { mode }) =>
    answer(id, async () => mode !== undefined && chmod(at(path), mode & 0o7777)),
  );
  sftp.on("MKDIR", (id, path, { mode }) => answer(id, () => mkdir(at(path), mode ?? 0o777)));
  sftp.on("RMDIR", (id, path) => answer(id, () => rmdir(at(path))));
  sftp.on("REMOVE", (id, path) => answer(id, () => rm(at(path))));
  sftp.on("RENAME", (id, from, to) => answer(id, () => rename(at(from), at(to))));
  const giveInfo = (id: number, look: () => Promise<import("node:fs").Stats>): void =>
    answer(id, async () => {
      sftp.attrs(id, attributesOf(await look()));
      return answered;
    });
  sftp.on("STAT", (id, path) => giveInfo(id, () => stat(at(path))));
  sftp.on("LSTAT", (id, path) => giveInfo(id, () => lstat(at(path))));
  sftp.on("FSTAT", (id, handle) => giveInfo(id, () => fileOf(handle).stat()));
  sftp.on("REALPATH", (id, path) =>
    answer(id, async () => {
      const filename = await realpath(at(path)).catch(() => at(path));
      sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
      return answered;
    }),
  );
  sftp.on("OPENDIR", (id, path) =>
    answer(id, async () => {
      if (!(await stat(at(path))).isDirectory()) {
        throw new Error("not a folder");
      }
      const handle = newHandle();
      folders.set(handle.toString(), { path: at(path), sent: false });
      sftp.handle(id, handle);
      return answered;
    }),
  );
  sftp.on("READDIR", (id, handle) =>
    answer(id, async () => {
      const folder = folders.get(handle.toString());
      if (folder === undefined) {
        throw new Error("unknown handle");
      }
      const names = folder.sent ? [] : await readdir(folder.path);
      folder.sent = true;
      if (names.length === 0) {
        sftp.status(id, status.eof);
      } else {
        sftp.name(id, await Promise.all(names.map((name) => entryOf(folder.path, name))));
      }
      return answered;
    }),
  );
}

/** Says that the request has its answer already. */
const answered = Symbol("answered");

async function entryOf(
  folder: string,
  name: string,
): Promise<{ filename: string; longname: string; attrs: Attributes }> {
  return { filename: name, longname: name, attrs: attributesOf(await lstat(resolve(folder, name))) as Attributes };
}

function attributesOf({
  mode,
  uid,
  gid,
  size,
  atimeMs,
  mtimeMs,
}: import("node:fs").Stats): InputAttributes & Attributes {
  return { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) };
}

function flagsOf(flags: number): number {
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

function statusOf(thrown: unknown): number {
  const code = (thrown as { code?: unknown }).code;
  if (code === "ENOENT") {
    return status.noSuchFile;
  }
  return code === "EACCES" || code === "EPERM" ? status.permissionDenied : status.failure;
}

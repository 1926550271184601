// The remote end of scp, for the embedded server: what `scp -t` and `scp -f` do.
import { chmod, mkdir, open, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { ServerChannel } from "ssh2";
import { readMessage } from "../../diagnostic/build-error.ts";
import { ByteReader, EndOfStream } from "../stream/byte-reader.ts";
import { type LocalPath, makeFileContent, walkTree } from "./local-tree.ts";

const CHUNK = 256 * 1024;

/** Serves `command` when it is an scp of the other side; false when it is something else. */
export async function serveScp(root: string, command: string, channel: ServerChannel): Promise<boolean> {
  const [, flags = "", written = ""] = /^scp -([vrtfd]+) (.+?)\s*$/.exec(command) ?? [];
  if (!/[tf]/.test(flags)) {
    return false;
  }
  const path = resolve(root, unquotePath(written, root));
  const reader = new ByteReader(channel);
  let status = 0;
  try {
    if (flags.includes("t")) {
      if (flags.includes("d") && !(await existsAsFolder(path))) {
        throw new Error(`${path}: No such file or directory`);
      }
      await receive(reader, channel, path);
    } else {
      await give(reader, channel, path, flags.includes("r"));
    }
  } catch (thrown) {
    status = 1;
    if (!(thrown instanceof EndOfStream)) {
      channel.write(`\x01scp: ${readMessage(thrown)}\n`);
    }
  }
  reader.release();
  channel.exit(status);
  channel.end();
  return true;
}

/** The path a shell would make of it: quotes and backslashes gone, `~` replaced. */
function unquotePath(written: string, root: string): string {
  const bare = /^".*"$/s.test(written)
    ? (JSON.parse(written) as string)
    : written.replace(/'([^']*)'|\\(.)/gs, (_, inside?: string, escaped?: string) => inside ?? escaped ?? "");
  return bare.replace(/^~(?=\/|$)/, root);
}

async function receive(reader: ByteReader, channel: ServerChannel, target: string): Promise<void> {
  const inside: { path: string; mode?: number | undefined }[] = [{ path: target }];
  const isFolder = await existsAsFolder(target);
  const ok = (): void => void channel.write(Uint8Array.of(0));
  ok();
  for (;;) {
    const line = await reader
      .line()
      .catch((thrown: unknown) => (thrown instanceof EndOfStream ? undefined : Promise.reject(thrown)));
    if (line === undefined) {
      return;
    }
    const folder = inside.at(-1)?.path ?? target;
    const [, kind, mode = "", size = "", name = ""] = /^([CDE])(?:([0-7]+) (\d+) (.+))?$/.exec(line) ?? [];
    if (kind === "E") {
      const left = inside.pop();
      if (left?.mode !== undefined) {
        await chmod(left.path, left.mode);
      }
    } else if (kind === undefined || name === "" || name.includes("/") || name === "..") {
      throw new Error("protocol error");
    } else {
      const path = inside.length === 1 && !isFolder ? target : join(folder, name);
      if (kind === "D") {
        const isNew = !(await existsAsFolder(path));
        if (isNew) {
          await mkdir(path, { mode: 0o700 });
        }
        inside.push(isNew ? { path, mode: Number.parseInt(mode, 8) & ~process.umask() } : { path });
      } else {
        await receiveFile(reader, ok, { path, size: Number(size), mode: Number.parseInt(mode, 8) });
      }
    }
    ok();
  }
}

async function receiveFile(
  reader: ByteReader,
  ok: () => void,
  { path, size, mode }: { path: string; size: number; mode: number },
): Promise<void> {
  const file = await open(path, "w", mode);
  try {
    ok();
    for (let left = size; left > 0; ) {
      const chunk = await reader.some(Math.min(left, CHUNK));
      await file.writeFile(chunk);
      left -= chunk.length;
    }
    await reader.bytes(1);
  } finally {
    await file.close();
  }
}

async function give(reader: ByteReader, channel: ServerChannel, path: string, recursive: boolean): Promise<void> {
  const answered = async (): Promise<void> => void (await reader.bytes(1));
  const info = await stat(path);
  await answered();
  const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, "0");
  const sendFile = async (name: string, mode: number, size: number, from: LocalPath): Promise<void> => {
    channel.write(`C${octal(mode)} ${size} ${name}\n`);
    await answered();
    for await (const chunk of makeFileContent(from, size)) {
      await new Promise<void>((sent) => channel.write(chunk, () => sent()));
    }
    channel.write(Uint8Array.of(0));
    await answered();
  };
  if (!info.isDirectory()) {
    return sendFile(basename(path), info.mode, info.size, path);
  }
  if (!recursive) {
    throw new Error(`${path}: not a regular file`);
  }
  for (const step of walkTree(path)) {
    if (step.step === "file") {
      await sendFile(step.name, step.mode, step.size, step.path);
    } else {
      channel.write(step.step === "enter" ? `D${octal(step.mode)} 0 ${step.name}\n` : "E\n");
      await answered();
    }
  }
}

async function existsAsFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

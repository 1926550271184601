// A connection to a machine that lives in memory: files in a map, commands answered from a script.
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { failure } from "../../src/diagnostic/build-error.ts";
import type { GeneratedData } from "../../src/sdk/artifact.ts";
import type { CommandEnd, CommandIo, Communicator } from "../../src/sdk/communicator.ts";

/** A file of the fake machine. */
export interface FakeFile {
  readonly content: Buffer;
  readonly mode?: number | undefined;
}

/** How a command ends: an exit status, a full description, or code of the test's own. */
export type FakeReply =
  | number
  | {
      readonly code?: number | undefined;
      readonly stdout?: string | undefined;
      readonly stderr?: string | undefined;
      readonly disconnect?: boolean | undefined;
      /** The command cannot even be started. */
      readonly refuse?: Error | undefined;
    }
  | ((command: string, io: CommandIo, signal: AbortSignal) => Promise<CommandEnd> | CommandEnd);

export interface FakeCommunicator extends Communicator {
  /** Files by absolute path; folders exist by having files. Tests may read and write it. */
  readonly files: Map<string, FakeFile>;
  /** Every command, in order. */
  readonly commands: string[];
  /** Everything that was asked of the machine, in order: `exec …`, `upload …`, `upload-dir … -> …`, `download …`, `close`. */
  readonly calls: string[];
  readonly closed: boolean;
  /** Answers commands that match (a string must be the whole command). The newest rule wins. `times` is how often it answers. */
  on(match: string | RegExp, reply: FakeReply, times?: number): FakeCommunicator;
  /** Lets uploads and downloads of matching paths fail. */
  failTransfer(match: string | RegExp, error: Error, times?: number): FakeCommunicator;
  /** The text of a file; throws when it is not there. */
  text(path: string): string;
}

/**
 * Commands without a rule succeed silently. `chmod MODE PATH` and `rm -f PATH` act on the files, so tests can see
 * permissions and what was left behind. A command that matches no rule but runs an uploaded script only succeeds.
 */
export function fakeCommunicator(
  options: { type?: string | undefined; generated?: GeneratedData | undefined } = {},
): FakeCommunicator {
  const files = new Map<string, FakeFile>();
  const commands: string[] = [];
  const calls: string[] = [];
  const rules: { match: string | RegExp; reply: FakeReply; left: number }[] = [];
  const faults: { match: string | RegExp; error: Error; left: number }[] = [];
  let closed = false;

  const ready = (signal: AbortSignal, path?: string): void => {
    signal.throwIfAborted();
    if (closed) {
      throw failure("network", "communicator/closed", "The connection is closed");
    }
    const fault = path === undefined ? undefined : faults.find((each) => each.left > 0 && matches(each.match, path));
    if (fault === undefined) {
      return;
    }
    fault.left--;
    throw fault.error;
  };

  const self: FakeCommunicator = {
    type: options.type ?? "fake",
    generated: options.generated ?? {},
    files,
    commands,
    calls,
    get closed() {
      return closed;
    },
    on(match, reply, times = Number.POSITIVE_INFINITY) {
      rules.unshift({ match, reply, left: times });
      return self;
    },
    failTransfer(match, error, times = Number.POSITIVE_INFINITY) {
      faults.unshift({ match, error, left: times });
      return self;
    },
    text(path) {
      const file = files.get(path);
      if (file === undefined) {
        throw new Error(`The fake machine has no ${path}, only: ${[...files.keys()].join(", ") || "nothing"}`);
      }
      return file.content.toString("utf8");
    },
    async exec(command, io, signal) {
      commands.push(command);
      calls.push(`exec ${command}`);
      ready(signal);
      const rule = rules.find((each) => each.left > 0 && matches(each.match, command));
      if (rule === undefined) {
        return { end: "exited", code: actOn(files, command) };
      }
      rule.left--;
      return answer(rule.reply, command, io, signal);
    },
    async upload(source, remotePath, signal) {
      calls.push(`upload ${remotePath}`);
      ready(signal, remotePath);
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.content) {
        signal.throwIfAborted();
        chunks.push(chunk);
        source.onProgress?.(chunk.length);
      }
      files.set(remotePath, {
        content: Buffer.concat(chunks),
        mode: source.mode,
      });
    },
    async uploadDir(localDir, remoteDir, signal, transfer) {
      calls.push(`upload-dir ${localDir} -> ${remoteDir}`);
      ready(signal, remoteDir);
      const target = localDir.endsWith("/") ? remoteDir : posix.join(remoteDir, basename(localDir));
      for (const path of await filesBelow(localDir)) {
        const local = join(localDir, path);
        const content = await readFile(local);
        files.set(posix.join(target, path), { content, mode: (await stat(local)).mode & 0o777 });
        transfer?.onProgress?.(content.length);
      }
    },
    async *download(remotePath, signal) {
      calls.push(`download ${remotePath}`);
      ready(signal, remotePath);
      const file = files.get(remotePath);
      if (file === undefined) {
        throw failure("provisioner", "communicator/download", `There is no file ${remotePath} on the machine`);
      }
      yield file.content;
    },
    async downloadDir(remoteDir, localDir, signal) {
      calls.push(`download-dir ${remoteDir} -> ${localDir}`);
      ready(signal, remoteDir);
      const whole = remoteDir.endsWith("/");
      const base = whole ? remoteDir : `${remoteDir}/`;
      const target = whole ? localDir : join(localDir, posix.basename(remoteDir));
      for (const [path, file] of files) {
        if (!path.startsWith(base)) {
          continue;
        }
        const local = join(target, path.slice(base.length));
        await mkdir(dirname(local), { recursive: true });
        await writeFile(local, file.content);
      }
    },
    async close() {
      calls.push("close");
      closed = true;
    },
  };
  return self;
}

function matches(match: string | RegExp, text: string): boolean {
  return typeof match === "string" ? match === text : match.test(text);
}

async function answer(reply: FakeReply, command: string, io: CommandIo, signal: AbortSignal): Promise<CommandEnd> {
  if (typeof reply === "number") {
    return { end: "exited", code: reply };
  }
  if (typeof reply === "function") {
    return reply(command, io, signal);
  }
  if (reply.refuse !== undefined) {
    throw reply.refuse;
  }
  if (reply.stdout !== undefined) {
    await io.stdout(Buffer.from(reply.stdout));
  }
  if (reply.stderr !== undefined) {
    await io.stderr(Buffer.from(reply.stderr));
  }
  return reply.disconnect === true ? { end: "disconnected" } : { end: "exited", code: reply.code ?? 0 };
}

function actOn(files: Map<string, FakeFile>, command: string): number {
  const chmod = /^chmod ([0-7]{3,4}) (\S+)$/.exec(command.trim());
  const [, mode, path] = chmod ?? [];
  if (mode !== undefined && path !== undefined) {
    const file = files.get(path);
    if (file === undefined) {
      return 1;
    }
    files.set(path, { ...file, mode: Number.parseInt(mode, 8) });
  }
  const removed = /^rm -r?f (\S+)$/.exec(command.trim())?.[1];
  if (removed !== undefined) {
    for (const each of [...files.keys()]) {
      if (each === removed || each.startsWith(`${removed}/`)) {
        files.delete(each);
      }
    }
  }
  return 0;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(base.length))
    .sort();
}

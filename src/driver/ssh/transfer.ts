// What all file transfers over a command share: the command's two ends, its complaints, and its end.
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { ByteReader, EndlessLine } from "../stream/byte-reader.ts";
import { type SshCommandEnd, startCommand } from "./command.ts";
import type { SshConnection } from "./connection.ts";
import type { LeftOut } from "./local-tree.ts";
import { formatAddress } from "./route.ts";

/** One file to upload. */
export interface FileToSend {
  readonly content: AsyncIterable<Uint8Array>;
  readonly size: number;
  readonly mode: number;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** True when a transfer is of what lies in the folder, not of the folder itself. */
export function takesContents({ localDir }: Pick<FolderTransfer, "localDir">): boolean {
  return /[\\/]$/.test(localDir);
}

/** A folder on its way between this machine and the other. */
export interface FolderTransfer {
  readonly localDir: string;
  readonly remoteDir: string;
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** What stays where it is. */
  readonly leftOut?: LeftOut | undefined;
}

/** A program on the other side that a transfer talks to. */
export interface Conversation {
  readonly reader: ByteReader;
  send(chunk: Uint8Array | string): Promise<void>;
  /** Says that nothing more will be sent. */
  endInput(): void;
  /** Waits for the program's end; what it still writes is dropped. */
  end(): Promise<SshCommandEnd>;
  /** The last lines of its standard error. */
  complaints(): string;
  close(): void;
}

const KEEP_COMPLAINTS = 4096;

/** Starts `command` and talks to it; a cancelled signal ends it. */
export async function converse(connection: SshConnection, command: string, signal: AbortSignal): Promise<Conversation> {
  signal.throwIfAborted();
  const running = await startCommand(connection, command);
  let said = "";
  running.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-KEEP_COMPLAINTS);
  });
  const stop = (): void => running.close();
  if (signal.aborted) {
    stop();
  } else {
    signal.addEventListener("abort", stop, { once: true });
  }
  void running.ended.then(() => signal.removeEventListener("abort", stop));
  const reader = new ByteReader(running.stdout);
  return {
    reader,
    send: (chunk) => running.send(typeof chunk === "string" ? Buffer.from(chunk) : chunk),
    endInput: () => void running.stdin.end(),
    async end() {
      reader.release();
      running.stdout.resume();
      return running.ended;
    },
    complaints: () => said.trim(),
    close: stop,
  };
}

/** The failure of a transfer that one of both sides does not make. */
export function transferFailure(what: string, detail: string, hint?: string, cause?: unknown): Error {
  return failure("provisioner", "communicator/ssh-transfer", what, { detail, hint, cause, lasts: true });
}

/** What the file system of this machine said, as the failure of a transfer; anything else is a mistake of ours and stays as it is. */
export function describeLocalFailure(what: string, thrown: unknown): unknown {
  if (thrown instanceof EndlessLine) {
    return transferFailure(what, `It cannot be followed: ${thrown.message}.`);
  }
  const isErrno = thrown instanceof Error && "code" in thrown && "syscall" in thrown;
  return isErrno ? transferFailure(what, thrown.message, "Check the place on this machine.", thrown) : thrown;
}

/** The failure of a transfer whose connection went away. */
export function describeLoss(connection: SshConnection, what: string, cause?: unknown): Error {
  const { host, port } = connection.target;
  const reason = connection.lostBecause;
  return failure("network", "communicator/ssh-lost", `The connection to ${formatAddress(host, port)} was lost`, {
    detail: reason === undefined ? what : `${what}: ${readMessage(reason)}`,
    cause: reason ?? cause,
  });
}

/**
 * A path in a remote shell's command. As in Packer, the shell still makes a folder of `~`, `$HOME` or a pattern. Unlike Packer,
 * what would end the word is part of the name.
 */
export function quoteShellPath(path: string): string {
  return path.replaceAll(/[ \t'"&();<>|]/g, "\\$&").replaceAll("\n", "'\n'");
}

/** A path as one word that means only itself; a `~` at its beginning is still somebody's home. */
export function quotePath(path: string): string {
  const home = /^~[\w.-]*(?=\/|$)/.exec(path)?.[0] ?? "";
  return `${home}'${path.slice(home.length).replaceAll("'", "'\\''")}'`;
}

/** A script as one word of a remote command, whatever the account's shell is. */
export function writePosixScript(script: string): string {
  return `sh -c '${script.replaceAll("'", "'\\''")}'`;
}

// Files and folders by the scp protocol: OpenSSH's `scp -t` and `scp -f` at the other end.
import { chmod, mkdir, open } from "node:fs/promises";
import { join, posix } from "node:path";
import { BuildError } from "../../diagnostic/build-error.ts";
import { EndOfStream } from "../stream/byte-reader.ts";
import { BrokenPipe } from "./command.ts";
import type { SshConnection } from "./connection.ts";
import { countGarbage } from "./garbage.ts";
import { fileContent, walkTree } from "./local-tree.ts";
import { localName } from "./local-write.ts";
import {
  type Conversation,
  converse,
  type FileToSend,
  type FolderTransfer,
  localFailure,
  lostFailure,
  shellPath,
  transferFailure,
} from "./transfer.ts";

const NUL = Uint8Array.of(0);
const CHUNK = 256 * 1024;

/** Uploads one file. As Packer 1.6.6: a file in a folder that does not exist takes that folder's name. */
export function scpUpload(
  connection: SshConnection,
  file: FileToSend,
  remotePath: string,
  signal: AbortSignal,
): Promise<void> {
  const task = { connection, signal, what: `"${remotePath}" was not uploaded` };
  return talkToScp(task, `scp -vt ${shellPath(posix.dirname(remotePath))}`, async (scp) => {
    await untilAcknowledged(scp);
    await sendFile(scp, posix.basename(remotePath), file);
  });
}

/** Uploads a folder into `remoteDir`, or its contents when `localDir` ends in a slash. */
export function scpUploadFolder(
  connection: SshConnection,
  { localDir, remoteDir, leftOut, onProgress }: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  const task = { connection, signal, what: `The folder "${localDir}" was not uploaded` };
  return talkToScp(task, `scp -rvt ${shellPath(remoteDir)}`, async (scp) => {
    await untilAcknowledged(scp);
    for (const step of walkTree(localDir, leftOut)) {
      if (step.step === "file") {
        await sendFile(scp, step.name, { ...step, content: fileContent(step.path, step.size), onProgress });
      } else {
        await scp.send(step.step === "enter" ? `D${formatOctal(step.mode)} 0 ${step.name}\n` : "E\n");
        await untilAcknowledged(scp);
      }
    }
  });
}

async function sendFile(scp: Conversation, name: string, file: FileToSend): Promise<void> {
  await scp.send(`C${formatOctal(file.mode)} ${file.size} ${name}\n`);
  // Not before the other side has the file open: it would take the content for commands.
  await untilAcknowledged(scp);
  for await (const chunk of file.content) {
    await scp.send(chunk);
    file.onProgress?.(chunk.length);
  }
  await scp.send(NUL);
  await untilAcknowledged(scp);
}

/** The content of a remote file. */
export async function* scpDownload(
  connection: SshConnection,
  remotePath: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const what = `"${remotePath}" was not downloaded`;
  // Packer writes the path as a Go string when it has a blank.
  const quoted = remotePath.includes(" ") ? JSON.stringify(remotePath) : remotePath;
  const scp = await converse(connection, `scp -vf ${quoted}`, signal);
  try {
    await scp.send(NUL);
    const header = await nextHeader(scp);
    if (header?.kind === "D") {
      throw transferFailure(what, "It is a folder.", "End the source with a slash to download a folder.");
    }
    if (header?.kind !== "C") {
      throw transferFailure(what, "The remote scp sent something unexpected.");
    }
    await scp.send(NUL);
    for (let left = header.size; left > 0; ) {
      const chunk = await scp.reader.some(Math.min(left, CHUNK));
      left -= chunk.length;
      countGarbage("received", chunk.length);
      yield chunk;
    }
    await untilAcknowledged(scp);
    await scp.send(NUL);
    await finish(scp);
  } catch (thrown) {
    throw await explainFailure({ connection, signal, what }, scp, thrown);
  } finally {
    scp.close();
  }
}

/** Downloads a folder: it arrives in `localDir` under its own name. */
export function scpDownloadFolder(
  connection: SshConnection,
  { localDir, remoteDir, leftOut = () => false, onProgress }: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  const what = `The folder "${remoteDir}" was not downloaded`;
  return talkToScp({ connection, signal, what }, `scp -vrf ${shellPath(remoteDir)}`, async (scp) => {
    const folders: OpenFolder[] = [{ path: localDir, inside: undefined, mode: 0o755 }];
    /** How deep we are in what stays there; the sender cannot be told to leave it out. */
    let unwanted = 0;
    await scp.send(NUL);
    for (;;) {
      const header = await nextHeader(scp);
      if (header === undefined) {
        break;
      }
      const parent = folders.at(-1) ?? { path: localDir, inside: undefined, mode: 0o755 };
      const inside = parent.inside === undefined ? "" : posix.join(parent.inside, header.name);
      if (unwanted > 0 || (header.kind !== "E" && inside !== "" && leftOut(inside))) {
        unwanted += { C: 0, D: 1, E: -1 }[header.kind];
        if (header.kind === "C") {
          await receive(scp, header.size, async () => {});
        }
      } else if (header.kind === "E") {
        const left = folders.pop();
        // Only now: a folder that may not be written to could not have been filled.
        if (left !== undefined) {
          await chmod(left.path, left.mode);
        }
      } else if (header.kind === "D") {
        const path = join(parent.path, localName(header.name, what));
        await mkdir(path, { recursive: true, mode: 0o700 });
        folders.push({ path, inside, mode: header.mode });
      } else {
        await receiveFile(scp, join(parent.path, localName(header.name, what)), header);
        onProgress?.(header.size);
      }
      await scp.send(NUL);
    }
  });
}

async function receiveFile(
  scp: Conversation,
  path: string,
  { size, mode }: { size: number; mode: number },
): Promise<void> {
  const file = await open(path, "w", mode);
  try {
    await receive(scp, size, (chunk) => file.writeFile(chunk));
  } finally {
    await file.close();
  }
}

async function receive(scp: Conversation, size: number, take: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  await scp.send(NUL);
  for (let left = size; left > 0; ) {
    const chunk = await scp.reader.some(Math.min(left, CHUNK));
    await take(chunk);
    left -= chunk.length;
  }
  await untilAcknowledged(scp);
}

/** A folder that is being filled. */
interface OpenFolder {
  readonly path: string;
  /** Its path below the folder that was asked for; unset above it. */
  readonly inside: string | undefined;
  readonly mode: number;
}

interface Header {
  readonly kind: "C" | "D" | "E";
  readonly mode: number;
  readonly size: number;
  readonly name: string;
}

/** The next line of the sender; `undefined` at its end. */
async function nextHeader(scp: Conversation): Promise<Header | undefined> {
  let line: string;
  try {
    line = await scp.reader.line();
  } catch (thrown) {
    if (thrown instanceof EndOfStream) {
      return undefined;
    }
    throw thrown;
  }
  const kind = line.charAt(0);
  if (kind === "\x01" || kind === "\x02") {
    throw new Refused(line.slice(1));
  }
  if (kind === "E") {
    return { kind, mode: 0, size: 0, name: "" };
  }
  const [, type, mode, size, name] = /^([CD])([0-7]+) (\d+) (.+)$/.exec(line) ?? [];
  if (type === undefined || name === undefined) {
    throw new Refused(`unexpected answer ${JSON.stringify(line.slice(0, 200))}`);
  }
  return { kind: type as "C" | "D", mode: Number.parseInt(mode as string, 8) & 0o777, size: Number(size), name };
}

/** What the other scp said was wrong. */
class Refused extends Error {}

async function untilAcknowledged(scp: Conversation): Promise<void> {
  const [status] = await scp.reader.bytes(1);
  if (status === 0) {
    return;
  }
  const message = await scp.reader.line();
  throw new Refused(
    status === 1 || status === 2
      ? message
      : `unexpected answer ${JSON.stringify(String.fromCharCode(status ?? 0) + message)}`,
  );
}

/** What scp is talked to for, and what is said when it fails. */
interface Task {
  readonly connection: SshConnection;
  readonly signal: AbortSignal;
  readonly what: string;
}

async function talkToScp(task: Task, command: string, body: (scp: Conversation) => Promise<void>): Promise<void> {
  const scp = await converse(task.connection, command, task.signal);
  try {
    await body(scp);
    await finish(scp);
  } catch (thrown) {
    throw await explainFailure(task, scp, thrown);
  } finally {
    scp.close();
  }
}

async function finish(scp: Conversation): Promise<void> {
  scp.endInput();
  const end = await scp.end();
  if (end.end === "disconnected") {
    throw new EndOfStream("the connection was closed");
  }
  if (end.code !== 0) {
    throw new Refused(`the remote scp ended with status ${end.code}: ${findComplaint(scp)}`);
  }
}

async function explainFailure(
  { connection, signal, what }: Task,
  scp: Conversation,
  thrown: unknown,
): Promise<unknown> {
  signal.throwIfAborted();
  if (thrown instanceof BuildError) {
    return thrown;
  }
  if (thrown instanceof Refused) {
    return transferFailure(what, thrown.message.trim());
  }
  if (!(thrown instanceof EndOfStream) && !(thrown instanceof BrokenPipe)) {
    return localFailure(what, thrown);
  }
  scp.endInput();
  const end = await scp.end();
  if (end.end === "disconnected") {
    return lostFailure(connection, what, thrown);
  }
  if (end.code === 127) {
    return transferFailure(
      what,
      "SCP failed to start. This usually means that SCP is not properly installed on the remote system.",
      "Install scp there (package openssh-client), or transfer by SFTP instead.",
    );
  }
  return transferFailure(what, `The remote scp ended with status ${end.code}. ${findComplaint(scp)}`.trim());
}

/** The last thing scp complained about, without what `-v` makes it tell. */
function findComplaint(scp: Conversation): string {
  const lines = scp
    .complaints()
    .split("\n")
    .filter((line) => !/^(debug\d|Sink:|Sending file modes|Executing|Entering directory)/.test(line));
  return lines.at(-1)?.trim() ?? "";
}

function formatOctal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

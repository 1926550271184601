// Files and folders by the scp protocol: OpenSSH's `scp -t` and `scp -f` at the other end.
import { chmod, mkdir, open } from "node:fs/promises";
import { join, posix } from "node:path";
import { BuildError } from "../../diagnostic/build-error.ts";
import { EndOfStream } from "../stream/byte-reader.ts";
import { BrokenPipe } from "./command.ts";
import type { SshConnection } from "./connection.ts";
import { countGarbage } from "./garbage.ts";
import { makeFileContent, walkTree } from "./local-tree.ts";
import { chooseLocalName } from "./local-write.ts";
import {
  type Conversation,
  converse,
  describeLocalFailure,
  describeLoss,
  type FileToSend,
  type FolderTransfer,
  quotePath,
  quoteShellPath,
  takesContents,
  transferFailure,
} from "./transfer.ts";

const NUL = Uint8Array.of(0);
const CHUNK = 256 * 1024;

/** Uploads one file. Unlike Packer, where a file in a folder that does not exist takes that folder's name: that is refused. */
export function uploadOverScp(
  connection: SshConnection,
  file: FileToSend,
  remotePath: string,
  signal: AbortSignal,
): Promise<void> {
  const task = { connection, signal, what: `"${remotePath}" was not uploaded` };
  return talkToScp(task, `scp -vtd ${quoteShellPath(posix.dirname(remotePath))}`, async (scp) => {
    const sink = new Sink(scp);
    await sink.file(Buffer.from(posix.basename(remotePath)), file);
    await sink.settle();
  });
}

/**
 * Uploads a folder into `remoteDir`, or its contents when `localDir` ends in a slash. As Packer: a folder that is not there is
 * made out of the one that comes. Unlike Packer: out of several things it is not, for each would take the place of the one before.
 */
export function uploadFolderOverScp(
  connection: SshConnection,
  { localDir, remoteDir, leftOut, onProgress }: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  const task = { connection, signal, what: `The folder "${localDir}" was not uploaded` };
  const flags = takesContents({ localDir }) ? "-rvtd" : "-rvt";
  return talkToScp(task, `scp ${flags} ${quoteShellPath(remoteDir)}`, async (scp) => {
    const sink = new Sink(scp);
    for (const step of walkTree(localDir, leftOut)) {
      if (step.step === "file") {
        await sink.file(step.bytes, { ...step, content: makeFileContent(step.path, step.size), onProgress });
      } else if (step.step === "enter") {
        await sink.enter(step.bytes, step.mode);
      } else {
        await sink.leave();
      }
    }
    await sink.settle();
  });
}

/**
 * The content of a remote file. A name that the remote shell would make something else of is asked for as it is first. As
 * Packer, the shell gets it when there is nothing of that name: a variable, a `~` or a pattern may be meant.
 */
export async function* downloadOverScp(
  connection: SshConnection,
  remotePath: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // Packer writes the path as a Go string when it has a blank.
  const asPacker = remotePath.includes(" ") ? JSON.stringify(remotePath) : remotePath;
  if (PLAIN_PATH.test(remotePath)) {
    return yield* fetchFile(connection, asPacker, remotePath, signal);
  }
  const literal = fetchFile(connection, quotePath(remotePath), remotePath, signal);
  let first: IteratorResult<Uint8Array>;
  try {
    first = await literal.next();
  } catch (thrown) {
    signal.throwIfAborted();
    if (!isMissing(thrown) || !/[$`*?[{~]/.test(remotePath)) {
      throw thrown;
    }
    return yield* fetchFile(connection, asPacker, remotePath, signal);
  }
  if (first.done !== true) {
    yield first.value;
    yield* literal;
  }
}

/** What no shell makes anything else of, blanks between double quotes included. */
const PLAIN_PATH = /^[\p{L}\p{N}_./:,@%+=\- ]*$/u;

function isMissing(thrown: unknown): boolean {
  return thrown instanceof BuildError && /No such file or directory/i.test(thrown.diagnostics[0]?.detail ?? "");
}

async function* fetchFile(
  connection: SshConnection,
  word: string,
  remotePath: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const what = `"${remotePath}" was not downloaded`;
  const scp = await converse(connection, `scp -vf ${word}`, signal);
  try {
    await scp.send(NUL);
    const header = await readNextHeader(scp);
    if (header === undefined) {
      throw new EndOfStream("scp ended without a word");
    }
    if (header.kind === "D") {
      throw transferFailure(what, "It is a folder.", "End the source with a slash to download a folder.");
    }
    if (header.kind !== "C") {
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
export function downloadFolderOverScp(
  connection: SshConnection,
  { localDir, remoteDir, leftOut = () => false, onProgress }: FolderTransfer,
  signal: AbortSignal,
): Promise<void> {
  const what = `The folder "${remoteDir}" was not downloaded`;
  return talkToScp({ connection, signal, what }, `scp -vrf ${quoteShellPath(remoteDir)}`, async (scp) => {
    const folders: OpenFolder[] = [{ path: localDir, inside: undefined, mode: 0o755 }];
    /** How deep we are in what stays there; the sender cannot be told to leave it out. */
    let unwanted = 0;
    await scp.send(NUL);
    for (;;) {
      const header = await readNextHeader(scp);
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
        const path = join(parent.path, chooseLocalName(header.name, what));
        await mkdir(path, { recursive: true, mode: 0o700 });
        folders.push({ path, inside, mode: header.mode });
      } else {
        await receiveFile(scp, join(parent.path, chooseLocalName(header.name, what)), header);
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
async function readNextHeader(scp: Conversation): Promise<Header | undefined> {
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
    throw new Chatter(line);
  }
  return { kind: type as "C" | "D", mode: Number.parseInt(mode as string, 8) & 0o777, size: Number(size), name };
}

/** What the other scp said was wrong. */
class Refused extends Error {}

/** Text where there should be none. */
class Chatter extends Error {
  constructor(line: string) {
    super(`unexpected answer ${JSON.stringify(line.slice(0, 200))}`);
  }
}

async function untilAcknowledged(scp: Conversation): Promise<void> {
  const [status] = await scp.reader.bytes(1);
  if (status === 0) {
    return;
  }
  const message = await scp.reader.line();
  if (status === 1 || status === 2) {
    throw new Refused(message);
  }
  throw new Chatter(String.fromCharCode(status ?? 0) + message);
}

/** The receiving scp, which is told the next thing while it still works on the one before. */
class Sink {
  readonly #scp: Conversation;
  /** Answers that are still to come; the first tells that it is ready. */
  #awaited = 1;

  constructor(scp: Conversation) {
    this.#scp = scp;
  }

  async file(name: Buffer, file: FileToSend): Promise<void> {
    await this.#announce("C", `${formatOctal(file.mode)} ${file.size}`, name);
    // Not before the other side has the file open: it would take the content for commands.
    await this.settle();
    for await (const chunk of file.content) {
      await this.#scp.send(chunk);
      file.onProgress?.(chunk.length);
    }
    await this.#scp.send(NUL);
    this.#awaited++;
  }

  async enter(name: Buffer, mode: number): Promise<void> {
    await this.#announce("D", `${formatOctal(mode)} 0`, name);
    // Not before the folder is there: what follows would land beside it.
    await this.settle();
  }

  async leave(): Promise<void> {
    await this.#scp.send("E\n");
    this.#awaited++;
  }

  /** Waits until everything so far was taken. */
  async settle(): Promise<void> {
    for (; this.#awaited > 0; this.#awaited--) {
      await untilAcknowledged(this.#scp);
    }
  }

  async #announce(kind: "C" | "D", facts: string, name: Buffer): Promise<void> {
    if (name.includes(10)) {
      throw new Refused(`scp cannot transfer a name with a line end: ${JSON.stringify(name.toString())}`);
    }
    await this.#scp.send(Buffer.concat([Buffer.from(`${kind}${facts} `), name, Buffer.from("\n")]));
    this.#awaited++;
  }
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

const CREATE_FOLDER = "The folder must exist on the machine; create it in an earlier provisioner.";

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
  if (thrown instanceof Chatter) {
    return transferFailure(
      what,
      thrown.message,
      "The account's shell prints text before scp can speak: its start-up files, such as .bashrc, may print only in a terminal.",
    );
  }
  if (thrown instanceof Refused) {
    const isMissing = /No such file or directory|Not a directory/.test(thrown.message);
    const hint = isMissing && what.endsWith("uploaded") ? CREATE_FOLDER : undefined;
    return transferFailure(what, thrown.message.trim(), hint);
  }
  if (!(thrown instanceof EndOfStream) && !(thrown instanceof BrokenPipe)) {
    return describeLocalFailure(what, thrown);
  }
  scp.endInput();
  const end = await scp.end();
  if (end.end === "disconnected") {
    return describeLoss(connection, what, thrown);
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
    .filter((line) => !/^((scp: )?debug\d|Sink:|Sending file modes|Executing|Entering directory)/.test(line));
  return lines.at(-1)?.trim() ?? "";
}

function formatOctal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

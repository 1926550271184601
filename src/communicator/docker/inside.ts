// Files and folders through commands in the container: for places that copying does not reach.
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { failure } from "../../diagnostic/build-error.ts";
import { guardSize } from "../../driver/docker/archive.ts";
import type { DockerContainer } from "../../driver/docker/container.ts";
import { makeTarHeader, makeTarPadding, tarEnd } from "../../driver/ssh/tar-header.ts";
import { noteMistakes } from "../../driver/stream/noting.ts";
import { KeptWords } from "./kept-words.ts";

/** A file to be written. */
export interface FileInside {
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: Date;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Writes standard input to a file that nobody else may read meanwhile, and prints how long it has become. */
const RECEIVE_FILE = [
  "umask 077",
  'if [ -d "$1" ]; then echo "$1 is a folder" >&2; exit 1; fi',
  'if [ -f "$1" ]; then rm -f -- "$1" 2>/dev/null; fi',
  'cat > "$1" || exit 1',
  // A device has neither length nor owner of its own.
  'if [ -f "$1" ]; then chown "$2" "$1" && chmod "$3" "$1" || exit 1; touch -d "@$4" "$1" 2>/dev/null; wc -c < "$1"; fi',
].join("\n");

/** As `docker cp`: into the folder when it is there, under its name when it is not. */
const RECEIVE_FOLDER = [
  'command -v tar >/dev/null 2>&1 || { echo "There is no tar in the container." >&2; exit 127; }',
  'd=$1; if [ -d "$d" ] && [ -n "$2" ]; then d=$d/$2; fi',
  'if [ ! -d "$d" ]; then mkdir -- "$d" || exit 1; fi',
  'cd -- "$d" && exec tar -xpf -',
].join("\n");

const SEND_FILE = [
  'if [ -d "$1" ]; then echo "It is a folder." >&2; exit 1; fi',
  'if [ -e "$1" ] && [ ! -f "$1" ]; then echo "It is not a regular file." >&2; exit 1; fi',
  'exec cat -- "$1"',
].join("\n");

const SEND_FOLDER = [
  'command -v tar >/dev/null 2>&1 || { echo "There is no tar in the container." >&2; exit 127; }',
  'cd -- "$1" && exec tar -cf - .',
].join("\n");

/** Writes a file, and looks whether all of it is there. */
export async function writeInside(
  container: DockerContainer,
  path: string,
  file: FileInside,
  signal: AbortSignal,
): Promise<void> {
  const { uid, gid, mode, modified, size } = file;
  const args = [path, `${uid}:${gid}`, mode.toString(8), String(Math.floor(modified.getTime() / 1000))];
  const content = guardSize({ name: basename(path), size, content: file.content });
  const said = await receive(container, { text: RECEIVE_FILE, args }, content, signal).catch((thrown) =>
    rethrow(path, thrown),
  );
  const arrived = said.trim();
  if (arrived !== "" && Number(arrived) !== size) {
    throw explainUpload(path, `${arrived} of ${size} bytes arrived.`);
  }
}

/** Writes a folder as `docker cp` would. */
export async function writeFolderInside(
  container: DockerContainer,
  localDir: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const name = /[\\/]$/.test(localDir) ? "" : basename(localDir);
  const script = { text: RECEIVE_FOLDER, args: [path, name] };
  await receive(container, script, packFolder(localDir), signal).catch((thrown) => rethrow(path, thrown));
}

/** The content of a file. */
export function readInside(container: DockerContainer, path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  return send(container, SEND_FILE, path, signal);
}

/** A folder as a tar archive whose first entry is the folder itself. */
export function readFolderInside(
  container: DockerContainer,
  path: string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return send(container, SEND_FOLDER, path, signal);
}

class CommandFailed extends Error {
  readonly code: number;

  constructor(code: number, said: string) {
    super(said.trim() || `The shell ended with exit status ${code}.`);
    this.code = code;
  }
}

/** Runs a script that reads `content`; gives what it printed. */
async function receive(
  container: DockerContainer,
  script: { readonly text: string; readonly args: readonly string[] },
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const noted = noteMistakes(content);
  const [stdout, stderr] = [new KeptWords(), new KeptWords()];
  const io = { stdin: noted.content, stdout: stdout.take, stderr: stderr.take };
  let code: number;
  try {
    const command = ["/bin/sh", "-c", script.text, "sh", ...script.args];
    code = await container.exec({ command, user: "root" }, io, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw noted.mistake() ?? thrown;
  }
  if (noted.mistake() !== undefined) {
    throw noted.mistake();
  }
  if (code === 0) {
    return stdout.text();
  }
  throw new CommandFailed(code, stdout.text() + stderr.text());
}

async function* send(
  container: DockerContainer,
  script: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const output = new PassThrough();
  const stderr = new KeptWords();
  const io = { stdout: (chunk: Uint8Array) => writeTo(output, chunk), stderr: stderr.take };
  const ended = container
    .exec({ command: ["/bin/sh", "-c", script, "sh", path], user: "root" }, io, signal)
    .then((code) => {
      if (code !== 0) {
        throw explainDownload(path, new CommandFailed(code, stderr.text()).message);
      }
      output.end();
    });
  ended.catch((thrown: Error) => output.destroy(thrown));
  for await (const chunk of output as Readable) {
    yield chunk as Uint8Array;
  }
  await ended;
}

/** Holds the command back while nobody reads. */
async function writeTo(output: PassThrough, chunk: Uint8Array): Promise<void> {
  if (output.destroyed || output.write(chunk)) {
    return;
  }
  await new Promise<void>((resolve) => output.once("drain", resolve).once("close", resolve));
}

/** What lies in a folder of this machine, links as links. */
async function* packFolder(folder: string): AsyncGenerator<Uint8Array> {
  yield* listArchiveEntries(folder, "");
  yield tarEnd;
}

async function* listArchiveEntries(folder: string, inside: string): AsyncGenerator<Uint8Array> {
  for (const name of (await readdir(folder)).sort()) {
    const local = join(folder, name);
    const path = `${inside}${name}`;
    const facts = await lstat(local);
    const entry = { path, mode: facts.mode & 0o7777, size: 0, modified: facts.mtimeMs };
    if (facts.isDirectory()) {
      yield makeTarHeader({ ...entry, path: `${path}/` });
      yield* listArchiveEntries(local, `${path}/`);
    } else if (facts.isSymbolicLink()) {
      yield makeTarHeader({ ...entry, target: await readlink(local) });
    } else if (facts.isFile()) {
      yield makeTarHeader({ ...entry, size: facts.size });
      yield* guardSize({ name: local, size: facts.size, content: createReadStream(local) });
      yield makeTarPadding(facts.size);
    } else {
      throw explainUpload(local, "It is neither a file nor a folder nor a link.");
    }
  }
}

function rethrow(path: string, thrown: unknown): never {
  if (thrown instanceof CommandFailed) {
    throw explainUpload(path, thrown.message, thrown.code);
  }
  throw thrown;
}

function explainUpload(path: string, detail: string, code = 1): Error {
  const summary = `Failed to upload to '${path}' in container`;
  if (code !== 126 && code !== 127) {
    return failure("provisioner", "docker/copy", summary, { detail });
  }
  const hint =
    "The place lies on a mount that only commands inside the container reach: that takes a shell with cat, and tar for folders.";
  return failure("provisioner", "docker/copy", summary, { detail, hint });
}

function explainDownload(path: string, detail: string): Error {
  return failure("provisioner", "docker/copy", `Error downloading '${path}' from the container`, { detail });
}

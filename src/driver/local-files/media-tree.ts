// The files and folders of a disk that is about to be written, gathered from this machine and from texts.
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import { glob } from "./glob.ts";

/** A file to be written: where its content is, or the content itself. */
export interface MediaFile {
  readonly is: "file";
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly content: { readonly path: string } | Uint8Array;
}

export interface MediaFolder {
  readonly is: "folder";
  readonly name: string;
  readonly modified: number;
  /** By their names as this disk tells names apart. */
  readonly entries: Map<string, MediaFile | MediaFolder>;
}

/** How a kind of disk treats names. */
export interface MediaRules {
  /** The same for names that the disk cannot hold side by side. */
  key(name: string): string;
  /** What to do when a file comes whose name is taken by a file. */
  readonly sameFile: "refuse" | "replace";
}

/** An empty top folder. */
export function makeEmptyFolder(modified: number, name = ""): MediaFolder {
  return { is: "folder", name, modified, entries: new Map() };
}

/** The paths that names and patterns stand for, as Packer reads patterns; those of a pattern in order of their names. */
export async function expandPaths(paths: readonly string[], cwd: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    found.push(...(/[*?[]/.test(path) ? await glob(path, cwd) : [path]));
  }
  return found;
}

/** Puts texts on the disk, by the paths of their files. */
export function addTexts(
  root: MediaFolder,
  content: Readonly<Record<string, string>>,
  modified: number,
  rules: MediaRules,
): void {
  for (const [path, text] of Object.entries(content)) {
    const { folder, name } = choosePlace(root, path, rules);
    addFile(folder, makeMediaText(name, text, modified), rules);
  }
}

/** Puts a file, or a folder with everything in it, into the top folder. What has no name of its own, such as `..`, is put there itself. */
export async function addPath(root: MediaFolder, path: string, name: string, how: Gathering): Promise<void> {
  const modified = await findFolderTime(path, how.cwd);
  if (modified === undefined) {
    return addFile(root, await readLocalFile(path, how.cwd), how.rules);
  }
  const into = /^\.{0,2}$/.test(name) ? root : addFolder(root, name, modified, how.rules);
  await addContents(into, path, how);
}

/** The folder in which a file with this path belongs, made if need be, and the file's name. */
function choosePlace(
  root: MediaFolder,
  path: string,
  rules: MediaRules,
): { readonly folder: MediaFolder; readonly name: string } {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const name = parts.pop();
  if (name === undefined || name === ".." || parts.includes("..")) {
    throw failure("template", "media/bad-name", `"${path}" is not a path on the disk`, {
      hint: "Give the file a name, without .. in front.",
    });
  }
  let folder = root;
  for (const part of parts) {
    folder = addFolder(folder, part, root.modified, rules);
  }
  return { folder, name };
}

/** Puts a file into a folder. */
export function addFile(folder: MediaFolder, file: MediaFile, rules: MediaRules): void {
  const key = rules.key(file.name);
  const there = folder.entries.get(key);
  if (there !== undefined && (there.is === "folder" || rules.sameFile === "refuse")) {
    throw explainTaken(file.name, there, readSource(file));
  }
  folder.entries.set(key, file);
}

/** The folder of that name in a folder, made if need be: folders of the same name become one. */
function addFolder(folder: MediaFolder, name: string, modified: number, rules: MediaRules): MediaFolder {
  const key = rules.key(name);
  const there = folder.entries.get(key);
  if (there?.is === "file") {
    throw explainTaken(name, there, undefined);
  }
  if (there !== undefined) {
    return there;
  }
  const made = makeEmptyFolder(modified, name);
  folder.entries.set(key, made);
  return made;
}

/** How a folder of this machine is put on the disk. */
export interface Gathering {
  /** All files side by side, whichever folder they are in. */
  readonly flat: boolean;
  readonly rules: MediaRules;
  readonly cwd: string;
  /** Called for every file. */
  seen?(path: string): void;
}

/** Puts what lies in a folder of this machine into a folder of the disk, links followed. */
export async function addContents(
  folder: MediaFolder,
  path: string,
  how: Gathering,
  above: readonly string[] = [],
): Promise<void> {
  const full = resolve(how.cwd, path);
  const real = await lookAt(path, () => realpath(full));
  if (above.includes(real)) {
    throw explainUnreadable(path, new Error("It is a link that leads back to a folder it lies in."));
  }
  const names = await lookAt(path, () => readdir(full));
  for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const inner = join(path, name);
    const facts = await lookAt(inner, () => stat(resolve(how.cwd, inner)));
    if (facts.isDirectory()) {
      const into = how.flat ? folder : addFolder(folder, name, facts.mtimeMs, how.rules);
      await addContents(into, inner, how, [...above, real]);
      continue;
    }
    how.seen?.(inner);
    addFile(folder, await readLocalFile(inner, how.cwd), how.rules);
  }
}

/** A file of this machine, links followed. */
export async function readLocalFile(path: string, cwd: string): Promise<MediaFile> {
  const full = resolve(cwd, path);
  const facts = await lookAt(path, () => stat(full));
  if (!facts.isFile()) {
    throw explainUnreadable(path, new Error("It is neither a file nor a folder."));
  }
  return { is: "file", name: basename(full), size: facts.size, modified: facts.mtimeMs, content: { path: full } };
}

/** When the folder at a path of this machine was changed last; `undefined` when it is no folder. */
export async function findFolderTime(path: string, cwd: string): Promise<number | undefined> {
  const facts = await lookAt(path, () => stat(resolve(cwd, path)));
  return facts.isDirectory() ? facts.mtimeMs : undefined;
}

/** A text as a file. */
function makeMediaText(name: string, text: string, modified: number): MediaFile {
  const content = Buffer.from(text, "utf8");
  return { is: "file", name, size: content.length, modified, content };
}

/** What the user calls a file in messages. */
export function readSource({ name, content }: MediaFile): string {
  return content instanceof Uint8Array ? name : content.path;
}

async function lookAt<T>(path: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (thrown) {
    throw explainUnreadable(path, thrown);
  }
}

/** Says that something of this machine cannot be put on the disk. */
export function explainUnreadable(path: string, thrown: unknown): Error {
  return failure("environment", "media/file-unreadable", `"${path}" cannot be put on the disk`, {
    detail: readMessage(thrown),
    cause: thrown,
  });
}

function explainTaken(name: string, there: MediaFile | MediaFolder, source: string | undefined): Error {
  const first = there.is === "file" ? readSource(there) : `the folder "${there.name}"`;
  return failure("template", "media/name-taken", `name already exists: ${name}`, {
    detail: source === undefined ? `${first} is in its place.` : `${source} would be put where ${first} is.`,
    hint: "Rename one of them, or put them into different folders.",
  });
}

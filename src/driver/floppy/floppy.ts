// Makes the image of a floppy disk with files of this machine and texts.
import { open, writeFile } from "node:fs/promises";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import {
  addContents,
  addFile,
  addPath,
  addTexts,
  expandPaths,
  explainUnreadable,
  findFolderTime,
  type MediaFile,
  type MediaFolder,
  type MediaRules,
  makeEmptyFolder,
  readLocalFile,
} from "../local-files/media-tree.ts";
import { nameKey, nameProblem } from "./fat-names.ts";
import { writeFat12Image } from "./fat12.ts";

/** What to put on the disk. Paths are relative to the host's current folder and may be patterns. */
export interface FloppyRequest {
  /** Files for the top folder; of folders, all files in them. */
  readonly files: readonly string[];
  /** Folders that are copied as they are. */
  readonly dirs: readonly string[];
  /** Texts by the paths of their files. */
  readonly content: Readonly<Record<string, string>>;
  /** At most eleven characters. */
  readonly label: string;
}

export interface FloppyRun {
  readonly host: Pick<Host, "cwd" | "clock" | "random">;
  readonly signal: AbortSignal;
  readonly ui: { say(text: string): void; message(text: string): void };
}

const rules: MediaRules = { key: nameKey, sameFile: "refuse" };

/** Writes the image to `path`. As Packer, two files of the same name are a mistake, and folders of the same name become one. */
export async function writeFloppy(path: string, request: FloppyRequest, run: FloppyRun): Promise<void> {
  const { host, signal, ui } = run;
  ui.say("Creating floppy disk...");
  const root = makeEmptyFolder(host.clock.now());
  await addFlatly(root, request.files, run);
  await addFolders(root, request.dirs, run);
  addContent(root, request.content, run);
  checkNames(root, "");
  const serial = Buffer.from(host.random.bytes(4)).readUInt32LE();
  const facts = { label: request.label, serial, now: host.clock.now() };
  const image = await writeFat12Image(root, facts, (file) => readContent(file, signal));
  await writeFile(path, image, { mode: 0o600, signal });
}

async function addFlatly(root: MediaFolder, files: readonly string[], { host: { cwd }, ui }: FloppyRun): Promise<void> {
  ui.message("Copying files flatly from floppy_files");
  for (const path of await expandPaths(files, cwd)) {
    if ((await findFolderTime(path, cwd)) === undefined) {
      ui.message(`Copying file: ${path}`);
      addFile(root, await readLocalFile(path, cwd), rules);
      continue;
    }
    ui.message(`Copying directory: ${path}`);
    await addContents(root, path, { flat: true, rules, cwd, seen: (file) => ui.message(`Adding file: ${file}`) });
  }
  ui.message("Done copying files from floppy_files");
}

async function addFolders(root: MediaFolder, dirs: readonly string[], { host: { cwd }, ui }: FloppyRun): Promise<void> {
  ui.message("Collecting paths from floppy_dirs");
  const paths = await expandPaths(dirs, cwd);
  ui.message(`Resulting paths from floppy_dirs : [${paths.join(" ")}]`);
  for (const path of paths) {
    ui.message(`Recursively copying : ${path}`);
    // As Packer 1.6.6: a slash at the end changes nothing.
    const name = path.replace(/[\\/]+$/, "").replace(/^.*[\\/]/s, "");
    await addPath(root, path, name, { flat: false, rules, cwd });
  }
  ui.message("Done copying paths from floppy_dirs");
}

function addContent(root: MediaFolder, content: FloppyRequest["content"], { host, ui }: FloppyRun): void {
  if (Object.keys(content).length === 0) {
    return;
  }
  ui.message("Copying files from floppy_content");
  addTexts(root, content, host.clock.now(), rules);
  ui.message("Done copying files from floppy_content");
}

function checkNames(folder: MediaFolder, above: string): void {
  for (const entry of folder.entries.values()) {
    const problem = nameProblem(entry.name);
    if (problem !== undefined) {
      throw failure(
        "template",
        "media/bad-name",
        `"${above}${entry.name}" cannot be the name of a file on a floppy disk`,
        {
          detail: problem,
          hint: "Rename it, or put it on a CD.",
        },
      );
    }
    if (entry.is === "folder") {
      checkNames(entry, `${above}${entry.name}/`);
    }
  }
}

/** The bytes of a file. Its space is laid out by now, so more or fewer than before cannot be taken. */
async function readContent({ content, size }: MediaFile, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted();
  if (content instanceof Uint8Array) {
    return content;
  }
  const bytes = Buffer.alloc(size + 1);
  let got = 0;
  try {
    const file = await open(content.path);
    try {
      for (let more = -1; more !== 0 && got < bytes.length; got += more) {
        more = (await file.read(bytes, got, bytes.length - got, got)).bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw explainUnreadable(content.path, thrown);
  }
  if (got !== size) {
    throw explainUnreadable(content.path, new Error("It was changed while it was read."));
  }
  return bytes.subarray(0, size);
}

// Makes the image of a CD with files of this machine and texts, by whichever program for it is installed.
import { constants } from "node:fs";
import { copyFile, mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import type { Host, ProcessResult } from "../../host/host.ts";
import {
  addPath,
  addTexts,
  expandPaths,
  explainUnreadable,
  type MediaFile,
  type MediaFolder,
  type MediaRules,
  makeEmptyFolder,
} from "../local-files/media-tree.ts";
import { type CdTool, cdTools } from "./cd-tools.ts";

/** What to put on the CD. Paths are relative to the host's current folder and may be patterns. */
export interface CdRequest {
  /** Files, and folders with what is in them; of a folder that ends in a slash, only what is in it. */
  readonly files: readonly string[];
  /** Texts by the paths of their files. */
  readonly content: Readonly<Record<string, string>>;
  /** At most 32 bytes. */
  readonly label: string;
}

export interface CdRun {
  readonly host: Pick<Host, "cwd" | "clock" | "processes">;
  readonly signal: AbortSignal;
  readonly ui: { say(text: string): void; message(text: string): void };
  /** An empty folder for the files on their way. */
  readonly scratch: string;
}

/** As Packer: of two files of the same name, the later one wins. */
const rules: MediaRules = { key: (name) => name, sameFile: "replace" };

/** Writes the image to `path`. */
export async function writeCd(path: string, request: CdRequest, run: CdRun): Promise<void> {
  const { host, signal, ui } = run;
  ui.say("Creating CD disk...");
  const root = makeEmptyFolder(host.clock.now());
  await addSources(root, request.files, host.cwd);
  addTexts(root, request.content, host.clock.now(), rules);
  await layOut(root, run.scratch, signal);
  await makeImage({ label: request.label, folder: run.scratch, image: path }, run);
  ui.message("Done copying paths from CD_dirs");
}

async function addSources(root: MediaFolder, files: readonly string[], cwd: string): Promise<void> {
  for (const path of await expandPaths(files, cwd)) {
    await addPath(root, path, path.replace(/^.*[\\/]/s, ""), { flat: false, rules, cwd });
  }
}

/** Puts the files side by side as they will be on the CD: what all of these programs can take. */
async function layOut(folder: MediaFolder, at: string, signal: AbortSignal): Promise<void> {
  for (const entry of folder.entries.values()) {
    signal.throwIfAborted();
    const path = join(at, entry.name);
    if (entry.is === "file") {
      await layOutFile(entry, path);
      continue;
    }
    await mkdir(path);
    await layOut(entry, path, signal);
  }
}

async function layOutFile({ content, modified }: MediaFile, path: string): Promise<void> {
  if (content instanceof Uint8Array) {
    await writeFile(path, content);
    return;
  }
  try {
    // Shares the bytes where the file system can, as images of other systems may be among the files.
    await copyFile(content.path, path, constants.COPYFILE_FICLONE);
    await utimes(path, modified / 1000, modified / 1000);
  } catch (thrown) {
    throw explainUnreadable(content.path, thrown);
  }
}

/** Takes the first program that is installed. */
async function makeImage(job: Parameters<CdTool["command"]>[0], run: CdRun): Promise<void> {
  for (const tool of cdTools) {
    const command = tool.command(job);
    const result = await ifInstalled(run.host.processes.run(command, { signal: run.signal }));
    if (result === undefined) {
      continue;
    }
    run.signal.throwIfAborted();
    if (result.code === 0) {
      return;
    }
    throw failure(
      "environment",
      "media/cd-failed",
      `${tool.name} could not make the CD: it ended with status ${result.code}`,
      {
        detail: (result.stderr || result.stdout).trim(),
      },
    );
  }
  const names = cdTools.map(({ name }) => name).join(", ");
  throw failure(
    "environment",
    "media/no-cd-tool",
    `could not find a supported CD ISO creation command (the supported commands are: ${names})`,
    { hint: "On Debian and Ubuntu: apt-get install xorriso." },
  );
}

async function ifInstalled(running: Promise<ProcessResult>): Promise<ProcessResult | undefined> {
  try {
    return await running;
  } catch (thrown) {
    if (thrown instanceof BuildError && thrown.diagnostics[0]?.code === "host/command-missing") {
      return undefined;
    }
    throw thrown;
  }
}

// The folder that the machine's disks are made in; it is the artifact in the end.
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import type { Removal, Run } from "../../sdk/run.ts";

/** Kind of resource. */
export const OUTPUT_FOLDER = "qemu-output-folder";

/** Makes the folder, instead of an older one when the user says so. It goes away again unless it is kept. */
export async function makeOutputFolder(directory: string, run: Run): Promise<string> {
  const path = resolve(run.host.cwd, directory);
  if (existsSync(path)) {
    if (!run.settings.force)
      throw failure("environment", "qemu/output-exists", `Output directory exists: ${directory}`, {
        hint: "Use the force flag to delete it prior to building.",
      });
    run.ui.say("Deleting previous output directory...");
    await rm(path, { recursive: true, force: true });
  }
  return run.acquire({ kind: OUTPUT_FOLDER, title: "output directory", data: { path } }, async () => {
    await mkdir(dirname(path), { recursive: true });
    await mkdir(path);
    return path;
  });
}

/** Removes the folder with everything in it. One that was not noted as made may be somebody else's: it goes only when it is empty. */
export const removeOutputFolder: Removal = async ({ data, made }, { ui }) => {
  const { path } = data as { path: string };
  if (made === undefined) return void (await rmdir(path).catch(() => {}));
  ui.say("Deleting output directory...");
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
};

/** The files in a folder and the folders below it, sorted; with the folder's name in front. */
export async function filesIn(directory: string, cwd: string): Promise<readonly string[]> {
  const entries = await readdir(resolve(cwd, directory), { recursive: true, withFileTypes: true });
  const from = resolve(cwd, directory).length + 1;
  return entries.flatMap((entry) => (entry.isFile() ? [join(directory, join(entry.parentPath, entry.name).slice(from))] : [])).sort();
}

// What is put into the machine's drives, and what it can fetch from this machine.
import { join } from "node:path";
import { writeCd } from "../../driver/cd/cd.ts";
import { writeFloppy } from "../../driver/floppy/floppy.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { QemuConfig } from "./facts.ts";

/** Images for the drives; `undefined` for a drive that stays empty. */
export interface Media {
  readonly floppy: string | undefined;
  readonly cd: string | undefined;
}

/** Makes a floppy disk and a CD where the template has files for them. They go away with the build. */
export async function makeMedia(config: QemuConfig, run: BuildRun): Promise<Media> {
  const { floppy_files, floppy_dirs, floppy_content, cd_files, cd_content } = config;
  const hasFloppy = floppy_files.length + floppy_dirs.length + Object.keys(floppy_content).length > 0;
  const hasCd = cd_files.length + Object.keys(cd_content).length > 0;
  if (!hasFloppy && !hasCd) {
    return { floppy: undefined, cd: undefined };
  }
  const folder = await run.temporaryFolder("packer-media");
  return {
    floppy: hasFloppy ? await floppy(config, join(folder, "floppy.img"), run) : undefined,
    cd: hasCd ? await cd(config, join(folder, "cd.iso"), run) : undefined,
  };
}

async function floppy(config: QemuConfig, path: string, run: BuildRun): Promise<string> {
  const { floppy_files: files, floppy_dirs: dirs, floppy_content: content, floppy_label: label } = config;
  await writeFloppy(path, { files, dirs, content, label }, run);
  return path;
}

async function cd(config: QemuConfig, path: string, run: BuildRun): Promise<string> {
  const { cd_files: files, cd_content: content, cd_label: label } = config;
  const scratch = await run.temporaryFolder("packer-cd");
  await writeCd(path, { files, content, label }, { host: run.host, signal: run.signal, ui: run.ui, scratch });
  await run.remove(scratch);
  return path;
}

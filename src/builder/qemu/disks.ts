// The machine's disks: made or copied before it starts, written anew when it is done.
import { copyFile, rename, rm } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { readImageFacts } from "../../driver/qemu/image-facts.ts";
import { readImageFormat, runQemuImg } from "../../driver/qemu/qemu-img.ts";
import type { Run } from "../../sdk/run.ts";
import type { Disk, QemuConfig } from "./facts.ts";

/** Makes the disks. The first one comes from `source` when that is a disk. */
export async function makeDisks(config: QemuConfig, disks: readonly Disk[], source: string, run: Run): Promise<void> {
  const made = config.disk_image && !config.use_backing_file ? disks.slice(1) : disks;
  if (config.disk_additional_size.length > 0) {
    run.ui.say("Creating required virtual machine disks");
  }
  for (const disk of made) {
    await createDisk(config, disk, disk === disks[0] && config.use_backing_file ? source : undefined, run);
  }
  const [first] = disks;
  if (!config.disk_image || first === undefined) {
    return;
  }
  if (!config.use_backing_file) {
    await copyDisk(config, source, first, run);
  }
  if (!config.skip_resize_disk) {
    await resizeDisk(config, first, run);
  }
}

async function createDisk(config: QemuConfig, disk: Disk, backing: string | undefined, run: Run): Promise<void> {
  const from = backing === undefined ? [] : ["-b", backing, "-F", await readImageFormat(backing, run)];
  const own = config.qemu_img_args?.create ?? [];
  await runQemuImg(["create", "-f", config.format, ...from, ...own, disk.path, disk.size], run);
}

/** As Packer a file that is called like the format is copied as it is. Unlike Packer not when it has another one all the same. */
async function copyDisk(config: QemuConfig, source: string, disk: Disk, run: Run): Promise<void> {
  const format = readImageFacts(resolve(run.host.cwd, source))?.format ?? config.format;
  if (extname(source).slice(1).toLowerCase() === config.format && format === config.format) {
    run.ui.message("File extension already matches desired output format. Skipping qemu-img convert step");
    return copyFile(source, resolve(run.host.cwd, disk.path));
  }
  run.ui.say("Copying hard drive...");
  await runQemuImg(["convert", ...(config.qemu_img_args?.convert ?? []), "-O", config.format, source, disk.path], run);
}

async function resizeDisk(config: QemuConfig, disk: Disk, run: Run): Promise<void> {
  run.ui.say("Resizing hard drive...");
  await runQemuImg(["resize", "-f", config.format, ...(config.qemu_img_args?.resize ?? []), disk.path, disk.size], run);
}

/** Whether the first disk is written anew. As Packer: only qcow2 is, and a disk over another one would become a whole one. */
function isConverted(config: QemuConfig): boolean {
  if (config.format !== "qcow2") {
    return false;
  }
  return config.disk_compression || !(config.skip_compaction || config.use_backing_file);
}

/** Writes the first disk anew, without what the machine no longer uses. When that fails the disk is what it was. */
export async function convertDisk(config: QemuConfig, disk: Disk, run: Run): Promise<void> {
  if (!isConverted(config)) {
    return;
  }
  run.ui.say("Converting hard drive...");
  const anew = `${disk.path}.convert`;
  const compressed = config.disk_compression ? ["-c"] : [];
  try {
    await runQemuImg(
      ["convert", ...compressed, ...(config.qemu_img_args?.convert ?? []), "-O", config.format, disk.path, anew],
      run,
    );
    await rename(resolve(run.host.cwd, anew), resolve(run.host.cwd, disk.path));
  } catch (thrown) {
    await rm(resolve(run.host.cwd, anew), { force: true });
    throw thrown;
  }
}

/** What to type to do by hand what failed. */
export function convertCommand(config: QemuConfig, disk: Disk): string {
  const compressed = config.disk_compression ? " -c" : "";
  return `qemu-img convert${compressed} -O ${config.format} ${disk.path} FILE`;
}

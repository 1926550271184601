// What can be known to be missing before anything is downloaded.
import { resolve } from "node:path";
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import { cdTools } from "../../driver/cd/cd-tools.ts";
import { readImageFacts } from "../../driver/qemu/image-facts.ts";
import type { Host } from "../../host/host.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { PrepareContext } from "../../sdk/component.ts";
import { isProgramThere, programMissing } from "../../step/find-program.ts";
import { listLocalIsoFiles } from "../../step/iso.ts";
import { diskBytes, type QemuConfig } from "./facts.ts";
import { requireFirmware } from "./firmware.ts";

/** Warns of programs that are not here: the template may be checked on another machine than it is built on. */
export function checkPrograms(config: QemuConfig, context: PrepareContext): void {
  const missing = context.isPending("qemu_binary") ? [] : findMissing(config, context.host);
  const named = missing.map((name) => `"${name}"`).join(" and ");
  if (missing.length > 0) {
    const verb = missing.length === 1 ? "is" : "are";
    context.warn("qemu_binary", `${named} ${verb} not on this machine, so this cannot be built here`);
  }
  if (config.disk_image && !["iso_url", "iso_urls", "disk_size"].some((option) => context.isPending(option))) {
    for (const source of listLocalIsoFiles({ ...config, iso_target_path: undefined })) {
      const path = resolve(context.host.cwd, source);
      const reason = context.host.files.refusal(path) === undefined ? findShrinking(config, path) : undefined;
      if (reason !== undefined) {
        context.problem("disk_size", SHRINKS, { detail: reason, hint: SHRINK_HINT });
      }
    }
  }
}

/** Throws when a program or the firmware is not here. */
export function requireAll(config: QemuConfig, run: BuildRun): void {
  const missing = findMissing(config, run.host).flatMap((name) => programMissing(name).diagnostics);
  if (missing.length > 0) {
    throw new BuildError("environment", missing);
  }
  requireFirmware(config, run);
}

/** Throws when the disk at `path` would lose its end. */
export function requireRoom(config: QemuConfig, path: string): void {
  const reason = config.disk_image ? findShrinking(config, path) : undefined;
  if (reason !== undefined) {
    throw failure("template", "qemu/disk-image", SHRINKS, { detail: reason, hint: SHRINK_HINT });
  }
}

const SHRINKS = "The disk would become smaller than it is";
const SHRINK_HINT = 'Give a larger "disk_size", or leave the disk as it is with "skip_resize_disk".';

function findShrinking(config: QemuConfig, path: string): string | undefined {
  const isAllowed = config.qemu_img_args?.resize.some((argument) => argument.startsWith("--shrink")) === true;
  const wanted = diskBytes(config.disk_size);
  const size = config.skip_resize_disk || config.use_backing_file || isAllowed ? 0 : (readImageFacts(path)?.size ?? 0);
  if (wanted === undefined || size <= wanted) {
    return undefined;
  }
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  return `${path} has ${mebibytes(size)}, and "disk_size" comes to ${mebibytes(wanted)}. What lies behind that would be cut off.`;
}

function findMissing(config: QemuConfig, host: Pick<Host, "env" | "cwd" | "platform">): readonly string[] {
  // A disk that is copied and kept as it is needs nothing made.
  const isKept =
    config.disk_image &&
    config.skip_resize_disk &&
    config.skip_compaction &&
    !config.disk_compression &&
    !config.use_backing_file &&
    config.disk_additional_size.length === 0;
  const hasCd = config.cd_files.length + Object.keys(config.cd_content).length > 0;
  const isCdToolThere = (): boolean => cdTools.some(({ name }) => isProgramThere(name, host));
  return [
    ...[config.qemu_binary, ...(isKept ? [] : ["qemu-img"]), ...(config.vtpm ? ["swtpm"] : [])].filter(
      (name) => !isProgramThere(name, host),
    ),
    ...(hasCd && !isCdToolThere() ? [cdTools[0]?.name ?? ""] : []),
  ];
}

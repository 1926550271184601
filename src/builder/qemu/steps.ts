// What the qemu builder is made of: the checks of its options, and the files that it reads.
import type { PrepareContext } from "../../sdk/component.ts";
import { bootStepsStep, vncBootCommandStep } from "../../step/boot-command.ts";
import { cdStep } from "../../step/cd.ts";
import { floppyStep } from "../../step/floppy.ts";
import { hostPortStep } from "../../step/host-port.ts";
import { httpServerStep } from "../../step/http-server.ts";
import { isoStep, listLocalIsoFiles } from "../../step/iso.ts";
import { outputFolderStep } from "../../step/output-folder.ts";
import { shutDownStep } from "../../step/shut-down.ts";
import type { Step } from "../../step/step.ts";
import { isDiskSize, isEfi, listVncPorts, type QemuConfig } from "./facts.ts";
import { checkFirmware } from "./firmware.ts";
import { checkInterfaces } from "./interfaces.ts";
import { checkOwnArguments } from "./own-arguments.ts";
import { checkPrograms } from "./preflight.ts";

/** Bytes of a password that VNC compares. */
const VNC_PASSWORD = 8;

/** The order is that in which mistakes are reported. */
export const qemuSteps: readonly Step<QemuConfig>[] = [
  isoStep,
  httpServerStep,
  floppyStep,
  cdStep,
  { check: checkDisks },
  { check: checkMachine, reads: listFirmwareFiles },
  { check: checkInterfaces },
  { check: checkFirmware },
  { check: checkOwnArguments },
  hostPortStep,
  { check: checkVnc },
  vncBootCommandStep,
  bootStepsStep,
  { check: (config, context) => outputFolderStep.check(config, context, listLocalIsoFiles(config)) },
  shutDownStep,
  { check: checkPrograms },
];

function checkDisks(config: QemuConfig, context: PrepareContext): void {
  const sizeHint = { hint: "Write a whole number and a unit, such as 8G or 40960M." };
  if (!isDiskSize(config.disk_size)) {
    context.problem("disk_size", "Invalid disk size.", sizeHint);
  }
  for (const size of config.disk_additional_size) {
    if (!isDiskSize(size)) {
      context.problem("disk_additional_size", `Invalid disk size: "${size}".`, sizeHint);
    }
  }
  if (config.format === "raw" && config.disk_compression) {
    context.warn(
      "disk_compression",
      "disk_compression does nothing for the format raw: such a disk is left as the machine wrote it",
    );
  }
  if (config.use_backing_file && !(config.disk_image && config.format === "qcow2")) {
    context.problem(
      "use_backing_file",
      "use_backing_file can only be enabled for QCOW2 images and when disk_image is true",
    );
  }
  if (config.skip_resize_disk && !config.disk_image) {
    context.problem("skip_resize_disk", "skip_resize_disk can only be used when disk_image is true");
  }
}

function checkMachine(config: QemuConfig, context: PrepareContext): void {
  if (config.net_bridge && context.host.platform !== "linux") {
    context.problem("net_bridge", "bridge networking is only supported on Linux");
  }
  if (config.use_pflash && !config.firmware) {
    context.problem("use_pflash", "use_pflash needs a firmware", { hint: 'Name its file: "firmware".' });
  }
}

function listFirmwareFiles(config: QemuConfig): readonly string[] {
  const efi = isEfi(config) ? [config.efi_firmware_code, config.efi_firmware_vars] : [];
  return [config.firmware, ...efi].flatMap((path) => (path ? [path] : []));
}

function checkVnc(config: QemuConfig, context: PrepareContext): void {
  const { vnc_password: password = "" } = config;
  if (Buffer.byteLength(password) > VNC_PASSWORD && !context.isPending("vnc_password")) {
    context.problem("vnc_password", `vnc_password has more than ${VNC_PASSWORD} characters, and VNC knows no more`);
  }
  if (password !== "" && !config.vnc_use_password) {
    context.warn("vnc_password", 'vnc_password does nothing without "vnc_use_password"');
  }
  const vnc = listVncPorts(config);
  if (vnc.from > vnc.to) {
    context.problem("vnc_port_min", "vnc_port_min must be less than vnc_port_max");
  }
  if (vnc.from < 5900) {
    context.problem("vnc_port_min", "vnc_port_min cannot be below 5900", {
      hint: "The screens of QEMU are counted from port 5900 on.",
    });
  }
}

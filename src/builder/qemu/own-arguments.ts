// What the user's own arguments take away from the machine: each replaces all that would be given for its switch.
import type { PrepareContext } from "../../sdk/component.ts";
import { findOutputDirectory } from "../../step/output-folder.ts";
import { forwardsPort, isEfi, nameMachine, ownSwitch, type QemuConfig } from "./facts.ts";

/** Warns of parts of the machine that are gone without a word otherwise: they show as a time-out, much later. */
export function checkOwnArguments(config: QemuConfig, context: PrepareContext): void {
  if (context.isPending("qemuargs") || config.qemuargs.length === 0) {
    return;
  }
  const said = config.qemuargs.map((entry) => entry.join(" "));
  const mentions = (pattern: RegExp): boolean => said.some((text) => pattern.test(text));
  warnOverridden("-drive", findLostDrives(config, said, context), config, context);
  warnOverridden("-device", findLostDevices(config, mentions), config, context);
  const isReached = context.communicator !== undefined && context.communicator.type !== "none";
  if (isReached && forwardsPort(config) && !mentions(/hostfwd/)) {
    const network = ownSwitch(config, "-netdev");
    const lost = network?.startsWith("user") ? ["the port that leads to the machine"] : [];
    warnOverridden("-netdev", lost, config, context);
  }
}

function warnOverridden(name: string, lost: readonly string[], config: QemuConfig, context: PrepareContext): void {
  if (lost.length > 0 && ownSwitch(config, name) !== undefined) {
    context.warn(
      "qemuargs",
      `"${name}" in qemuargs replaces all of the machine's own: it will be without ${joinWords(lost)}. Say what it is to have beside yours.`,
    );
  }
}

function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Drives that nobody puts back. */
function findLostDrives(config: QemuConfig, said: readonly string[], { build }: PrepareContext): readonly string[] {
  const own = [nameMachine(config, build), findOutputDirectory(config, build)];
  const isNamed = (text: string): boolean =>
    /\{\{[^}]*\.(Name|OutputDir)\b/.test(text) || own.some((name) => text.includes(name));
  const drives = said.filter((text) => /^-(drive|hd[a-d]|blockdev|device)\b/.test(text));
  const mentions = (pattern: RegExp): boolean => said.some((text) => pattern.test(text));
  const count = 1 + config.disk_additional_size.length;
  return [
    ...(drives.some(isNamed) ? [] : [count === 1 ? "its disk" : `its ${count} disks`]),
    ...(config.disk_image || mentions(/media=cdrom|^-cdrom|\.iso\b|^-kernel/i) ? [] : ["its ISO"]),
    ...(isEfi(config) && !mentions(/pflash|^-bios/) ? ["its EFI firmware"] : []),
  ];
}

/** What hangs on controllers, and the TPM. */
function findLostDevices(config: QemuConfig, mentions: (pattern: RegExp) => boolean): readonly string[] {
  const isOnController = (name: string | undefined): boolean => name === "virtio-scsi" || name === "sata";
  return [
    ...(isOnController(config.disk_interface) && !mentions(/drive=drive0\b/)
      ? [`its disk, which is connected by ${config.disk_interface}`]
      : []),
    ...(isOnController(config.cdrom_interface) && !config.disk_image && !mentions(/drive=cdrom0\b/)
      ? [`its ISO, which is connected by ${config.cdrom_interface}`]
      : []),
    ...(config.vtpm && !mentions(/tpmdev=/) ? ["its TPM"] : []),
  ];
}

// Whether the machine has what its disks and CDs are to be connected to.
import type { PrepareContext } from "../../sdk/component.ts";
import { machineType, ownSwitch, type QemuConfig } from "./facts.ts";

/** What `-drive` knows beside the interfaces of disks: with these a drive is connected to nothing, or by the user's own arguments. */
const OTHER_INTERFACES = ["none", "floppy", "pflash", "mtd", "xen"];
const INTERFACES = ["ide", "sata", "scsi", "sd", "virtio", "virtio-scsi"];

/** How many drives fit on the IDE controller of a type of machine. */
const IDE_PLACES = { pc: 4, q35: 6 } as const;
const SATA_PLACES = 6;

/** Reports interfaces that such a machine does not have, and more drives than fit. */
export function checkInterfaces(config: QemuConfig, context: PrepareContext): void {
  const { cdrom_interface: cd } = config;
  if (cd && ![...INTERFACES, ...OTHER_INTERFACES].includes(cd)) {
    context.problem("cdrom_interface", `There is no interface "${cd}" for CDs`, {
      hint: `Choose one of ${INTERFACES.join(", ")}, or leave it to QEMU.`,
    });
  }
  const kind = readKind(config);
  // Drives of the user's own take the place of these.
  if (kind === undefined || ownSwitch(config, "-drive") !== undefined) {
    return;
  }
  checkKind("disk_interface", config.disk_interface, kind, context);
  if (cd && countCds(config) > 0) {
    checkKind("cdrom_interface", cd, kind, context);
  }
  checkPlaces(config, kind, context);
}

type Kind = "pc" | "q35" | "virt";

/** The kind of machine, as far as its drives are concerned; `undefined` for one that nothing is known of. */
function readKind(config: QemuConfig): Kind | undefined {
  const [, kind] = /^(pc|q35|virt)(?:$|[-,])/.exec(machineType(config).replace(/^pc-q35/, "q35")) ?? [];
  return kind as Kind | undefined;
}

function checkKind(option: string, name: string, kind: Kind, context: PrepareContext): void {
  if (name === "scsi" || name === "sd" || (name === "ide" && kind === "virt")) {
    context.problem(option, `A machine of the type "${kind}" has no interface "${name}"`, {
      hint: name === "ide" ? 'Use "virtio" or "virtio-scsi".' : 'Use "virtio-scsi", or "virtio", "ide" or "sata".',
    });
  }
}

function checkPlaces(config: QemuConfig, kind: Kind, context: PrepareContext): void {
  const disks = 1 + config.disk_additional_size.length;
  const cds = countCds(config);
  const count = (name: string, isUsual: boolean): number =>
    (config.disk_interface === name ? disks : 0) +
    (config.cdrom_interface === name || (isUsual && !config.cdrom_interface) ? cds : 0);
  const sata = count("sata", false);
  if (sata > SATA_PLACES) {
    context.problem(
      "disk_additional_size",
      `${sata} drives do not fit on one SATA controller, which has ${SATA_PLACES}`,
    );
  }
  const ide = count("ide", true);
  const places = kind === "virt" ? undefined : IDE_PLACES[kind];
  if (places !== undefined && ide > places) {
    context.problem(
      "disk_additional_size",
      `${ide} drives do not fit on the machine's IDE controller, which has ${places}`,
      {
        hint: 'Set "disk_interface" or "cdrom_interface" to "virtio-scsi".',
      },
    );
  }
}

function countCds({ disk_image, cd_files, cd_content }: QemuConfig): number {
  return (disk_image ? 0 : 1) + (cd_files.length + Object.keys(cd_content).length > 0 ? 1 : 0);
}

// How disks and CDs are connected to a machine: its drives, and the controllers that QEMU does not make by itself.
import { resolve } from "node:path";
import { escapeCommas } from "../../driver/qemu/switches.ts";
import type { Disk, QemuConfig } from "./facts.ts";

/** What the machine gets. */
export interface Media {
  readonly disks: readonly Disk[];
  /** The CD to start from; `undefined` when the first disk is what to start from. */
  readonly iso?: string | undefined;
  readonly cd?: string | undefined;
}

/** Interfaces whose controller and devices stand in `-device`: the first word of a drive's bus, and what a disk and a CD are there. */
const CONTROLLERS: Readonly<
  Record<string, { controller: string; disk: string; cd: string; bus(index: number): string }>
> = {
  // Unlike Packer for CDs, whose controller fits no PC.
  "virtio-scsi": { controller: "virtio-scsi-pci,id=scsi0", disk: "scsi-hd", cd: "scsi-cd", bus: () => "scsi0.0" },
  // Unlike Packer, whose machine does not start: QEMU knows no drives of this name.
  sata: { controller: "ahci,id=sata0", disk: "ide-hd", cd: "ide-cd", bus: (index) => `sata0.${index}` },
};

/** The values of `-device` for drives, with their controllers. */
export function storageDevices(config: QemuConfig, { disks, iso, cd }: Media): readonly string[] {
  const wanted = [
    ...disks.map((_, index) => ({ on: config.disk_interface, is: "disk" as const, drive: `drive${index}` })),
    ...listCds({ iso, cd }).map((_, index) => ({
      on: config.cdrom_interface ?? "",
      is: "cd" as const,
      drive: `cdrom${index}`,
    })),
  ];
  return Object.entries(CONTROLLERS).flatMap(([name, { controller, bus, ...devices }]) => {
    const here = wanted.filter(({ on }) => on === name);
    const made = here.map(({ is, drive }, index) => `${devices[is]},bus=${bus(index)},drive=${drive}`);
    return made.length === 0 ? [] : [controller, ...made];
  });
}

/** The values of `-drive` for disks and CDs. */
export function storageDrives(config: QemuConfig, media: Media, cwd: string): readonly string[] {
  const { cdrom_interface: on } = config;
  // Where disks have taken the first places already, CDs come behind them.
  const first = driveInterface(on ?? "") === driveInterface(config.disk_interface) ? media.disks.length : 0;
  return [
    ...media.disks.map((disk, index) => writeDiskDrive(config, disk, index, cwd)),
    ...listCds(media).map((path, index) =>
      on
        ? `file=${escapeCommas(path)},if=${driveInterface(on)},index=${first + index},id=cdrom${index},media=cdrom`
        : `file=${escapeCommas(path)},media=cdrom`,
    ),
  ];
}

function listCds({ iso, cd }: Pick<Media, "iso" | "cd">): readonly string[] {
  return [iso, cd].filter((path) => path !== undefined);
}

function driveInterface(name: string): string {
  return Object.hasOwn(CONTROLLERS, name) ? "none" : name;
}

function writeDiskDrive(config: QemuConfig, { path }: Disk, index: number, cwd: string): string {
  const isOnController = Object.hasOwn(CONTROLLERS, config.disk_interface);
  return [
    ...(isOnController ? ["if=none"] : []),
    `file=${escapeCommas(resolve(cwd, path))}`,
    ...(isOnController ? [`id=drive${index}`] : [`if=${config.disk_interface}`]),
    `cache=${config.disk_cache}`,
    `discard=${config.disk_discard}`,
    `format=${config.format}`,
    ...(config.disk_detect_zeroes === "off" ? [] : [`detect-zeroes=${config.disk_detect_zeroes}`]),
  ].join(",");
}

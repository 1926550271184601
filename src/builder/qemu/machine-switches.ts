// The arguments of the QEMU program that the options come to.
import { join, resolve } from "node:path";
import { ENOUGH } from "../../driver/qemu/heard-address.ts";
import { cardDevice, listed, type Switches } from "../../driver/qemu/switches.ts";
import type { BuildIdentity } from "../../sdk/run.ts";
import { outputDirectory } from "../../step/output-folder.ts";
import { type Disk, isEfi, machineName, memoryOf, type QemuConfig } from "./facts.ts";

/** What QEMU calls the dump of what it hears. */
export const DUMP = "packer-ts-heard";

/** What only the run knows. */
export interface MachineParts {
  readonly accelerator: string;
  readonly disks: readonly Disk[];
  /** The CD to start from; `undefined` when the first disk is what to start from. */
  readonly iso?: string | undefined;
  readonly cd?: string | undefined;
  readonly floppy?: string | undefined;
  /** Which port of this machine leads to which of the built one. */
  readonly forward?: { readonly address: string; readonly from: number; readonly to: number } | undefined;
  /** The address of the network card on a bridge. */
  readonly mac?: string | undefined;
  /** File for what is heard on the bridge, to find out the machine's address. */
  readonly dump?: string | undefined;
  readonly vnc?: { readonly address: string; readonly port: number; readonly password: boolean } | undefined;
  /** The kind of window; empty for none, `undefined` for what QEMU chooses. */
  readonly display: string | undefined;
  readonly qmp?: string | undefined;
  /** The socket of the emulated TPM. */
  readonly tpm?: string | undefined;
}

const EFI_CODE = "/usr/share/OVMF/OVMF_CODE.fd";

/** The file with the variables of the EFI firmware. */
export function efiVariables(config: QemuConfig, build: BuildIdentity): string {
  return join(outputDirectory(config, build), "efivars.fd");
}

/** As Packer gives them, before what the user says instead. */
export function machineSwitches(config: QemuConfig, parts: MachineParts, build: BuildIdentity, cwd: string): Switches {
  const one = (name: string, value: string | undefined): [string, string[]][] =>
    value === undefined ? [] : [[name, [value]]];
  const bootsFrom = config.disk_image ? "c" : "once=d";
  return new Map([
    ...one("-name", listed(machineName(config, build))),
    ...one(
      "-machine",
      `type=${config.machine_type}${parts.accelerator === "none" ? "" : `,accel=${parts.accelerator}`}`,
    ),
    ...one("-boot", isEfi(config) ? undefined : bootsFrom),
    ...one("-m", `${memoryOf(config)}M`),
    ...one("-smp", processors(config)),
    ...one("-cpu", config.cpu_model || undefined),
    ...one("-netdev", network(config, parts)),
    ...one("-object", heard(parts)),
    ["-device", devices(config, parts)],
    ["-drive", drives(config, parts, build, cwd)],
    ...one("-vnc", screen(parts)),
    ...one("-display", parts.display === "" ? "none" : parts.display),
    ...one("-fda", parts.floppy),
    ...one("-bios", config.use_pflash ? undefined : config.firmware || undefined),
    ...one("-vga", config.vga || undefined),
    ...one("-qmp", parts.qmp === undefined ? undefined : `unix:${listed(parts.qmp)},server=on,wait=off`),
    ...one("-chardev", parts.tpm === undefined ? undefined : `socket,id=vtpm,path=${listed(parts.tpm)}`),
    ...one("-tpmdev", parts.tpm === undefined ? undefined : "emulator,id=tpm0,chardev=vtpm"),
  ]);
}

function processors({ cpus, sockets, cores, threads }: QemuConfig): string {
  const counts = Object.entries({ sockets, cores, threads }).flatMap(([name, count]) =>
    count ? [`${name}=${count}`] : [],
  );
  return [String(Math.max(1, cpus)), ...counts].join(",");
}

function network(config: QemuConfig, { forward }: MachineParts): string {
  if (config.net_bridge) {
    return `bridge,id=user.0,br=${listed(config.net_bridge)}`;
  }
  return `user,id=user.0${forward === undefined ? "" : `,hostfwd=tcp:${forward.address}:${forward.from}-:${forward.to}`}`;
}

function heard({ dump }: MachineParts): string | undefined {
  return dump && `filter-dump,id=${DUMP},netdev=user.0,file=${listed(dump)},maxlen=${ENOUGH}`;
}

function devices(config: QemuConfig, { mac, disks, iso, cd, tpm }: MachineParts): string[] {
  const scsi = "virtio-scsi";
  const scsiDisks =
    config.disk_interface === scsi ? disks.map((_, index) => `scsi-hd,bus=scsi0.0,drive=drive${index}`) : [];
  const scsiCds =
    config.cdrom_interface === scsi
      ? cdsOf({ iso, cd }).map((_, index) => `scsi-cd,bus=scsi0.0,drive=cdrom${index}`)
      : [];
  return [
    `${cardDevice(config.net_device)}${mac === undefined ? "" : `,mac=${mac}`}`,
    // Unlike Packer for CDs, whose controller fits no PC.
    ...(scsiDisks.length + scsiCds.length > 0 ? ["virtio-scsi-pci,id=scsi0", ...scsiDisks, ...scsiCds] : []),
    ...(tpm === undefined ? [] : [`${config.tpm_device_type},tpmdev=tpm0`]),
  ];
}

function cdsOf({ iso, cd }: Pick<MachineParts, "iso" | "cd">): readonly string[] {
  return [iso, cd].filter((path) => path !== undefined);
}

function drives(config: QemuConfig, parts: MachineParts, build: BuildIdentity, cwd: string): string[] {
  const cdInterface = config.cdrom_interface === "virtio-scsi" ? "none" : config.cdrom_interface;
  const inFlash = (path: string, unit: number, more: string): string =>
    `file=${listed(resolve(cwd, path))},if=pflash,unit=${unit},format=raw${more}`;
  return [
    ...parts.disks.map((disk, index) => diskDrive(config, disk, index, cwd)),
    ...cdsOf(parts).map((path, index) =>
      cdInterface
        ? `file=${listed(path)},if=${cdInterface},index=${index},id=cdrom${index},media=cdrom`
        : `file=${listed(path)},media=cdrom`,
    ),
    ...(config.firmware && config.use_pflash ? [inFlash(config.firmware, 0, ",readonly=on")] : []),
    ...(isEfi(config)
      ? [inFlash(config.efi_firmware_code || EFI_CODE, 0, ",readonly=on"), inFlash(efiVariables(config, build), 1, "")]
      : []),
  ];
}

function diskDrive(config: QemuConfig, { path }: Disk, index: number, cwd: string): string {
  const scsi = config.disk_interface === "virtio-scsi";
  return [
    ...(scsi ? ["if=none"] : []),
    `file=${listed(resolve(cwd, path))}`,
    ...(scsi ? [`id=drive${index}`] : [`if=${config.disk_interface}`]),
    `cache=${config.disk_cache}`,
    `discard=${config.disk_discard}`,
    `format=${config.format}`,
    ...(config.disk_detect_zeroes === "off" ? [] : [`detect-zeroes=${config.disk_detect_zeroes}`]),
  ].join(",");
}

function screen({ vnc }: MachineParts): string | undefined {
  return vnc && `${vnc.address}:${vnc.port - 5900}${vnc.password ? ",password=on" : ""}`;
}

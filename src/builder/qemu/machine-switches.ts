// The arguments of the QEMU program that the options come to.
import { join, resolve } from "node:path";
import { type EfiFirmware, imageKind } from "../../driver/qemu/efi-firmware.ts";
import { ENOUGH } from "../../driver/qemu/heard-address.ts";
import { escapeCommas, type Switches, writeCardDevice } from "../../driver/qemu/switches.ts";
import type { BuildIdentity } from "../../sdk/run.ts";
import { findOutputDirectory } from "../../step/output-folder.ts";
import {
  findArchitecture,
  isEfi,
  listProcessors,
  machineType,
  nameMachine,
  ownSwitch,
  type QemuConfig,
  readMemory,
} from "./facts.ts";
import { type Media, storageDevices, storageDrives } from "./storage.ts";

/** What QEMU calls the dump of what it hears. */
export const DUMP = "packer-ts-heard";

/** What only the run knows. */
export interface MachineParts extends Media {
  readonly accelerator: string;
  /** What it starts by instead of a BIOS. */
  readonly efi?: EfiFirmware | undefined;
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
  /** Paths of control sockets. */
  readonly qmp?: readonly string[] | undefined;
  /** The socket of the emulated TPM. */
  readonly tpm?: string | undefined;
}

/** The file with the variables of the EFI firmware. */
export function listEfiVariables(config: QemuConfig, build: BuildIdentity): string {
  return join(findOutputDirectory(config, build), "efivars.fd");
}

/** As Packer gives them, before what the user says instead. */
export function listMachineSwitches(
  config: QemuConfig,
  parts: MachineParts,
  build: BuildIdentity,
  cwd: string,
): Switches {
  const one = (name: string, value: string | undefined): [string, string[]][] =>
    value === undefined ? [] : [[name, [value]]];
  return new Map([
    ...one("-name", escapeCommas(nameMachine(config, build))),
    ...one(
      "-machine",
      `type=${config.machine_type}${parts.accelerator === "none" ? "" : `,accel=${parts.accelerator}`}`,
    ),
    ...one("-boot", bootOrder(config)),
    ...one("-m", `${readMemory(config)}M`),
    ...one("-smp", listProcessors(config)),
    ...one("-cpu", processorModel(config, parts.accelerator)),
    ...one("-netdev", listNetwork(config, parts)),
    ...one("-object", isHeard(parts)),
    ["-device", listDevices(config, parts)],
    ["-drive", listDrives(config, parts, build, cwd)],
    ...one("-vnc", listScreen(parts)),
    ...one("-display", parts.display === "" ? "none" : parts.display),
    ...one("-fda", parts.floppy),
    ...one("-bios", config.use_pflash ? undefined : config.firmware || undefined),
    ...one("-vga", config.vga || undefined),
    ["-qmp", (parts.qmp ?? []).map((path) => `unix:${escapeCommas(path)},server=on,wait=off`)],
    ...one("-chardev", parts.tpm === undefined ? undefined : `socket,id=vtpm,path=${escapeCommas(parts.tpm)}`),
    ...one("-tpmdev", parts.tpm === undefined ? undefined : "emulator,id=tpm0,chardev=vtpm"),
  ]);
}

function listNetwork(config: QemuConfig, { forward }: MachineParts): string {
  if (config.net_bridge) {
    return `bridge,id=user.0,br=${escapeCommas(config.net_bridge)}`;
  }
  return `user,id=user.0${forward === undefined ? "" : `,hostfwd=tcp:${forward.address}:${forward.from}-:${forward.to}`}`;
}

function isHeard({ dump }: MachineParts): string | undefined {
  return dump && `filter-dump,id=${DUMP},netdev=user.0,file=${escapeCommas(dump)},maxlen=${ENOUGH}`;
}

function listDevices(config: QemuConfig, parts: MachineParts): string[] {
  const { mac, tpm } = parts;
  return [
    `${writeCardDevice(config.net_device)}${mac === undefined ? "" : `,mac=${mac}`}`,
    ...storageDevices(config, parts),
    ...(tpm === undefined ? [] : [`${config.tpm_device_type},tpmdev=tpm0`]),
  ];
}

function listDrives(config: QemuConfig, parts: MachineParts, build: BuildIdentity, cwd: string): string[] {
  const { efi } = parts;
  const inFlash = (path: string, unit: number, kind: string, more: string): string =>
    `file=${escapeCommas(resolve(cwd, path))},if=pflash,unit=${unit},format=${kind}${more}`;
  return [
    ...storageDrives(config, parts, cwd),
    ...(config.firmware && config.use_pflash ? [inFlash(config.firmware, 0, "raw", ",readonly=on")] : []),
    ...(efi === undefined
      ? []
      : [
          inFlash(efi.code, 0, imageKind(efi.code), ",readonly=on"),
          inFlash(listEfiVariables(config, build), 1, imageKind(efi.vars), ""),
        ]),
  ];
}

/** The model of the processors that QEMU takes by itself is too old for many of today's systems, so it is not left to it. */
function processorModel(config: QemuConfig, accelerator: string): string | undefined {
  if (config.cpu_model) {
    return config.cpu_model;
  }
  if (!["x86_64", "aarch64"].includes(findArchitecture(config) ?? "") || ["xen", "hax", "whpx"].includes(accelerator)) {
    return undefined;
  }
  // Who says what runs the instructions in words of his own gets what goes with all of it.
  const isOwn = ownSwitch(config, "-machine", "-M", "-accel", "-enable-kvm") !== undefined;
  return !isOwn && ["kvm", "hvf"].includes(accelerator) ? "host" : "max";
}

/** Where to start from. Machines without a BIOS have no such order: they end with an error when they are given one. */
function bootOrder(config: QemuConfig): string | undefined {
  if (isEfi(config) || /^(virt|sbsa|raspi|microvm)/.test(machineType(config))) {
    return undefined;
  }
  return config.disk_image ? "c" : "once=d";
}

function listScreen({ vnc }: MachineParts): string | undefined {
  return vnc && `${vnc.address}:${vnc.port - 5900}${vnc.password ? ",password=on" : ""}`;
}

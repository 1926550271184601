// What the options of a machine come to once everything that was left out is filled in.
import { basename, join } from "node:path";
import type { ConfigOf } from "../../sdk/option.ts";
import type { BuildIdentity } from "../../sdk/run.ts";
import { wantsHostPort } from "../../step/host-port.ts";
import { findOutputDirectory } from "../../step/output-folder.ts";
import { type qemuOptions, usual } from "./options.ts";

export type QemuConfig = ConfigOf<typeof qemuOptions>;

const LEAST_MEMORY = 10;

/** The name of the machine, which is also the name of its first disk. */
export function nameMachine(config: QemuConfig, build: BuildIdentity): string {
  return config.vm_name || `packer-${build.name}`;
}

/** One disk of the machine. */
export interface Disk {
  /** As the template says it: relative to the current folder. */
  readonly path: string;
  readonly size: string;
}

/** The disks, the first one to start from. */
export function listDisks(config: QemuConfig, build: BuildIdentity): readonly Disk[] {
  const first = join(findOutputDirectory(config, build), nameMachine(config, build));
  const sizes = [config.disk_size, ...config.disk_additional_size].map((size) => writeSize(size.trim()));
  return sizes.map((size, index) => ({ path: index === 0 ? first : `${first}-${index}`, size }));
}

/** A size with its unit: a number alone means mebibytes, and 0 counts as not set. */
function writeSize(size: string): string {
  if (/^0*$/.test(size)) {
    return usual.diskSize;
  }
  return /^\d+$/.test(size) ? `${size}M` : size;
}

/** A size in bytes; `undefined` when it is none. */
export function diskBytes(size: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)([bkmgtpe])$/i.exec(writeSize(size.trim())) ?? [];
  return count === undefined ? undefined : Number(count) * 1024 ** "bkmgtpe".indexOf(unit.toLowerCase());
}

/** Whether a disk size is one that qemu-img takes. */
export function isDiskSize(size: string): boolean {
  return /^\d*$|^\d+[bkmgtpe]$/i.test(size.trim());
}

/** Memory in mebibytes. */
export function readMemory({ memory }: QemuConfig): number {
  return memory < LEAST_MEMORY ? usual.memory : memory;
}

/** The family of the processor that the program's name tells, as QEMU calls it; `undefined` when it does not tell. */
export function findArchitecture({ qemu_binary: program }: QemuConfig): string | undefined {
  return /^qemu-system-(\w+?)(-microvm)?(\.exe)?$/.exec(basename(program.replaceAll("\\", "/")))?.[1];
}

/** The value of the user's own switch, when there is one: it stands instead of what the options say. */
export function ownSwitch({ qemuargs }: QemuConfig, ...names: readonly string[]): string | undefined {
  const own = qemuargs.filter(([name = ""]) => names.includes(name)).at(-1);
  return own?.slice(1).join("");
}

/** The type of the machine, also where the user's own arguments say it. */
export function machineType(config: QemuConfig): string {
  const own = ownSwitch(config, "-machine", "-M");
  if (own === undefined) {
    return config.machine_type;
  }
  const [, named] = /(?:^|,)type=([^,]+)/.exec(own) ?? [];
  const [first = ""] = own.split(",");
  return named ?? (first.includes("=") ? "pc" : first);
}

/**
 * How many processors, and how they are put together. As newer versions of Packer: without a number it is what sockets, cores and
 * threads come to, and never more than that.
 */
export function listProcessors({ cpus, sockets, cores, threads }: QemuConfig): string {
  const parts = Object.entries({ sockets, cores, threads }).filter(([, count]) => count);
  const most = parts.reduce((product, [, count = 1]) => product * count, parts.length === 0 ? 0 : 1);
  const wanted = cpus || most || 1;
  const count = most === 0 ? wanted : Math.min(wanted, most);
  // Unlike Packer, whose machine does not start then: the places that stay empty have to be said.
  const places = most > count ? [`maxcpus=${most}`] : [];
  return [String(count), ...parts.map(([name, many]) => `${name}=${many}`), ...places].join(",");
}

/** Whether the machine starts by EFI. */
export function isEfi(config: QemuConfig): boolean {
  return config.efi_boot || Boolean(config.efi_firmware_code) || Boolean(config.efi_firmware_vars);
}

/** Ports between which VNC looks; 0 counts as not set. */
export function listVncPorts(config: QemuConfig): { readonly from: number; readonly to: number } {
  return { from: config.vnc_port_min || usual.vncPorts.from, to: config.vnc_port_max || usual.vncPorts.to };
}

/** Whether a port of this machine is to lead to the built one. */
export function forwardsPort(config: QemuConfig): boolean {
  return wantsHostPort(config) && !config.net_bridge;
}

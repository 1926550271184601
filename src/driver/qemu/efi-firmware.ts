// Files with EFI firmware on this machine: as its descriptors say (docs/interop/firmware.json of QEMU), else where distributions keep them.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readImageFacts } from "./image-facts.ts";

/** Firmware in two files: what runs, and what its variables are at first. */
export interface EfiFirmware {
  readonly code: string;
  readonly vars: string;
}

/** The machine that it is for. */
export interface EfiMachine {
  /** As QEMU calls it: `x86_64`, `aarch64`. */
  readonly architecture: string;
  /** As `-machine` has it: `pc`, `q35`, `pc-q35-7.2`, `virt`. */
  readonly type: string;
}

/** Where to look: the environment, for the user's own descriptors, and the home folder. */
export interface EfiPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
}

interface Descriptor {
  readonly "interface-types"?: readonly string[] | undefined;
  readonly mapping?: {
    readonly device?: string | undefined;
    readonly executable?: { readonly filename?: string | undefined } | undefined;
    readonly "nvram-template"?: { readonly filename?: string | undefined } | undefined;
  };
  readonly targets?: readonly {
    readonly architecture?: string | undefined;
    readonly machines?: readonly string[] | undefined;
  }[];
  readonly features?: readonly string[] | undefined;
}

interface Described extends EfiFirmware {
  readonly targets: NonNullable<Descriptor["targets"]>;
  readonly isSecure: boolean;
  readonly needsSmm: boolean;
}

const SYSTEM = [
  "/etc/qemu/firmware",
  "/usr/share/qemu/firmware",
  "/usr/local/share/qemu/firmware",
  "/opt/homebrew/share/qemu/firmware",
];

/** Debian and Ubuntu (4 MiB before 2 MiB), Fedora, Arch, openSUSE, QEMU's own. */
const USUAL: Readonly<Record<string, readonly (readonly [code: string, vars: string])[]>> = {
  x86_64: [
    ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"],
    ["/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"],
    ["/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"],
    ["/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"],
    ["/usr/share/qemu/ovmf-x86_64-4m-code.bin", "/usr/share/qemu/ovmf-x86_64-4m-vars.bin"],
    ["/usr/share/qemu/edk2-x86_64-code.fd", "/usr/share/qemu/edk2-i386-vars.fd"],
    ["/opt/homebrew/share/qemu/edk2-x86_64-code.fd", "/opt/homebrew/share/qemu/edk2-i386-vars.fd"],
  ],
  aarch64: [
    ["/usr/share/AAVMF/AAVMF_CODE.no-secboot.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"],
    ["/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"],
    ["/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw", "/usr/share/edk2/aarch64/vars-template-pflash.raw"],
    ["/usr/share/qemu/aavmf-aarch64-code.bin", "/usr/share/qemu/aavmf-aarch64-vars.bin"],
    ["/usr/share/qemu/edk2-aarch64-code.fd", "/usr/share/qemu/edk2-arm-vars.fd"],
    ["/opt/homebrew/share/qemu/edk2-aarch64-code.fd", "/opt/homebrew/share/qemu/edk2-arm-vars.fd"],
  ],
};

/** Firmware for a machine, without Secure Boot; `undefined` when there is none here. */
export function findEfiFirmware(machine: EfiMachine, place: EfiPlace): EfiFirmware | undefined {
  const described = readDescriptors(place).find(
    (each) => !each.isSecure && fits(each, machine) && existsSync(each.code) && existsSync(each.vars),
  );
  if (described !== undefined) {
    return { code: described.code, vars: described.vars };
  }
  const usual = (USUAL[machine.architecture] ?? []).find((files) => files.every((file) => existsSync(file)));
  return usual && { code: usual[0], vars: usual[1] };
}

/** The variables that belong to firmware whose file is named; `undefined` when none can be found. */
export function findVariables(code: string, { architecture }: EfiMachine, place: EfiPlace): string | undefined {
  const described = readDescriptors(place).filter((each) => isSameFile(each.code, code) && existsSync(each.vars));
  const named = described.find((each) => each.code === code) ?? described[0];
  const name = basename(code);
  const own = name.replace(/code/i, (word) => (word === "CODE" ? "VARS" : "vars"));
  const beside = [own, own.replace(/\.(secboot|no-secboot)\b/, "")]
    .filter((candidate) => candidate !== name)
    .map((candidate) => join(dirname(code), candidate));
  const usual = (USUAL[architecture] ?? []).map(([, vars]) => vars);
  return (
    beside.find((path) => existsSync(path)) ??
    named?.vars ??
    usual.find((vars) => existsSync(vars) && findSizeMismatch({ code, vars }) === undefined)
  );
}

/** The firmware that belongs to variables whose file is named. */
export function findCode(vars: string, { architecture }: EfiMachine, place: EfiPlace): string | undefined {
  const name = basename(vars);
  const own = join(
    dirname(vars),
    name.replace(/vars/i, (word) => (word === "VARS" ? "CODE" : "code")),
  );
  if (own !== vars && existsSync(own)) {
    return own;
  }
  const described = readDescriptors(place).filter((each) => isSameFile(each.vars, vars) && existsSync(each.code));
  const named = described.find((each) => !each.isSecure) ?? described[0];
  const usual = (USUAL[architecture] ?? []).map(([code]) => code);
  const fitting = usual.find((code) => existsSync(code) && isKnownPair({ code, vars }));
  return named?.code ?? fitting;
}

/** Whether it is firmware for PCs that protects its variables by a mode of the processor (SMM) that only some machines have. */
export function needsSmm(code: string, place: EfiPlace): boolean {
  const described = readDescriptors(place).find((each) => isSameFile(each.code, code));
  return described?.needsSmm ?? /\.(secboot|ms|snakeoil)\b|[-_.]secure[-_.]/i.test(basename(code));
}

/** What is wrong with two files together; `undefined` when they fit, as far as that can be told. */
export function findSizeMismatch({ code, vars }: EfiFirmware): string | undefined {
  const [codeSize, varsSize] = [measureFile(code), measureFile(vars)];
  if (codeSize === undefined || varsSize === undefined || imageKind(code) !== "raw" || imageKind(vars) !== "raw") {
    return undefined;
  }
  // Together they are one chip of a PC; on ARM each is a chip of its own, of the same size.
  const whole = codeSize + varsSize;
  if (codeSize < SMALLEST || codeSize === varsSize || (whole & (whole - 1)) === 0) {
    return undefined;
  }
  return `${code} has ${codeSize} bytes and ${vars} has ${varsSize}: they are not two parts of one firmware.`;
}

/** Whether the sizes of both are those of one firmware. */
function isKnownPair(pair: EfiFirmware): boolean {
  return (measureFile(pair.vars) ?? 0) >= SMALLEST_VARS && findSizeMismatch(pair) === undefined;
}

const SMALLEST = 512 * 1024;
const SMALLEST_VARS = 64 * 1024;

/** The format of a file for `-drive`, by its content. */
export function imageKind(path: string): "raw" | "qcow2" {
  return readImageFacts(path)?.format === "qcow2" ? "qcow2" : "raw";
}

function measureFile(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch {
    return undefined;
  }
}

function isSameFile(one: string, other: string): boolean {
  try {
    return one === other || realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** All descriptors in their order of preference: by name, where one of the user hides the system's of the same name. */
function readDescriptors({ env, homeDir }: EfiPlace): readonly Described[] {
  const own = join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homeDir, ".config"), "qemu/firmware");
  const files = new Map<string, string>();
  for (const folder of [own, ...SYSTEM]) {
    for (const name of listJson(folder)) {
      files.set(name, files.get(name) ?? join(folder, name));
    }
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, path]) => readDescriptor(path) ?? []);
}

function listJson(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/** Firmware for flash memory with variables of its own; everything else, and what cannot be read, is passed over. */
function readDescriptor(path: string): Described | undefined {
  let found: Descriptor;
  try {
    found = JSON.parse(readFileSync(path, "utf8")) as Descriptor;
  } catch {
    return undefined;
  }
  const { mapping, features = [], targets = [] } = found ?? {};
  const code = mapping?.executable?.filename;
  const vars = mapping?.["nvram-template"]?.filename;
  if (!found?.["interface-types"]?.includes("uefi") || mapping?.device !== "flash" || !code || !vars) {
    return undefined;
  }
  const isSecure = ["secure-boot", "requires-smm", "enrolled-keys"].some((feature) => features.includes(feature));
  return { code, vars, targets, isSecure, needsSmm: features.includes("requires-smm") };
}

/** Machines are named by patterns such as `pc-q35-*`; `pc` and `q35` stand for the newest of their kind. */
function fits({ targets }: Described, { architecture, type }: EfiMachine): boolean {
  const [short = ""] = type.split(",");
  const whole = { pc: "pc-i440fx-0", q35: "pc-q35-0", virt: "virt-0" }[short] ?? short;
  return targets.some(
    (target) =>
      target.architecture === architecture &&
      (target.machines ?? []).some((pattern) => {
        const start = pattern.replace(/\*.*$/, "");
        return pattern.includes("*") ? whole.startsWith(start) : whole === pattern || short === pattern;
      }),
  );
}

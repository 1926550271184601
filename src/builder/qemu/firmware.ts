// The EFI firmware of a machine: which files, whether they fit, and a copy of its variables for each machine.
import { copyFile, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import {
  type EfiFirmware,
  findCode,
  findEfiFirmware,
  findSizeMismatch,
  findVariables,
  needsSmm,
} from "../../driver/qemu/efi-firmware.ts";
import type { Host } from "../../host/host.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import type { PrepareContext } from "../../sdk/component.ts";
import { statProblem, suggestPath } from "../../step/local-path.ts";
import { findArchitecture, isEfi, machineType, type QemuConfig } from "./facts.ts";
import { listEfiVariables } from "./machine-switches.ts";

type Place = Pick<Host, "env" | "homeDir" | "cwd">;
/** What is not here is missing. */
type FoundFirmware = { readonly [file in keyof EfiFirmware]?: string | undefined };

/** The files, absolute; one that the template does not name is found, and missing when none is here. Nothing for a machine without EFI. */
export function chooseFirmware(config: QemuConfig, place: Place): FoundFirmware | undefined {
  if (!isEfi(config)) {
    return undefined;
  }
  const machine = { architecture: findArchitecture(config) ?? "x86_64", type: machineType(config) };
  const named = (path: string | undefined): string | undefined => path && resolve(place.cwd, path);
  const code = named(config.efi_firmware_code);
  const vars = named(config.efi_firmware_vars);
  if (code !== undefined) {
    return { code, vars: vars ?? findVariables(code, machine, place) };
  }
  return vars === undefined ? (findEfiFirmware(machine, place) ?? {}) : { code: findCode(vars, machine, place), vars };
}

/** Reports files that are not there, that do not belong together, or that the machine cannot run. */
export function checkFirmware(config: QemuConfig, context: PrepareContext): void {
  let isMissing = false;
  for (const option of ["firmware", "efi_firmware_code", "efi_firmware_vars"] as const) {
    const path = config[option];
    const missing = path && !context.isPending(option) ? statProblem(path, context.host) : undefined;
    if (path && missing !== undefined) {
      isMissing = true;
      context.warn(option, `The firmware is not there (yet): ${missing}. ${suggestPath(path, context)}`);
    }
  }
  // Of what is not there nothing more can be said.
  if (isMissing || context.isPending("efi_firmware_code") || context.isPending("efi_firmware_vars")) {
    return;
  }
  const found = chooseFirmware(config, context.host);
  if (found === undefined) {
    return;
  }
  const option = config.efi_firmware_code ? "efi_firmware_code" : "efi_boot";
  const { code, vars } = found;
  if (code === undefined || vars === undefined) {
    context.warn(option, `${missingText(found)} ${PACKAGES}`);
    return;
  }
  const mismatch = findSizeMismatch({ code, vars });
  if (mismatch !== undefined) {
    context.warn(option, `The machine may never start: ${mismatch}`);
  }
  if (needsSmm(code, context.host) && cannotProtect(config)) {
    context.problem("machine_type", `The firmware ${code} does not start on this type of machine`, {
      detail: "It is made for Secure Boot, which needs a machine with SMM.",
      hint: 'Set "machine_type" to "q35", or name firmware without Secure Boot in "efi_firmware_code".',
    });
  }
}

/** Whether the machine certainly lacks the mode in which such firmware protects its variables. */
function cannotProtect(config: QemuConfig): boolean {
  const isOwn = config.qemuargs.some(([name = ""]) => ["-machine", "-M", "-drive", "-pflash"].includes(name));
  const type = machineType(config);
  return !isOwn && (/^pc(-i440fx.*)?$/.test(type.replace(/,.*$/, "")) || /\bsmm=off\b/.test(type));
}

const PACKAGES =
  'The package "ovmf" of Debian and Ubuntu has it, for ARM "qemu-efi-aarch64", that of Fedora "edk2-ovmf". Name yours with "efi_firmware_code" and "efi_firmware_vars".';

function missingText({ code, vars }: FoundFirmware): string {
  if (code === undefined && vars === undefined) {
    return "There is no EFI firmware for this machine here.";
  }
  return code === undefined
    ? `No EFI firmware was found to which the variables in ${vars} belong.`
    : `No variables were found that belong to the EFI firmware ${code}.`;
}

/** Both files; throws when one is not there. */
export function requireFirmware(config: QemuConfig, run: BuildRun): EfiFirmware | undefined {
  const found = chooseFirmware(config, run.host);
  if (found === undefined) {
    return undefined;
  }
  const { code, vars } = found;
  if (code === undefined || vars === undefined) {
    throw failure("environment", "qemu/firmware", missingText(found), { hint: PACKAGES });
  }
  for (const path of [code, vars]) {
    const missing = statProblem(path, run.host);
    if (missing !== undefined) {
      throw failure("environment", "qemu/firmware", `The EFI firmware cannot be used: ${missing}`, { hint: PACKAGES });
    }
  }
  return { code, vars };
}

/** Copies the variables into the output folder. */
export async function copyVariables(
  config: QemuConfig,
  firmware: EfiFirmware | undefined,
  run: BuildRun,
): Promise<void> {
  if (firmware === undefined) {
    return;
  }
  try {
    await copyFile(firmware.vars, resolve(run.host.cwd, listEfiVariables(config, run.build)));
  } catch (thrown) {
    throw failure("environment", "qemu/firmware", "The variables of the EFI firmware could not be copied", {
      detail: readMessage(thrown),
      hint: PACKAGES,
      cause: thrown,
    });
  }
}

/** Removes the copy where it is not to be part of the artifact. */
export async function dropVariables(config: QemuConfig, run: BuildRun): Promise<void> {
  if (isEfi(config) && config.efi_drop_efivars) {
    await rm(resolve(run.host.cwd, listEfiVariables(config, run.build)), { force: true });
  }
}

// The variables of the EFI firmware: a copy of their own for each machine.
import { copyFile, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { isEfi, type QemuConfig } from "./facts.ts";
import { efiVariables } from "./machine-switches.ts";

const USUAL = "/usr/share/OVMF/OVMF_VARS.fd";

/** Copies the variables into the output folder. */
export async function copyVariables(config: QemuConfig, run: BuildRun): Promise<void> {
  if (!isEfi(config)) {
    return;
  }
  const from = resolve(run.host.cwd, config.efi_firmware_vars || USUAL);
  try {
    await copyFile(from, resolve(run.host.cwd, efiVariables(config, run.build)));
  } catch (thrown) {
    throw failure("environment", "qemu/firmware", "The variables of the EFI firmware could not be copied", {
      detail: readMessage(thrown),
      hint: 'On Debian and Ubuntu the package "ovmf" has such files. Name yours with "efi_firmware_code" and "efi_firmware_vars".',
      cause: thrown,
    });
  }
}

/** Removes the copy where it is not to be part of the artifact. */
export async function dropVariables(config: QemuConfig, run: BuildRun): Promise<void> {
  if (isEfi(config) && config.efi_drop_efivars) {
    await rm(resolve(run.host.cwd, efiVariables(config, run.build)), { force: true });
  }
}

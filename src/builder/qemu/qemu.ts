// Builder "qemu": runs a virtual machine and keeps its disks (https://developer.hashicorp.com/packer/integrations/hashicorp/qemu).
import { defineBuilder } from "../../sdk/builder.ts";
import { cdReads } from "../../step/cd.ts";
import { floppyReads } from "../../step/floppy.ts";
import { httpReads } from "../../step/http-server.ts";
import { outputFolder } from "../../step/output-folder.ts";
import { isEfi, outputDirectory, type QemuConfig } from "./facts.ts";
import { qemuOptions } from "./options.ts";
import { checkQemu } from "./prepare.ts";
import { tpm, virtualMachine } from "./programs.ts";

/** Builds disks of virtual machines. */
export const qemu = defineBuilder({
  type: "qemu",
  summary: "Runs a virtual machine with QEMU, has it installed and provisioned, and keeps its disks.",
  options: qemuOptions,
  communicators: ["ssh", "winrm", "none"],
  prepare: checkQemu,
  reads: (config) => [...httpReads(config), ...floppyReads(config), ...cdReads(config), ...firmwareFiles(config)],
  base: async (config, run) => (await import("./iso.ts")).currentIso(config, run),
  writes: (config, build) => [{ option: "output_directory", path: outputDirectory(config, build), is: "folder" }],
  resources: [outputFolder, virtualMachine, tpm],

  async build(config, run) {
    const { build } = await import("./build.ts");
    return build(config, run);
  },
});

function firmwareFiles(config: QemuConfig): readonly string[] {
  const efi = isEfi(config) ? [config.efi_firmware_code, config.efi_firmware_vars] : [];
  return [config.firmware, ...efi].flatMap((path) => (path ? [path] : []));
}

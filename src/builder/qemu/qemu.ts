// Builder "qemu": runs a virtual machine and keeps its disks (https://developer.hashicorp.com/packer/integrations/hashicorp/qemu).
import { defineBuilder } from "../../sdk/builder.ts";
import { cdReads } from "../../sdk/cd-options.ts";
import { floppyReads } from "../../sdk/floppy-options.ts";
import { httpReads } from "../../sdk/http-options.ts";
import { isEfi, type QemuConfig } from "./facts.ts";
import { qemuOptions } from "./options.ts";
import { OUTPUT_FOLDER, removeOutputFolder } from "./output-folder.ts";
import { checkQemu } from "./prepare.ts";

/** Builds disks of virtual machines. */
export const qemu = defineBuilder({
  type: "qemu",
  summary: "Runs a virtual machine with QEMU, has it installed and provisioned, and keeps its disks.",
  options: qemuOptions,
  communicators: ["ssh", "winrm", "none"],
  prepare: checkQemu,
  writes: ["output_directory"],
  reads: (config) => [...httpReads(config), ...floppyReads(config), ...cdReads(config), ...firmwareFiles(config)],
  base: async (config, run) => (await import("./iso.ts")).currentIso(config, run),
  removes: { [OUTPUT_FOLDER]: removeOutputFolder },

  async build(config, run) {
    const { build } = await import("./build.ts");
    return build(config, run);
  },
});

function firmwareFiles(config: QemuConfig): readonly string[] {
  const efi = isEfi(config) ? [config.efi_firmware_code, config.efi_firmware_vars] : [];
  return [config.firmware, ...efi].flatMap((path) => (path ? [path] : []));
}

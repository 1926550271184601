// Builder "qemu": runs a virtual machine and keeps its disks (https://developer.hashicorp.com/packer/integrations/hashicorp/qemu).
import { defineBuilder } from "../../sdk/builder.ts";
import { findCurrentIso, listWrittenIso } from "../../step/iso.ts";
import { findOutputDirectory, outputFolder } from "../../step/output-folder.ts";
import { checkAll, readsOfAll } from "../../step/step.ts";
import { qemuOptions } from "./options.ts";
import { tpm, virtualMachine } from "./programs.ts";
import { qemuSteps } from "./steps.ts";

/** Builds disks of virtual machines. */
export const qemu = defineBuilder({
  type: "qemu",
  summary: "Runs a virtual machine with QEMU, has it installed and provisioned, and keeps its disks.",
  options: qemuOptions,
  communicators: ["ssh", "winrm", "none"],
  prepare: (config, context) => checkAll(qemuSteps, config, context),
  reads: (config) => readsOfAll(qemuSteps, config),
  base: findCurrentIso,
  writes: (config, build) => [
    { option: "output_directory", path: findOutputDirectory(config, build), is: "folder" },
    ...listWrittenIso(config),
    ...(config.qmp_socket_path && (config.qmp_enable || config.vnc_use_password)
      ? [{ option: "qmp_socket_path", path: config.qmp_socket_path, is: "file" as const }]
      : []),
  ],
  resources: [outputFolder, virtualMachine, tpm],

  async build(config, run) {
    const { build } = await import("./build.ts");
    return build(config, run);
  },
});

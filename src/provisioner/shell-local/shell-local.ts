// Provisioner "shell-local": runs scripts on the machine that builds (https://developer.hashicorp.com/packer/docs/provisioners/shell-local).
import { runLocalScripts } from "../../driver/script/local-script.ts";
import { defineProvisioner } from "../../sdk/provisioner.ts";
import { prepareShellLocal, shellLocalOptions } from "../../step/local-script.ts";
import { scriptFiles } from "../../step/script.ts";

/** Runs shell scripts here, not on the machine that is built. */
export const shellLocal = defineProvisioner({
  type: "shell-local",
  summary: "Runs shell scripts on the machine that builds.",
  options: shellLocalOptions,
  reads: scriptFiles,
  prepare: prepareShellLocal,
  provision: runLocalScripts,
});

// Provisioner "shell-local": runs scripts on the machine that builds (https://developer.hashicorp.com/packer/docs/provisioners/shell-local).
import { runLocalScripts } from "../../driver/script/local-script.ts";
import { defineProvisioner } from "../../sdk/provisioner.ts";
import { scriptFiles } from "../../sdk/script-options.ts";
import { prepareShellLocal, shellLocalOptions } from "../../sdk/shell-local-options.ts";

/** Runs shell scripts here, not on the machine that is built. */
export const shellLocal = defineProvisioner({
  type: "shell-local",
  summary: "Runs shell scripts on the machine that builds.",
  options: shellLocalOptions,
  reads: scriptFiles,
  prepare: prepareShellLocal,
  provision: runLocalScripts,
});

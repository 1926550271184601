// Provisioner "shell-local": runs scripts on the machine that builds (https://developer.hashicorp.com/packer/docs/provisioners/shell-local).
import { defineProvisioner } from "../../sdk/provisioner.ts";
import { localScriptStep, runLocalScripts } from "../../step/local-script.ts";

/** Runs shell scripts here, not on the machine that is built. */
export const shellLocal = defineProvisioner({
  type: "shell-local",
  summary: "Runs shell scripts on the machine that builds.",
  options: localScriptStep.options,
  reads: localScriptStep.reads,
  prepare: localScriptStep.check,
  provision: runLocalScripts,
});

// Post-processor "shell-local": runs scripts on the machine that builds (https://developer.hashicorp.com/packer/docs/post-processors/shell-local).
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { localScriptStep, runLocalScripts } from "../../step/local-script.ts";

/** Runs shell scripts once there is an artifact, which it hands on. */
export const shellLocal = definePostProcessor({
  type: "shell-local",
  summary: "Runs shell scripts on the machine that builds, once there is an artifact.",
  options: localScriptStep.options,
  reads: localScriptStep.reads,
  prepare: localScriptStep.check,

  async postProcess(config, input, run) {
    await runLocalScripts({ ...config, execute_command: runThroughShell(config.execute_command) }, run);
    return { artifact: input, input: "must-keep" };
  },
});

/** As Packer, and only here: a single entry is a command line for a shell. */
function runThroughShell(command: readonly string[]): readonly string[] {
  return command.length === 1 ? ["sh", "-c", ...command] : command;
}

// Post-processor "shell-local": runs scripts on the machine that builds (https://developer.hashicorp.com/packer/docs/post-processors/shell-local).
import { runLocalScripts } from "../../driver/script/local-script.ts";
import { definePostProcessor } from "../../sdk/post-processor.ts";
import { prepareShellLocal, shellLocalOptions } from "../../step/local-script.ts";
import { scriptFiles } from "../../step/script.ts";

/** Runs shell scripts once there is an artifact, which it hands on. */
export const shellLocal = definePostProcessor({
  type: "shell-local",
  summary: "Runs shell scripts on the machine that builds, once there is an artifact.",
  options: shellLocalOptions,
  reads: scriptFiles,
  prepare: prepareShellLocal,

  async postProcess(config, input, run) {
    await runLocalScripts({ ...config, execute_command: throughShell(config.execute_command) }, run);
    return { artifact: input, input: "must-keep" };
  },
});

/** As Packer, and only here: a single entry is a command line for a shell. */
function throughShell(command: readonly string[]): readonly string[] {
  return command.length === 1 ? ["sh", "-c", ...command] : command;
}

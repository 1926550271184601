// Options and checks of "shell-local", which is a provisioner and a post-processor.
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import { checkScriptFiles, checkVariables, exitCodeOptions, scriptOptions, variableOptions } from "./script.ts";

export const shellLocalOptions = Object.freeze({
  command: option.string({
    description: "One command line; the same as `inline` with one entry.",
    deprecated: "Use `inline` instead.",
    conflicts: ["inline", "script", "scripts"],
  }),
  ...scriptOptions,
  ...exitCodeOptions,
  env: variableOptions.env,
  environment_vars: option.strings({
    description:
      "Environment variables for the scripts, each as `NAME=value`. `{{ }}` in them is rendered when the script runs.",
    renderedLate: true,
    example: ["VERSION={{build `ID`}}"],
  }),
  env_var_format: option.string({
    description:
      "How each environment variable is written in front of the command: two `%s` stand for name and value. " +
      "Unless set, it is `%s='%s' `, and `set %s=%s && ` on Windows.",
  }),
  execute_command: option.strings({
    description:
      "The program that runs a script and its arguments. `{{.Script}}` and `{{.Command}}` are the script's path, `{{.Vars}}` the environment variables. " +
      'Unless set, it is `["/bin/sh", "-c", "{{.Vars}} {{.Script}}"]`, and `["cmd", "/V", "/C", "{{.Vars}}", "call", "{{.Script}}"]` on Windows.',
    renderedLate: true,
    templateData: ["Vars", "Script", "Command"],
    example: ["/bin/bash", "-c", "{{.Vars}} {{.Script}}"],
  }),
  inline_shebang: option.string({
    description:
      "The interpreter of inline scripts, written into the first line after `#!`. Unless set, it is `/bin/sh -e`; on Windows nothing is written.",
  }),
  only_on: option.strings({
    description: "Operating systems of this machine on which the scripts run. On others they are skipped.",
    oneOf: ["darwin", "freebsd", "linux", "openbsd", "solaris", "windows"],
    example: ["linux", "darwin"],
  }),
  tempfile_extension: option.string({
    description: "How the name of the file with an inline script ends. On Windows it is `.cmd` unless set.",
    example: ".ps1",
  }),
  use_linux_pathing: option.bool({
    description: "Writes script paths as the Windows Subsystem for Linux sees them: `C:\\a` becomes `/mnt/c/a`.",
    default: false,
  }),
});

export type ShellLocalConfig = ConfigOf<typeof shellLocalOptions>;

/** Reports what the options alone cannot say. */
export function prepareShellLocal(config: ShellLocalConfig, context: PrepareContext): void {
  const inline = Boolean(config.command) || config.inline.length > 0;
  if (!inline && !config.script && config.scripts.length === 0) {
    context.problem("", "Command, Inline, Script and Scripts options cannot all be empty.", {
      hint: 'Add "inline", "script" or "scripts".',
    });
  }
  if (inline && config.use_linux_pathing) {
    context.problem(
      "use_linux_pathing",
      "Packer is unable to use the Command and Inline features with the Windows Linux Subsystem. Please use the Script or Scripts options instead",
    );
  }
  checkScriptFiles(config, context);
  checkVariables(config, context);
}

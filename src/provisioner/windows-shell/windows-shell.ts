// Provisioner "windows-shell": runs batch files on a Windows machine (https://developer.hashicorp.com/packer/docs/provisioners/windows-shell).
import type { CommandEnd } from "../../sdk/communicator.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";
import { defineProvisioner, type ProvisionRun } from "../../sdk/provisioner.ts";
import { formatVariables, makeScriptVariables } from "../../step/script.ts";
import {
  checkScriptEnd,
  readWindowsScripts,
  uploadBytes,
  type WindowsScript,
  windowsScriptStep,
} from "../../step/windows-script.ts";

const options = Object.freeze({
  ...windowsScriptStep.options,
  binary: option.bool({
    default: false,
    description: "Accepted as other provisioners have it: batch files are always uploaded byte by byte.",
  }),
  env_var_format: option.string({
    default: 'set "%s=%s" && ',
    description:
      "How each environment variable is written: the two `%s` stand for name and value. Values are not escaped.",
  }),
  remote_path: option.string({
    default: "c:/Windows/Temp/script.bat",
    description: "Where scripts are uploaded to. They stay there.",
  }),
  execute_command: option.string({
    default: '{{.Vars}}"{{.Path}}"',
    description:
      "The command that runs a script. `{{.Path}}` is the uploaded script, `{{.Vars}}` the environment variables.",
    renderedLate: true,
    templateData: ["Path", "Vars"],
  }),
});

type Config = ConfigOf<typeof options>;

/** Runs batch files on a Windows machine. */
export const windowsShell = defineProvisioner({
  type: "windows-shell",
  summary: "Runs batch files on a Windows machine with cmd.exe.",
  needsConnection: true,
  options,
  reads: windowsScriptStep.reads,
  prepare: windowsScriptStep.check,

  async provision(config, run) {
    run.ui.say("Provisioning with windows-shell...");
    const variables = formatVariables(makeScriptVariables(config, run), config.env_var_format);
    for await (const script of readWindowsScripts(config, run)) {
      run.ui.say(`Provisioning with shell script: ${script.title}`);
      const command = run.render(config.execute_command, { Path: config.remote_path, Vars: variables });
      checkScriptEnd(await runScript(config, run, script, command), config.valid_exit_codes);
    }
  },
});

/** Upload and start are repeated together: a machine that restarts may have lost the uploaded file. */
function runScript(
  config: Config,
  run: ProvisionRun,
  { content }: WindowsScript,
  command: string,
): Promise<CommandEnd> {
  return run.retry(config.start_retry_timeout, async () => {
    await uploadBytes(run, content, config.remote_path);
    return run.execute(run.communicator, command);
  });
}

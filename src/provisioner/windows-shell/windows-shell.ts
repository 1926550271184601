// Provisioner "windows-shell": runs batch files on a Windows machine (https://developer.hashicorp.com/packer/docs/provisioners/windows-shell).
import { formatVariables, scriptVariables } from "../../driver/script/environment.ts";
import { checkScriptEnd } from "../../driver/winrm/script-end.ts";
import type { CommandEnd } from "../../sdk/communicator.ts";
import { type ConfigOf, option } from "../../sdk/option.ts";
import { defineProvisioner, type ProvisionRun } from "../../sdk/provisioner.ts";
import {
  checkScriptFiles,
  checkVariables,
  exitCodeOptions,
  scriptFiles,
  scriptOptions,
  variableOptions,
} from "../../step/script.ts";
import { type ScriptSource, scriptSources } from "../../step/windows-script.ts";

const options = Object.freeze({
  ...scriptOptions,
  ...variableOptions,
  ...exitCodeOptions,
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
  start_retry_timeout: option.duration({
    default: "5m",
    description:
      "How long to try again when a script cannot be uploaded or started, because the machine is restarting.",
  }),
});

type Config = ConfigOf<typeof options>;

/** Runs batch files on a Windows machine. */
export const windowsShell = defineProvisioner({
  type: "windows-shell",
  summary: "Runs batch files on a Windows machine with cmd.exe.",
  needsConnection: true,
  options,
  reads: scriptFiles,

  prepare(config, context) {
    if (config.inline.length === 0 && !config.script && config.scripts.length === 0) {
      context.problem("", "Either a script file or inline script must be specified.", {
        hint: 'Add "inline", "script" or "scripts".',
      });
    }
    checkScriptFiles(config, context);
    checkVariables(config, context);
  },

  async provision(config, run) {
    run.ui.say("Provisioning with windows-shell...");
    const variables = formatVariables(scriptVariables(config, run), config.env_var_format);
    for await (const script of scriptSources(config.inline, scriptFiles(config), run.host.cwd)) {
      run.ui.say(`Provisioning with shell script: ${script.title}`);
      const command = run.render(config.execute_command, { Path: config.remote_path, Vars: variables });
      checkScriptEnd(await runScript(config, run, script, command), config.valid_exit_codes);
    }
  },
});

/** Upload and start are repeated together: a machine that restarts may have lost the uploaded file. */
function runScript(config: Config, run: ProvisionRun, { content }: ScriptSource, command: string): Promise<CommandEnd> {
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield content;
  };
  return run.retry(config.start_retry_timeout, async () => {
    await run.communicator.upload(
      { content: whole(), size: content.length, mode: 0o644 },
      config.remote_path,
      run.signal,
    );
    return run.execute(run.communicator, command);
  });
}

// Provisioner "shell": uploads scripts and runs them on the machine (https://developer.hashicorp.com/packer/docs/provisioners/shell).
import { failure } from "../../diagnostic/build-error.ts";
import { type CommandEnd, DISCONNECTED_STATUS } from "../../sdk/communicator.ts";
import { writeDuration } from "../../sdk/duration.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { defineProvisioner, type ProvisionRun } from "../../sdk/provisioner.ts";
import {
  checkExitStatus,
  escapeBlanks,
  escapeSingleQuotes,
  formatVariables,
  holdContent,
  makeScriptVariables,
  remoteScriptStep,
} from "../../step/script.ts";
import { endScript, isOutOfTime } from "./end-script.ts";
import { fitVariables } from "./quoted-variables.ts";
import { removeFile, uploadFile } from "./remote-file.ts";
import { readScripts, type Script } from "./script.ts";
import { shellOptions } from "./shell-options.ts";

type Config = ConfigOf<typeof shellOptions>;

/** Runs shell scripts on the machine. */
export const shell = defineProvisioner({
  type: "shell",
  summary: "Runs shell scripts on the machine.",
  needsConnection: true,
  options: shellOptions,
  reads: remoteScriptStep.reads,
  prepare: remoteScriptStep.check,

  async provision(config, run) {
    const remotePath = chooseRemotePath(config, run);
    const variables = writeVariables(config, run);
    const envFile = config.use_env_var_file ? makeRemoteName(config, run, "varfile") : "";
    if (envFile !== "") {
      await uploadEnvFile(config, run, envFile, variables);
    }
    for await (const script of readScripts(config, run)) {
      run.ui.say(`Provisioning with shell script: ${script.title}`);
      const command = run.render(executeCommand(config), {
        // A command of the user's own may have quotes around it.
        Path: config.execute_command ? remotePath : escapeBlanks(remotePath),
        Vars: fitVariables(executeCommand(config), variables),
        EnvVarFile: config.execute_command ? envFile : escapeBlanks(envFile),
      });
      const files = config.skip_clean ? [] : [remotePath, envFile].filter((file) => file !== "");
      checkEnd(await runScript(config, run, { script, path: remotePath, command, files }), config);
      if (!config.skip_clean) {
        await removeFile(run, remotePath, config.start_retry_timeout);
      }
    }
    // As Packer 1.6.6: the command is sent even when there is no such file.
    if (!config.skip_clean) {
      await removeFile(run, envFile, config.start_retry_timeout);
    }
    if (config.pause_after === 0) {
      return;
    }
    run.ui.say(`Pausing ${writeDuration(config.pause_after)} after this provisioner...`);
    await run.host.clock.sleep(config.pause_after, run.signal);
  },
});

function executeCommand(config: Config): string {
  if (config.execute_command) {
    return config.execute_command;
  }
  return config.use_env_var_file
    ? "chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}"
    : "chmod +x {{.Path}}; {{.Vars}} {{.Path}}";
}

function chooseRemotePath(config: Config, run: ProvisionRun): string {
  if (config.remote_path) {
    return config.remote_path;
  }
  return config.remote_file ? `${config.remote_folder}/${config.remote_file}` : makeRemoteName(config, run, "script");
}

function makeRemoteName(config: Config, run: ProvisionRun, stem: string): string {
  return `${config.remote_folder}/${stem}_${run.host.random.integer(9999)}.sh`;
}

function writeVariables(config: Config, run: ProvisionRun): string {
  const format = config.env_var_format || (config.use_env_var_file ? "export %s='%s'\n" : "%s='%s' ");
  const variables = makeScriptVariables(config, run).map(([name, value]) => [name, escapeSingleQuotes(value)] as const);
  return formatVariables(variables, format);
}

function uploadEnvFile(config: Config, run: ProvisionRun, path: string, text: string): Promise<void> {
  const content = holdContent(Buffer.from(text));
  return run.retry(config.start_retry_timeout, () => uploadFile(run, content, path, 0o600));
}

interface RemoteScript {
  readonly script: Script;
  /** On the machine. */
  readonly path: string;
  /** Runs it there. */
  readonly command: string;
  /** What may not stay on the machine. */
  readonly files: readonly string[];
}

/** Upload and start are repeated together: a machine that restarts may have lost the uploaded file. */
async function runScript(
  config: Config,
  run: ProvisionRun,
  { script, path, command, files }: RemoteScript,
): Promise<CommandEnd> {
  try {
    return await run.retry(config.start_retry_timeout, async () => {
      await uploadFile(run, script, path, 0o755);
      return run.execute(run.communicator, command);
    });
  } catch (thrown) {
    if (isOutOfTime(run)) {
      await endScript(run, path, files);
    }
    throw thrown;
  }
}

function checkEnd(end: CommandEnd, config: Config): void {
  if (end.end === "exited") {
    checkExitStatus(end.code, config.valid_exit_codes);
    return;
  }
  // Unlike Packer 1.6.6, which advises 2300218 in `valid_exit_codes` and then ignores it.
  if (config.expect_disconnect || config.valid_exit_codes.includes(DISCONNECTED_STATUS)) {
    return;
  }
  throw failure(
    "provisioner",
    "provisioner/disconnected",
    "Script disconnected unexpectedly. If you expected your script to disconnect, i.e. from a restart, " +
      `you can try adding \`"expect_disconnect": true\` or \`"valid_exit_codes": [0, ${DISCONNECTED_STATUS}]\` to the shell provisioner parameters.`,
  );
}

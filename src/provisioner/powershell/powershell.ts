// Provisioner "powershell": runs PowerShell scripts on a Windows machine (https://developer.hashicorp.com/packer/docs/provisioners/powershell).
import { basename } from "node:path";
import { makePowershellCommand, QUIET, quotePowershell } from "../../driver/winrm/powershell.ts";
import type { CommandEnd } from "../../sdk/communicator.ts";
import { writeDuration } from "../../sdk/duration.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { defineProvisioner, type ProvisionRun } from "../../sdk/provisioner.ts";
import { elevatedTaskStep, uploadElevated } from "../../step/elevated-task.ts";
import { makeScriptVariables } from "../../step/script.ts";
import { checkAll, type Step } from "../../step/step.ts";
import {
  checkScriptEnd,
  readWindowsScripts,
  uploadBytes,
  type WindowsScript,
  windowsScriptStep,
  withMark,
} from "../../step/windows-script.ts";
import { wrapInline, writeInlineCommand, writeScriptCommand, writeVariables } from "./commands.ts";
import { powershellOptions } from "./powershell-options.ts";

type Config = ConfigOf<typeof powershellOptions>;

const steps: readonly Step<Config>[] = [windowsScriptStep, elevatedTaskStep];

/** Runs PowerShell scripts on a Windows machine. */
export const powershell = defineProvisioner({
  type: "powershell",
  summary: "Runs PowerShell scripts on a Windows machine.",
  needsConnection: true,
  options: powershellOptions,
  reads: windowsScriptStep.reads,
  prepare: (config, context) => checkAll(steps, config, context),

  async provision(config, run) {
    run.ui.say("Provisioning with Powershell...");
    if (config.elevated_password !== "") {
      run.hide(config.elevated_password);
    }
    const id = run.host.random.uuid();
    const uploaded: string[] = [];
    try {
      for await (const script of readWindowsScripts(config, run)) {
        run.ui.say(`Provisioning with powershell script: ${script.title}`);
        checkScriptEnd(await runScript(config, run, script, { id, uploaded }), config.valid_exit_codes);
      }
    } finally {
      if (!config.skip_clean) {
        await removeFiles(run, uploaded);
      }
    }
    if (config.pause_after === 0) {
      return;
    }
    run.ui.say(`Pausing ${writeDuration(config.pause_after)} after this provisioner...`);
    await run.host.clock.sleep(config.pause_after, run.signal);
  },
});

/** One provisioner's files on the machine. */
interface Remote {
  readonly id: string;
  readonly uploaded: string[];
}

async function runScript(
  config: Config,
  run: ProvisionRun,
  script: WindowsScript,
  remote: Remote,
): Promise<CommandEnd> {
  const elevated = config.elevated_user !== "";
  const template = (elevated && config.elevated_execute_command) || config.execute_command;
  // An inline script that the usual command runs as a file brings its variables along.
  const wrapped = script.inline && !template;
  const path = chooseRemotePath(config, script, remote);
  const varsPath = config.remote_env_var_path || `c:/Windows/Temp/packer-ps-env-vars-${remote.id}.ps1`;
  const variables = writeVariables(
    makeScriptVariables(config, run),
    elevated ? config.elevated_env_var_format : config.env_var_format,
  );
  const content = wrapped
    ? Buffer.from(wrapInline(script.content.toString("utf8"), variables, config.debug_mode))
    : script.content;
  const usual = wrapped ? writeInlineCommand(config) : writeScriptCommand(config);
  const command = run.render(template || usual, { Path: path, Vars: varsPath });
  if (!wrapped && !remote.uploaded.includes(varsPath)) {
    await run.retry(config.start_retry_timeout, () => uploadBytes(run, Buffer.from(variables), varsPath));
    remote.uploaded.push(varsPath);
  }
  if (!remote.uploaded.includes(path)) {
    remote.uploaded.push(path);
  }
  // Upload and start are repeated together: a machine that restarts may have lost the uploaded file.
  return run.retry(config.start_retry_timeout, async () => {
    const line = elevated ? await uploadElevated(config, run, command) : command;
    await uploadBytes(run, wrapped ? withMark(content) : content, path);
    return run.execute(run.communicator, line);
  });
}

function chooseRemotePath(config: Config, script: WindowsScript, { id }: Remote): string {
  const path = config.remote_path || `c:/Windows/Temp/script-${id}.ps1`;
  return /[\\/]$/.test(path) ? `${path}${script.inline ? `script-${id}.ps1` : basename(script.title)}` : path;
}

/**
 * Removes what was uploaded, with one command. Unlike Packer, which uploads a script for this and runs it as the
 * scripts are run. As there, a failure does not fail the build.
 */
async function removeFiles(run: ProvisionRun, paths: readonly string[]): Promise<void> {
  if (paths.length === 0 || run.signal.aborted) {
    return;
  }
  const list = paths.map(quotePowershell).join(", ");
  const command = makePowershellCommand(
    `${QUIET}\nRemove-Item -LiteralPath ${list} -Force -ErrorAction SilentlyContinue`,
  );
  const silent = { stdout: (): void => {}, stderr: (): void => {} };
  try {
    await run.retry(60_000, () => run.execute(run.communicator, command, silent));
  } catch {
    run.ui.message(`These files could not be removed from the machine: ${paths.join(", ")}`);
  }
}

// Provisioner "powershell": runs PowerShell scripts on a Windows machine (https://developer.hashicorp.com/packer/docs/provisioners/powershell).
import { basename } from "node:path";
import { scriptVariables } from "../../driver/script/environment.ts";
import { powershellCommand, QUIET, quotePowershell } from "../../driver/winrm/powershell.ts";
import { checkScriptEnd } from "../../driver/winrm/script-end.ts";
import type { CommandEnd } from "../../sdk/communicator.ts";
import { durationText } from "../../sdk/duration.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import { defineProvisioner, type ProvisionRun } from "../../sdk/provisioner.ts";
import { elevatedCommand, elevatedScript } from "../../step/elevated-task.ts";
import { checkScriptFiles, checkVariables, scriptFiles } from "../../step/script.ts";
import { type ScriptSource, scriptSources } from "../../step/windows-script.ts";
import { inlineCommand, scriptCommand, variablesText, wrapInline } from "./commands.ts";
import { powershellOptions } from "./powershell-options.ts";

type Config = ConfigOf<typeof powershellOptions>;

/** Runs PowerShell scripts on a Windows machine. */
export const powershell = defineProvisioner({
  type: "powershell",
  summary: "Runs PowerShell scripts on a Windows machine.",
  needsConnection: true,
  options: powershellOptions,
  reads: scriptFiles,

  prepare(config, context) {
    if (config.inline.length === 0 && !config.script && config.scripts.length === 0) {
      context.problem("", "Either a script file or inline script must be specified.", {
        hint: 'Add "inline", "script" or "scripts".',
      });
    }
    if (config.elevated_user === "" && config.elevated_password !== "") {
      context.problem("elevated_password", "Must supply an 'elevated_user' if 'elevated_password' provided");
    }
    checkScriptFiles(config, context);
    checkVariables(config, context);
  },

  async provision(config, run) {
    run.ui.say("Provisioning with Powershell...");
    if (config.elevated_password !== "") {
      run.hide(config.elevated_password);
    }
    const id = run.host.random.uuid();
    const uploaded: string[] = [];
    try {
      for await (const script of scriptSources(config.inline, scriptFiles(config), run.host.cwd)) {
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
    run.ui.say(`Pausing ${durationText(config.pause_after)} after this provisioner...`);
    await run.host.clock.sleep(config.pause_after, run.signal);
  },
});

/** One provisioner's files on the machine. */
interface Remote {
  readonly id: string;
  readonly uploaded: string[];
}

async function runScript(config: Config, run: ProvisionRun, script: ScriptSource, remote: Remote): Promise<CommandEnd> {
  const elevated = config.elevated_user !== "";
  const template = (elevated && config.elevated_execute_command) || config.execute_command;
  // An inline script that the usual command runs as a file brings its variables along.
  const wrapped = script.inline && !template;
  const path = remotePath(config, script, remote);
  const varsPath = config.remote_env_var_path || `c:/Windows/Temp/packer-ps-env-vars-${remote.id}.ps1`;
  const variables = variablesText(
    scriptVariables(config, run),
    elevated ? config.elevated_env_var_format : config.env_var_format,
  );
  const content = wrapped
    ? Buffer.from(wrapInline(script.content.toString("utf8"), variables, config.debug_mode))
    : script.content;
  const usual = wrapped ? inlineCommand(config) : scriptCommand(config);
  const command = run.render(template || usual, { Path: path, Vars: varsPath });
  if (!wrapped && !remote.uploaded.includes(varsPath)) {
    await run.retry(config.start_retry_timeout, () => uploadText(run, Buffer.from(variables), varsPath));
    remote.uploaded.push(varsPath);
  }
  if (!remote.uploaded.includes(path)) {
    remote.uploaded.push(path);
  }
  // Upload and start are repeated together: a machine that restarts may have lost the uploaded file.
  return run.retry(config.start_retry_timeout, async () => {
    const line = elevated ? await uploadElevated(config, run, command) : command;
    await uploadText(run, withMark(content, wrapped), path);
    return run.execute(run.communicator, line);
  });
}

/** Windows PowerShell takes a file without a byte order mark for the machine's old code page; ours is UTF-8. */
function withMark(content: Buffer, ours: boolean): Buffer {
  return ours && content.some((byte) => byte > 127)
    ? Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), content])
    : content;
}

function remotePath(config: Config, script: ScriptSource, { id }: Remote): string {
  const path = config.remote_path || `c:/Windows/Temp/script-${id}.ps1`;
  return /[\\/]$/.test(path) ? `${path}${script.inline ? `script-${id}.ps1` : basename(script.title)}` : path;
}

async function uploadElevated(config: Config, run: ProvisionRun, command: string): Promise<string> {
  const scriptPath = `C:/Windows/Temp/packer-elevated-shell-${run.host.random.uuid()}.ps1`;
  const task = {
    id: run.host.random.uuid(),
    user: config.elevated_user,
    password: config.elevated_password,
    command,
    scriptPath,
  };
  await uploadText(run, withMark(Buffer.from(elevatedScript(task)), true), scriptPath);
  return elevatedCommand(scriptPath);
}

async function uploadText(run: ProvisionRun, content: Buffer, path: string): Promise<void> {
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield content;
  };
  await run.communicator.upload({ content: whole(), size: content.length, mode: 0o644 }, path, run.signal);
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
  const command = powershellCommand(`${QUIET}\nRemove-Item -LiteralPath ${list} -Force -ErrorAction SilentlyContinue`);
  const silent = { stdout: (): void => {}, stderr: (): void => {} };
  try {
    await run.retry(60_000, () => run.execute(run.communicator, command, silent));
  } catch {
    run.ui.message(`These files could not be removed from the machine: ${paths.join(", ")}`);
  }
}

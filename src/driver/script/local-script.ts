// Runs scripts on this machine, as the provisioner and the post-processor "shell-local" do.
import { chmod, writeFile } from "node:fs/promises";
import { join, posix, win32 } from "node:path";
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { formatVariables, insideSingleQuotes, type ScriptBuild, scriptVariables } from "./environment.ts";
import { checkExitStatus } from "./exit-status.ts";

/** What to run and how; the options of `shell-local`. */
export interface LocalScripts {
  readonly command?: string | undefined;
  readonly inline: readonly string[];
  readonly script: string | undefined;
  readonly scripts: readonly string[];
  readonly environment_vars: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly env_var_format: string | undefined;
  readonly execute_command: readonly string[];
  readonly inline_shebang: string | undefined;
  readonly only_on: readonly string[];
  readonly tempfile_extension: string | undefined;
  readonly use_linux_pathing: boolean;
  readonly valid_exit_codes: readonly number[];
}

/** What running a local script needs of a run. */
export interface LocalScriptRun extends ScriptBuild {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly runUuid: string;
  readonly ui: { say(text: string): void; message(text: string): void; error(text: string): void };
  render(template: string, data?: Readonly<Record<string, unknown>>): string;
  temporaryFolder(prefix: string): Promise<string>;
  remove(made: string): Promise<void>;
}

/** Runs the scripts one after another; throws when one cannot be started or ends with a status that is not allowed. */
export async function runLocalScripts(config: LocalScripts, run: LocalScriptRun): Promise<void> {
  if (config.only_on.length > 0 && !config.only_on.includes(systemName(run.host.platform))) {
    run.ui.say("Skipping shell-local due to runtime OS");
    return;
  }
  const inline = config.command ? [config.command] : config.inline;
  if (inline.length > 0) {
    return runInline(config, inline, run);
  }
  for (const path of config.script ? [config.script] : config.scripts) {
    await runScript(config, path, run);
  }
}

async function runInline(config: LocalScripts, lines: readonly string[], run: LocalScriptRun): Promise<void> {
  const folder = await run.temporaryFolder("packer-shell");
  const path = join(folder, `inline${config.tempfile_extension || (isWindows(run) ? ".cmd" : "")}`);
  await writeFile(path, inlineText(config, lines, run), { mode: 0o700 });
  // The umask may have taken rights away.
  await chmod(path, 0o700);
  await runScript(config, path, run);
  await run.remove(folder);
}

/** As Packer 1.13 and later: a first line that names its interpreter itself stays the first line. */
function inlineText(config: LocalScripts, lines: readonly string[], run: LocalScriptRun): string {
  const ownShebang = config.inline_shebang === undefined && lines[0]?.startsWith("#!") === true;
  const shebang = config.inline_shebang || (isWindows(run) || ownShebang ? "" : "/bin/sh -e");
  return `${[...(shebang === "" ? [] : [`#!${shebang}`]), ...lines].join("\n")}\n`;
}

async function runScript(config: LocalScripts, path: string, run: LocalScriptRun): Promise<void> {
  run.ui.say(`Running local shell script: ${path}`);
  const absolute = (isWindows(run) ? win32 : posix).resolve(run.host.cwd, path);
  const script = config.use_linux_pathing ? linuxPath(absolute) : absolute;
  const command = commandLine(config, script, run);
  checkExitStatus(await runCommand(command, path, run), config.valid_exit_codes);
}

function commandLine(config: LocalScripts, script: string, run: LocalScriptRun): readonly string[] {
  const data = { Vars: variablesText(config, run), Script: script, Command: script };
  const usual = isWindows(run)
    ? ["cmd", "/V", "/C", "{{.Vars}}", "call", "{{.Script}}"]
    : ["/bin/sh", "-c", "{{.Vars}} {{.Script}}"];
  const words = config.execute_command.length > 0 ? config.execute_command : usual;
  return words.map((word) => run.render(word, data));
}

function variablesText(config: LocalScripts, run: LocalScriptRun): string {
  const environment_vars = config.environment_vars.map((entry) => run.render(entry));
  const variables = scriptVariables({ environment_vars, env: config.env }, run);
  if (isWindows(run)) {
    return formatVariables(variables, config.env_var_format || "set %s=%s && ");
  }
  const quoted = variables.map(([name, value]) => [name, insideSingleQuotes(value)] as const);
  return formatVariables(quoted, config.env_var_format || "%s='%s' ");
}

async function runCommand(
  [program = "", ...args]: readonly string[],
  path: string,
  run: LocalScriptRun,
): Promise<number> {
  const { host, signal, ui } = run;
  try {
    const { code } = await host.processes.run([program, ...args], {
      cwd: host.cwd,
      env: { PACKER_RUN_UUID: run.runUuid },
      signal,
      keep: 0,
      onLine: (stream, line) => (stream === "stdout" ? ui.message(visible(line)) : ui.error(visible(line))),
    });
    return code;
  } catch (thrown) {
    if (signal.aborted) {
      throw thrown;
    }
    throw failure("provisioner", "provisioner/script-not-started", `Error executing script: ${path}`, {
      detail: messageOf(thrown),
      cause: thrown,
    });
  }
}

/** As for remote commands: without white space at the end, and of a redrawn line only what is left to see. */
function visible(line: string): string {
  const trimmed = line.trimEnd();
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

function linuxPath(path: string): string {
  const [, drive, rest] = /^([A-Za-z]):[\\/](.*)$/.exec(path) ?? [];
  return drive === undefined || rest === undefined ? path : `/mnt/${drive.toLowerCase()}/${rest.replaceAll("\\", "/")}`;
}

function isWindows(run: LocalScriptRun): boolean {
  return run.host.platform === "win32";
}

/** The operating system's name as `only_on` spells it. */
function systemName(platform: NodeJS.Platform): string {
  if (platform === "win32") {
    return "windows";
  }
  return platform === "sunos" ? "solaris" : platform;
}

// Scripts that run on this machine: what "shell-local" is, as a provisioner and as a post-processor.
import { chmod, writeFile } from "node:fs/promises";
import { join, posix, win32 } from "node:path";
import { failure, readMessage } from "../diagnostic/build-error.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import type { Run } from "../sdk/run.ts";
import {
  checkExitStatus,
  checkScriptFiles,
  checkVariables,
  escapeSingleQuotes,
  exitStatusOptions,
  formatVariables,
  joinInline,
  listScriptFiles,
  makeScriptVariables,
  scriptOptions,
  scriptVariableOptions,
} from "./script.ts";

const options = Object.freeze({
  command: option.string({
    description: "One command line; the same as `inline` with one entry.",
    deprecated: "Use `inline` instead.",
    conflicts: ["inline", "script", "scripts"],
  }),
  ...scriptOptions,
  ...exitStatusOptions,
  env: scriptVariableOptions.env,
  environment_vars: option.strings({
    description:
      "Environment variables for the scripts, each as `NAME=value`. `{{ }}` in them is rendered when the script runs.",
    renderedLate: true,
    takesBuildData: true,
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
    takesBuildData: true,
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

type Config = ConfigOf<typeof options>;

/** What to run, and how. */
export const localScriptStep = Object.freeze({
  options,
  reads: listScriptFiles,
  check(config: Config, context: PrepareContext): void {
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
  },
});

/** Runs the scripts one after another; throws when one cannot be started or ends with a status that is not allowed. */
export async function runLocalScripts(config: Config, run: Run): Promise<void> {
  if (config.only_on.length > 0 && !config.only_on.includes(nameSystem(run.host.platform))) {
    run.ui.say("Skipping shell-local due to runtime OS");
    return;
  }
  const inline = config.command ? [config.command] : config.inline;
  if (inline.length > 0) {
    return runInline(config, inline, run);
  }
  for (const path of listScriptFiles(config)) {
    await runScript(config, path, run);
  }
}

async function runInline(config: Config, lines: readonly string[], run: Run): Promise<void> {
  const folder = await run.temporaryFolder("packer-shell");
  const path = join(folder, `inline${config.tempfile_extension || (isWindows(run) ? ".cmd" : "")}`);
  const text = joinInline(lines, config.inline_shebang, isWindows(run) ? "" : "/bin/sh -e");
  await writeFile(path, text, { mode: 0o700 });
  // The umask may have taken rights away.
  await chmod(path, 0o700);
  await runScript(config, path, run);
  await run.remove(folder);
}

async function runScript(config: Config, path: string, run: Run): Promise<void> {
  run.ui.say(`Running local shell script: ${path}`);
  const absolute = (isWindows(run) ? win32 : posix).resolve(run.host.cwd, path);
  const script = config.use_linux_pathing ? toLinuxPath(absolute) : absolute;
  const command = makeCommandLine(config, script, run);
  checkExitStatus(await runCommand(command, path, run), config.valid_exit_codes);
}

function makeCommandLine(config: Config, script: string, run: Run): readonly string[] {
  // A command of the user's own may have quotes around it. The folder for temporary files may have a blank in its name.
  const isUsual = config.execute_command.length === 0 && !isWindows(run);
  const word = isUsual && /[^\w@%+=:,./-]/.test(script) ? `'${escapeSingleQuotes(script)}'` : script;
  const data = { Vars: writeVariables(config, run), Script: word, Command: word };
  const usual = isWindows(run)
    ? ["cmd", "/V", "/C", "{{.Vars}}", "call", "{{.Script}}"]
    : ["/bin/sh", "-c", "{{.Vars}} {{.Script}}"];
  const words = config.execute_command.length > 0 ? config.execute_command : usual;
  return words.map((word) => run.render(word, data));
}

function writeVariables(config: Config, run: Run): string {
  const environment_vars = config.environment_vars.map((entry) => run.render(entry));
  const variables = makeScriptVariables({ environment_vars, env: config.env }, run);
  if (isWindows(run)) {
    return formatVariables(variables, config.env_var_format || "set %s=%s && ");
  }
  const quoted = variables.map(([name, value]) => [name, escapeSingleQuotes(value)] as const);
  return formatVariables(quoted, config.env_var_format || "%s='%s' ");
}

async function runCommand([program = "", ...args]: readonly string[], path: string, run: Run): Promise<number> {
  const { host, signal, ui } = run;
  try {
    const { code } = await host.processes.run([program, ...args], {
      cwd: host.cwd,
      env: { PACKER_RUN_UUID: run.runUuid },
      signal,
      keep: 0,
      onLine: (stream, line) => (stream === "stdout" ? ui.message(showInvisible(line)) : ui.error(showInvisible(line))),
    });
    return code;
  } catch (thrown) {
    if (signal.aborted) {
      throw thrown;
    }
    throw failure("provisioner", "provisioner/script-not-started", `Error executing script: ${path}`, {
      detail: readMessage(thrown),
      cause: thrown,
    });
  }
}

/** As for remote commands: without white space at the end, and of a redrawn line only what is left to see. */
function showInvisible(line: string): string {
  const trimmed = line.trimEnd();
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

function toLinuxPath(path: string): string {
  const [, drive, rest] = /^([A-Za-z]):[\\/](.*)$/.exec(path) ?? [];
  return drive === undefined || rest === undefined ? path : `/mnt/${drive.toLowerCase()}/${rest.replaceAll("\\", "/")}`;
}

function isWindows(run: Run): boolean {
  return run.host.platform === "win32";
}

/** The operating system's name as `only_on` spells it. */
function nameSystem(platform: NodeJS.Platform): string {
  if (platform === "win32") {
    return "windows";
  }
  return platform === "sunos" ? "solaris" : platform;
}

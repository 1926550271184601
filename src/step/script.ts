// Scripts of this machine: which, with which environment variables, and whether their end counts as success.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { failure, readMessage } from "../diagnostic/build-error.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { option } from "../sdk/option.ts";
import type { Run } from "../sdk/run.ts";
import { statProblem, suggestPath } from "./local-path.ts";
import { readFileOrPipe } from "./pipe-file.ts";

/** Which scripts to run: exactly one of the three is to be set. */
export const scriptOptions = Object.freeze({
  inline: option.strings({
    description: "Lines of one script. They are joined by line ends and run as one file.",
    conflicts: ["script", "scripts"],
    example: ["apt-get update", "apt-get install -y nginx"],
  }),
  script: option.string({
    description: "Path of a script on this machine, relative to the current folder.",
    conflicts: ["scripts"],
    example: "scripts/setup.sh",
  }),
  scripts: option.strings({
    description: "Paths of scripts on this machine. They run in the order given.",
    example: ["scripts/base.sh", "scripts/clean.sh"],
  }),
});

/** Environment variables of a script. */
export const scriptVariableOptions = Object.freeze({
  environment_vars: option.strings({
    description: "Environment variables for the scripts, each as `NAME=value`.",
    example: ["DEBIAN_FRONTEND=noninteractive"],
  }),
  env: option.stringMap({
    description: "Environment variables for the scripts by name. They win over `environment_vars`.",
    example: { DEBIAN_FRONTEND: "noninteractive" },
  }),
});

/** Which exit statuses count as success. */
export const exitStatusOptions = Object.freeze({
  valid_exit_codes: option.numbers({
    description: "Exit statuses of a script that count as success.",
    default: [0],
    example: [0, 2],
  }),
});

/** What everything takes that runs scripts on the machine that is built. */
export const remoteScriptStep = Object.freeze({
  options: Object.freeze({ ...scriptOptions, ...scriptVariableOptions, ...exitStatusOptions }),
  check(config: ScriptChoice & Pick<OwnVariables, "environment_vars">, context: PrepareContext): void {
    if (config.inline.length === 0 && !config.script && config.scripts.length === 0) {
      context.problem("", "Either a script file or inline script must be specified.", {
        hint: 'Add "inline", "script" or "scripts".',
      });
    }
    checkScriptFiles(config, context);
    checkVariables(config, context);
  },
  reads: listScriptFiles,
});

/** What the user chose to run. */
export interface ScriptChoice {
  readonly inline: readonly string[];
  readonly script: string | undefined;
  readonly scripts: readonly string[];
}

/** The script files of a choice; empty when it is an inline script. An empty `script` counts as not set, as in Packer. */
export function listScriptFiles(choice: ScriptChoice): readonly string[] {
  return choice.script ? [choice.script] : choice.scripts;
}

/** Reports script files that are not there. */
export function checkScriptFiles(choice: ScriptChoice, context: PrepareContext): void {
  const name = choice.script ? "script" : "scripts";
  for (const path of listScriptFiles(choice)) {
    const missing = statProblem(path, context.host);
    if (missing !== undefined) {
      context.problem(name, `Bad script '${path}': ${missing}`, { hint: suggestPath(path, context) });
    }
  }
}

/** Reports entries of `environment_vars` that are not `NAME=value`. */
export function checkVariables(config: Pick<OwnVariables, "environment_vars">, context: PrepareContext): void {
  for (const entry of config.environment_vars) {
    if (entry.indexOf("=") > 0) {
      continue;
    }
    context.problem("environment_vars", `Environment variable not in format 'key=value': ${entry}`);
  }
}

/** An inline script. As Packer 1.13 and later: a first line that names its interpreter itself stays the first line. */
export function joinInline(lines: readonly string[], shebang: string | undefined, usual: string): string {
  const hasOwn = shebang === undefined && lines[0]?.startsWith("#!") === true;
  const interpreter = shebang || (hasOwn ? "" : usual);
  return `${[...(interpreter === "" ? [] : [`#!${interpreter}`]), ...lines].join("\n")}\n`;
}

/** A script's bytes, which can be read anew for every attempt. */
export interface ScriptContent {
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** Content that is held as a whole. */
export function holdContent(content: Buffer): ScriptContent {
  return {
    size: content.length,
    async *open() {
      yield content;
    },
  };
}

/** Reads a script as a whole. */
export function readScript(path: string, run: Pick<Run, "host" | "signal">): Promise<Buffer> {
  return throwWhileReading(path, run, async (absolute) =>
    readFileOrPipe(absolute, await stat(absolute), limitWaiting(run)),
  );
}

/** A script that is read while it is sent: it may be large. */
export function streamScript(path: string, run: Pick<Run, "host" | "signal">): Promise<ScriptContent> {
  return throwWhileReading(path, run, async (absolute) => {
    const stats = await stat(absolute);
    if (!stats.isFile()) {
      return holdContent(await readFileOrPipe(absolute, stats, limitWaiting(run)));
    }
    await (await open(absolute)).close();
    return { size: stats.size, open: () => createReadStream(absolute) };
  });
}

function limitWaiting({ host, signal }: Pick<Run, "host" | "signal">): Parameters<typeof readFileOrPipe>[2] {
  return { clock: host.clock, signal };
}

/** Whoever names a script that cannot be read has made a mistake in the template. */
async function throwWhileReading<T>(
  path: string,
  { host, signal }: Pick<Run, "host" | "signal">,
  read: (absolute: string) => Promise<T>,
): Promise<T> {
  try {
    return await read(resolve(host.cwd, path));
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure("template", "provisioner/file-missing", `The script ${path} could not be read`, {
      detail: readMessage(thrown),
      cause: thrown,
    });
  }
}

/** A variable's name and value. */
export type Variable = readonly [name: string, value: string];

/** The user's variables. */
export interface OwnVariables {
  readonly environment_vars: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The user's variables and those that every script gets, sorted by name as Packer does. */
export function makeScriptVariables(
  own: OwnVariables,
  { build, generated }: Pick<Run, "build" | "generated">,
): readonly Variable[] {
  const all = new Map([
    ["PACKER_BUILD_NAME", build.name],
    ["PACKER_BUILDER_TYPE", build.builderType],
  ]);
  for (const [name, key] of httpVariables) {
    const value = String(generated[key] ?? "");
    if (value !== "" && value !== "0") {
      all.set(name, value);
    }
  }
  for (const entry of own.environment_vars) {
    const at = entry.indexOf("=");
    all.set(entry.slice(0, at), entry.slice(at + 1));
  }
  for (const [name, value] of Object.entries(own.env)) {
    all.set(name, value);
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}

const httpVariables = [
  ["PACKER_HTTP_ADDR", "PackerHTTPAddr"],
  ["PACKER_HTTP_IP", "PackerHTTPIP"],
  ["PACKER_HTTP_PORT", "PackerHTTPPort"],
] as const;

/** Puts every variable through a format such as `%s='%s' ` and joins the results without anything between them. */
export function formatVariables(variables: readonly Variable[], format: string): string {
  return variables.map(([name, value]) => formatVariable(format, [name, value])).join("");
}

/** A path as one word of a shell's command, in which `~` and variables still mean what they do. */
export function escapeBlanks(path: string): string {
  return path.replaceAll(/[ \t'"&();<>|]/g, "\\$&");
}

/** Makes a value safe between single quotes of a POSIX shell. */
export function escapeSingleQuotes(value: string): string {
  return value.replaceAll("'", `'"'"'`);
}

/** The verbs of Go's `fmt` that make sense for two texts: `%s`, `%v`, `%q`, `%%`, also with an index as in `%[2]s`. */
function formatVariable(format: string, values: Variable): string {
  let next = 0;
  return format.replaceAll(/%(?:\[(\d+)\])?([svq%])/g, (_whole, index: string | undefined, verb: string) => {
    if (verb === "%") {
      return "%";
    }
    const at = index === undefined ? next : Number(index) - 1;
    next = at + 1;
    const value = values[at];
    if (value === undefined) {
      return `%!${verb}(${index === undefined ? "MISSING" : "BADINDEX"})`;
    }
    return verb === "q" ? JSON.stringify(value) : value;
  });
}

/** Throws unless `code` is among the allowed ones. Packer 1.6.6 lacks the blank before "Allowed"; this is the later text. */
export function checkExitStatus(code: number, allowed: readonly number[]): void {
  if (allowed.includes(code)) {
    return;
  }
  throw failure(
    "provisioner",
    "provisioner/exit-status",
    `Script exited with non-zero exit status: ${code}. Allowed exit codes are: [${allowed.join(" ")}]`,
  );
}

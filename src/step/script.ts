// Options and checks that every component which runs scripts has in common.
import type { PrepareContext } from "../sdk/component.ts";
import { option } from "../sdk/option.ts";
import { pathHint, statProblem } from "./local-path.ts";

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
export const variableOptions = Object.freeze({
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
export const exitCodeOptions = Object.freeze({
  valid_exit_codes: option.numbers({
    description: "Exit statuses of a script that count as success.",
    default: [0],
    example: [0, 2],
  }),
});

/** What the user chose to run. */
export interface ScriptChoice {
  readonly inline: readonly string[];
  readonly script: string | undefined;
  readonly scripts: readonly string[];
}

/** The script files of a choice; empty when it is an inline script. An empty `script` counts as not set, as in Packer. */
export function scriptFiles(choice: ScriptChoice): readonly string[] {
  return choice.script ? [choice.script] : choice.scripts;
}

/** Reports script files that are not there. */
export function checkScriptFiles(choice: ScriptChoice, context: PrepareContext): void {
  const name = choice.script ? "script" : "scripts";
  for (const path of scriptFiles(choice)) {
    const missing = statProblem(path, context.host);
    if (missing !== undefined) {
      context.problem(name, `Bad script '${path}': ${missing}`, { hint: pathHint(path, context) });
    }
  }
}

/** Reports entries of `environment_vars` that are not `NAME=value`. */
export function checkVariables(
  config: { readonly environment_vars: readonly string[] },
  context: PrepareContext,
): void {
  for (const entry of config.environment_vars) {
    if (entry.indexOf("=") > 0) {
      continue;
    }
    context.problem("environment_vars", `Environment variable not in format 'key=value': ${entry}`);
  }
}

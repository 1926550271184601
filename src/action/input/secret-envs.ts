// Variables whose values are taken from the environment of the step, by name: nothing is written into the workflow.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Environment } from "./decode-inputs.ts";

/** What is no such name may be a secret that was written in its place. */
const NAME = /^[A-Z_][A-Z0-9_]{0,60}$/;
/** What Packer's own variables of the environment begin with. */
const PACKERS = /^PKR_VAR_/;

/** The values by the names of the template's variables, and what is wrong with the list. Each line is `NAME` or `variable=NAME`. */
export function readSecretEnvs(
  lines: readonly string[] | undefined,
  env: Environment,
): { readonly values: Readonly<Record<string, string>>; readonly diagnostics: readonly Diagnostic[] } {
  const values: Record<string, string> = {};
  const diagnostics: Diagnostic[] = [];
  for (const [at, line] of (lines ?? []).entries()) {
    const [, given, name = ""] = /^(?:([^=]*?)\s*(?:=|:\s)\s*)?([^=\s]+)$/.exec(line) ?? [];
    const value = env[name];
    if (name === "" || given === "") {
      diagnostics.push(noName(at));
    } else if (value === undefined || value === "") {
      diagnostics.push(NAME.test(name) ? notSet(name) : noName(at));
    } else {
      values[given ?? name.replace(PACKERS, "")] = value;
    }
  }
  return { values, diagnostics };
}

/** The line is not shown: it may be the secret itself. */
function noName(at: number): Diagnostic {
  return {
    code: "action/invalid-input",
    severity: "error",
    summary: 'The input "secret-envs" takes names of environment variables that are set',
    detail: `Entry ${at + 1}: there is no such variable, or it is empty.`,
    hint: 'Write one a line, such as DB_PASSWORD, or password=DB_PASSWORD for the variable "password", and set it under `env` of the step.',
  };
}

function notSet(name: string): Diagnostic {
  return {
    code: "action/invalid-input",
    severity: "error",
    summary: `The input "secret-envs" names the environment variable ${name}, which is not set`,
    detail: "There is no such variable, or it is empty.",
    hint: `Set it under \`env\` of the step, such as ${name}: \${{ secrets.${name} }}. Pull requests from forks have no secrets.`,
  };
}

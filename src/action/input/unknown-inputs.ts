// Inputs that the action does not have. The runner hands them over as variables like its own, so they are told apart from those of the workflow.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { Environment } from "./decode-inputs.ts";

const PREFIX = "INPUT_";

/** What people who come from another action write. */
const MEANT: Readonly<Record<string, string>> = {
  "build-args": "vars",
  chdir: "working-directory",
  dir: "working-directory",
  file: "template",
  parallel: "parallel-builds",
  path: "template",
  "pkr-vars": "vars",
  "secret-env": "secret-envs",
  secrets: "secret-vars",
  target: "template",
  "template-file": "template",
  token: "github-token",
  var: "vars",
  variable: "vars",
  variables: "vars",
  "variables-file": "var-files",
  workdir: "working-directory",
};
/** Inputs of setup-packer that are no matter of ours. */
const VERSIONS = new Set(["version", "product-version"]);

/** An input with the certainty that it is one, and no variable of the workflow. */
interface Stray {
  readonly name: string;
  readonly isCertain: boolean;
}

/** A message for each input that is not among the known ones. `inherited` is the environment that the runner itself was started with. */
export function findUnknownInputs(
  env: Environment,
  known: readonly string[],
  { onUnknown, inherited }: { readonly onUnknown: "fail" | "warn"; readonly inherited: Environment },
): readonly Diagnostic[] {
  return listStrays(env, known, inherited).map(({ name, isCertain }) => ({
    code: "action/unknown-input",
    severity: isCertain && onUnknown === "fail" ? "error" : "warning",
    summary: `The action has no input "${name}"`,
    hint: hintFor(name, known),
  }));
}

function hintFor(name: string, known: readonly string[]): string {
  if (VERSIONS.has(name)) {
    return "The version is that of the action, which stands behind the @ of `uses`.";
  }
  const meant = meantBy(name, known);
  return meant === undefined
    ? `Leave it out. If it is a variable of the workflow that is called ${PREFIX}${name.toUpperCase()}, set "unknown-inputs" to "warn".`
    : `did you mean "${meant}"?`;
}

function meantBy(name: string, known: readonly string[]): string | undefined {
  return MEANT[name.replaceAll("_", "-")] ?? didYouMean(name, known);
}

function listStrays(env: Environment, known: readonly string[], inherited: Environment): readonly Stray[] {
  const isKnown = (variable: string): boolean => known.includes(nameIn(variable));
  const variables = Object.keys(env);
  const block = findBlock(variables, isKnown);
  return variables.flatMap((variable, at) => {
    const name = nameIn(variable);
    if (
      !isMadeOfInput(variable) ||
      isKnown(variable) ||
      env[variable] === "" ||
      env[variable] === inherited[variable]
    ) {
      return [];
    }
    if (block !== undefined) {
      return at >= block.from && at < block.to ? [{ name, isCertain: true }] : [];
    }
    // No order tells anything, such as with act: what has a name like an input's is one.
    return [{ name, isCertain: name.includes("-") || meantBy(name, known) !== undefined }];
  });
}

function nameIn(variable: string): string {
  return variable.slice(PREFIX.length).toLowerCase();
}

/** The runner writes the names of inputs in capitals. */
function isMadeOfInput(variable: string): boolean {
  return variable.startsWith(PREFIX) && variable.length > PREFIX.length && variable === variable.toUpperCase();
}

/** The runner sets all inputs one after another: what stands elsewhere is none. `undefined` when they do not stand together. */
function findBlock(
  variables: readonly string[],
  isKnown: (variable: string) => boolean,
): { readonly from: number; readonly to: number } | undefined {
  const inputs = variables.map(isMadeOfInput);
  const first = variables.findIndex((variable, at) => inputs[at] && isKnown(variable));
  const last = variables.findLastIndex((variable, at) => inputs[at] && isKnown(variable));
  if (first < 0) {
    return { from: 0, to: variables.length };
  }
  if (inputs.slice(first, last).includes(false)) {
    return undefined;
  }
  const before = inputs.lastIndexOf(false, first);
  const after = inputs.indexOf(false, last);
  return { from: before + 1, to: after < 0 ? variables.length : after };
}

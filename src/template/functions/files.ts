// Functions that read files of the configuration. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/file/file and its neighbours
import { readFileSync, type Stats, statSync } from "node:fs";
import { boolType, dynamicType, setType, stringType } from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { asEntries, boolValue, setValue, stringValue, type Value } from "../../cty/value.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import { FunctionError, type HclFunction } from "../../hcl/function.ts";
import { maxTextLength } from "../../hcl/limits.ts";
import { parseTemplate } from "../../hcl/parser.ts";
import { globFiles } from "./file-glob.ts";
import { locate } from "./paths.ts";
import { anything, argument, type FunctionWorld, text, type WorldFunction } from "./signature.ts";
import { textArgument } from "./strings.ts";

/** All of them but `templatefile`. */
export const fileFunctions: readonly WorldFunction[] = [
  {
    name: "file",
    description: "The content of a text file in UTF-8. A relative path begins in the folder of the configuration.",
    parameters: [text("path")],
    returns: stringType,
    bind: (world) => (args) => stringValue(readText(textArgument(args, 0), world)),
  },
  {
    name: "filebase64",
    description: "The content of any file in Base64. A relative path begins in the current folder.",
    parameters: [text("path")],
    returns: stringType,
    bind: (world) => (args) => stringValue(readBytes(textArgument(args, 0), world.host.cwd, world).toString("base64")),
  },
  {
    name: "fileexists",
    description:
      "Whether there is a file. A folder of that name is a mistake. A relative path begins in the folder of the configuration.",
    parameters: [text("path")],
    returns: boolType,
    bind: (world) => (args) => boolValue(fileExists(textArgument(args, 0), world)),
  },
  {
    name: "fileset",
    description:
      "The files below a folder whose paths fit the pattern, with `*`, `**`, `?`, `[a-z]` and `{a,b}`. A relative path begins in the folder of the configuration.",
    parameters: [text("path"), text("pattern")],
    returns: setType(stringType),
    bind: (world) => (args) => {
      const folder = locate(textArgument(args, 0), world.baseDir, world);
      return setValue(
        stringType,
        globFiles(folder, textArgument(args, 1), (found) => checkReach(found, found, world)).map(stringValue),
      );
    },
  },
];

/** A file function that renders a template, which may call all other functions. */
export function templateFileFunction(others: () => ReadonlyMap<string, HclFunction>): WorldFunction {
  return {
    name: "templatefile",
    description:
      "The content of a file rendered as a template, with the attributes of `vars` as its variables. A relative path begins in the folder of the configuration.",
    parameters: [text("path"), anything("vars")],
    returns: dynamicType,
    bind: (world) => (args) => render(textArgument(args, 0), argument(args, 1), others(), world),
  };
}

function render(path: string, vars: Value, functions: ReadonlyMap<string, HclFunction>, world: FunctionWorld): Value {
  if (vars.type.kind !== "map" && vars.type.kind !== "object") {
    throw new FunctionError(`a map or object with the variables is required, not ${withArticle(vars.type)}`, 1);
  }
  const variables = asEntries(vars);
  for (const name of variables.keys()) {
    if (!/^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(name)) {
      const rule = "a name begins with a letter and goes on with letters, digits, underscores and dashes";
      throw new FunctionError(`${JSON.stringify(name)} cannot be the name of a variable: ${rule}`, 1);
    }
  }
  const { expression, diagnostics } = parseTemplate(readText(path, world), path);
  const result = diagnostics.length > 0 ? undefined : evaluate(expression, { variables, functions });
  const [problem, ...more] = result?.diagnostics ?? diagnostics;
  if (problem === undefined) {
    return result?.value ?? stringValue("");
  }
  const at =
    problem.subject === undefined ? path : `${path}:${problem.subject.start.line},${problem.subject.start.column}`;
  const hint = problem.hint === undefined ? "" : `; ${problem.hint}`;
  const rest = more.length === 0 ? "" : `; and ${more.length} more`;
  throw new FunctionError(`${at}: ${problem.summary}: ${(problem.detail ?? "").replace(/\.$/, "")}${hint}${rest}`);
}

function readText(path: string, world: FunctionWorld): string {
  const bytes = readBytes(path, world.baseDir, world);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FunctionError(`${path} is not text in UTF-8; filebase64 reads any file`, 0);
  }
}

function readBytes(path: string, folder: string, world: FunctionWorld): Buffer {
  const located = locate(path, folder, world);
  checkReach(path, located, world);
  const facts = lookAt(located);
  if (facts === undefined) {
    throw new FunctionError(`there is no file ${path} (looked for ${located})`, 0);
  }
  if (facts.isDirectory()) {
    throw new FunctionError(`${path === "" ? located : path} is a folder`, 0);
  }
  if (facts.size > maxTextLength) {
    throw new FunctionError(`${path} is too large: it has ${facts.size} bytes, at most ${maxTextLength} are read`, 0);
  }
  try {
    return readFileSync(located);
  } catch (thrown) {
    throw new FunctionError(`${path} could not be read: ${(thrown as Error).message}`, 0);
  }
}

/** Throws for what is not read for a template. */
function checkReach(path: string, located: string, { host }: FunctionWorld): void {
  const refusal = host.files.refusal(located);
  if (refusal === undefined) {
    return;
  }
  const hint = refusal.hint === "" ? "" : `. ${refusal.hint}`;
  throw new FunctionError(`${path} may not be read: it ${refusal.reason}${hint}`, 0);
}

/** Undefined when nothing is there. */
function lookAt(located: string): Stats | undefined {
  try {
    return statSync(located, { throwIfNoEntry: false });
  } catch (thrown) {
    throw new FunctionError(`this path cannot be followed: ${(thrown as Error).message}`, 0);
  }
}

function fileExists(path: string, world: FunctionWorld): boolean {
  const located = locate(path, world.baseDir, world);
  checkReach(path, located, world);
  const facts = lookAt(located);
  if (facts === undefined) {
    return false;
  }
  if (facts.isFile()) {
    return true;
  }
  throw new FunctionError(
    `${path === "" ? "this" : path} is ${facts.isDirectory() ? "a folder" : "no regular file"}`,
    0,
  );
}

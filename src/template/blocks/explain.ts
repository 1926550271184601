// Why a name is not there, in words for whoever wrote it: what stands in its place, and which file beside this one has it.
import type { EvalContext, Explanations } from "../../hcl/context.ts";
import type { LoadRequest } from "../loading.ts";
import { neighbourThat } from "./neighbours.ts";

/** Words of Terraform and of other tools, with what Packer has for them. */
const FOREIGN: Readonly<Record<string, string>> = {
  self: "Packer has no self; in a build write source.name, source.type or build.Host and the like",
  each: "a dynamic block calls its element as it is called itself: write provisioner.value in a dynamic provisioner",
  count: "Packer has no count; name several sources, or repeat a block with dynamic",
  module: "Packer has no modules; put what several files share into variables and locals",
  terraform: "Packer has no workspaces; give it as a variable",
  env: 'give a variable the default env("NAME") and write var.NAME here',
};

/** Functions of Terraform, with what to write in Packer. */
const FOREIGN_FUNCTIONS: Readonly<Record<string, string>> = {
  tostring: "write convert(VALUE, string)",
  tonumber: "write convert(VALUE, number)",
  tobool: "write convert(VALUE, bool)",
  tolist: "write convert(VALUE, list(string)), with the type of the elements",
  toset: "write convert(VALUE, set(string)), with the type of the elements",
  tomap: "write convert(VALUE, map(string)), with the type of the elements",
  sensitive: "declare a variable or a local with sensitive = true",
  nonsensitive: "what is sensitive stays so in Packer",
  fileexists: "write length(fileset(FOLDER, NAME)) > 0",
};

const ENV_HINT = 'give a variable the default env("NAME") and write var.NAME here';

/** For everything that a configuration evaluates outside of the defaults of variables. */
export function explainNames(request: Pick<LoadRequest, "path" | "host">): Explanations {
  return {
    name: ([name = "", next], context) => {
      if (name === "source" || name === "build") {
        return {
          detail: `"${name}" is known only inside of a build block.`,
          hint: "move what needs it into a provisioner, a post-processor or the build itself",
        };
      }
      return { hint: FOREIGN[name] ?? hintBare(name, next, context) };
    },
    attribute: (path, near) => explainAttribute(path, near, request),
    call: (name) =>
      name === "env"
        ? { detail: '"env" can be called only in the default of a variable.', hint: ENV_HINT, isElsewhere: true }
        : { hint: FOREIGN_FUNCTIONS[name] },
  };
}

/** For the defaults of variables, where nothing but `env` can be called. */
export function explainDefaults(functions: ReadonlySet<string>): Explanations {
  const hint = "put what is made of other values into a local, as in locals { NAME = upper(var.OTHER) }";
  return {
    noVariables: `a default is a fixed value or env("NAME"); ${hint}`,
    call: (name) =>
      functions.has(name)
        ? {
            detail: `"${name}" cannot be called in the default of a variable; only env can.`,
            hint,
            isElsewhere: true,
          }
        : { hint: FOREIGN_FUNCTIONS[name] },
  };
}

/** For files of variables and for flags, where every value is fixed. */
export const fixedValues: Explanations = {
  noVariables: "a value of a variable is fixed; give it as text in double quotes, or as a number, a list or an object",
  bareWord: (word) => `put text in double quotes: "${word}"`,
};

/** A variable, a local or a function without what belongs to it. */
function hintBare(name: string, next: string | undefined, context: EvalContext): string | undefined {
  if (next === undefined && context.functions?.has(name)) {
    return `write ${name}() to call the function`;
  }
  for (const root of ["var", "local"]) {
    const { type } = context.variables?.get(root) ?? {};
    if (type?.kind === "object" && type.attributes.has(name)) {
      return `write ${root}.${name}`;
    }
  }
  return undefined;
}

const KINDS: Readonly<Record<string, string>> = { var: "variable", local: "local" };

function explainAttribute(
  [root = "", first = "", second, ...more]: readonly string[],
  near: string | undefined,
  request: Pick<LoadRequest, "path" | "host">,
): ReturnType<NonNullable<Explanations["attribute"]>> {
  if (more.length > 0) {
    return undefined;
  }
  const kind = KINDS[root];
  if (kind !== undefined && second === undefined) {
    const beside = neighbourThat(request, { declares: root === "var" ? "variable" : "local", name: first });
    const fallback = root === "var" ? `declare it: variable "${first}" {}` : `define it: locals { ${first} = … }`;
    return { detail: `There is no ${kind} named "${first}".`, hint: beside ?? near ?? fallback };
  }
  if (root === "data" && second === undefined) {
    return { detail: `There is no data source of the type "${first}".`, hint: near };
  }
  if (root === "data" && second !== undefined) {
    const detail = `There is no data source "${second}" of the type "${first}".`;
    return { detail, hint: near };
  }
  if (root === "source" && second !== undefined) {
    return { hint: neighbourThat(request, { declares: "source", name: `${first}.${second}` }) ?? near };
  }
  if (["build", "source", "path", "packer"].includes(root) && second === undefined) {
    return { detail: `"${root}" has nothing named "${first}".`, hint: near };
  }
  return undefined;
}

// Functions that work on names of files, without looking whether these are there. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/file/abspath and its neighbours
import { basename, isAbsolute, join, resolve, sep } from "node:path";
import { stringType } from "../../cty/type.ts";
import { stringValue } from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";
import { type FunctionWorld, text, type WorldFunction } from "./signature.ts";
import { textArgument } from "./strings.ts";

/** All of them. */
export const pathFunctions: readonly WorldFunction[] = [
  onPath(
    "abspath",
    "The path from the root of the file system on; a relative one begins in the current folder.",
    (path, { host }) => withSlashes(resolve(host.cwd, path)),
  ),
  onPath("basename", "The last part of the path.", (path) => (path === "" ? "." : basename(path) || "/")),
  onPath("dirname", "The path without its last part.", (path) => cleanPath(withSlashes(path).replace(/[^/]*$/, ""))),
  onPath("pathexpand", "The path with `~` at its beginning replaced by the home folder.", (path, world) =>
    expandHome(path, world),
  ),
];

function onPath(
  name: string,
  description: string,
  work: (path: string, world: FunctionWorld) => string,
): WorldFunction {
  return {
    name,
    description,
    parameters: [text("path")],
    returns: stringType,
    bind: (world) => (args) => stringValue(work(textArgument(args, 0), world)),
  };
}

/** Windows knows both slashes; elsewhere a backslash is a character like any other. */
function withSlashes(path: string): string {
  return sep === "\\" ? path.replaceAll("\\", "/") : path;
}

/** The shortest way to write the same path. */
function cleanPath(path: string): string {
  const short = withSlashes(join(path));
  return short.length > 1 ? short.replace(/\/$/, "") : short;
}

/** The path with `~` resolved. */
export function expandHome(path: string, { host }: FunctionWorld): string {
  if (!path.startsWith("~")) {
    return path;
  }
  if (path.length > 1 && !/^~[/\\]/.test(path)) {
    throw new FunctionError("only the home folder of the current user can stand for ~", 0);
  }
  return withSlashes(join(host.homeDir, path.slice(1)));
}

/** Where a file of the configuration is. */
export function locate(path: string, folder: string, world: FunctionWorld): string {
  const expanded = expandHome(path, world);
  return isAbsolute(expanded) ? expanded : resolve(folder, expanded);
}

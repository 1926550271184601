// What every expression of a configuration may use: the functions, `path` and `packer`.
import { resolve } from "node:path";
import { objectValue, stringValue, type Value } from "../../cty/value.ts";
import { openBudget } from "../../hcl/budget.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { hclFunctions, yamlReaderFor } from "../functions/registry.ts";
import type { LoadRequest } from "../loading.ts";
import { explainNames } from "./explain.ts";
import type { LookupCache } from "./lookups.ts";

export interface BaseRequest {
  /** The folder of the configuration as the user named it. */
  readonly root: string;
  /** The text of every file, which tells what has to be loaded; `undefined` when anything may be asked. */
  readonly texts: readonly string[] | undefined;
  readonly request: Pick<LoadRequest, "host" | "packerVersion" | "startedAt" | "path">;
  readonly lookups: LookupCache;
}

/** Functions, `path` and `packer`. */
export async function baseContext({ root, texts, request, lookups }: BaseRequest): Promise<EvalContext> {
  const { host, packerVersion, startedAt } = request;
  const functions = hclFunctions({
    baseDir: resolve(host.cwd, root),
    host,
    startedAt,
    now: () => host.clock.now(),
    lookup: (name, args) => lookups.get(name, args),
    ...(await yamlReaderFor(texts ?? ["yamldecode"])),
  });
  const path = objectValue([
    ["cwd", stringValue(host.cwd.replaceAll("\\", "/"))],
    ["root", stringValue(root)],
  ]);
  const variables = new Map<string, Value>([
    ["path", path],
    ["packer", objectValue([["version", stringValue(packerVersion)]])],
  ]);
  return { variables, functions, explain: explainNames(request), budget: openBudget() };
}

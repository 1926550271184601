// A configuration and what is in it once its locals and data sources are worked out.
import type { Value } from "../../cty/value.ts";
import { BuildError } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import type { Block, BodySchema } from "../../hcl/body.ts";
import { openBudget } from "../../hcl/budget.ts";
import type { EvalContext } from "../../hcl/context.ts";
import type { Catalog, RequiredPlugin } from "../../sdk/catalog.ts";
import type { RunSettings } from "../../sdk/run.ts";
import { findFolder, type LoadRequest, type PlanRequest } from "../loading.ts";
import { problemList } from "../problem-list.ts";
import { type BuildBlock, readBuild, readSources, type SourceBlock } from "./build-block.ts";
import { readDataNode } from "./data-block.ts";
import { ValueGraph, type ValueNode } from "./evaluation.ts";
import type { LookupCache } from "./lookups.ts";

/** Every block that may stand at the root. */
export const rootSchema: BodySchema = {
  blocks: [
    { type: "packer" },
    { type: "variable", labels: ["name"] },
    { type: "variables" },
    { type: "local", labels: ["name"] },
    { type: "locals" },
    { type: "data", labels: ["type", "name"] },
    { type: "source", labels: ["type", "name"] },
    { type: "build" },
    { type: "hcp_packer_registry" },
    { type: "communicator", labels: ["type", "name"] },
  ],
};

/** A configuration that was read, with everything its expressions may refer to. */
export interface Hcl2Config {
  readonly request: LoadRequest;
  readonly required: readonly RequiredPlugin[];
  readonly catalog: Catalog;
  readonly files: Map<string, TextFile>;
  readonly variables: ReadonlyMap<string, Value>;
  readonly nodes: readonly ValueNode[];
  readonly blocks: readonly Block[];
  /** `var`, `path`, `packer` and the functions. */
  readonly base: EvalContext;
  readonly lookups: LookupCache;
  /** Every block of the root is one that belongs there. */
  readonly isWhole: boolean;
}

/** What is in a configuration once locals and data sources are worked out. */
export interface Hcl2Content {
  readonly context: EvalContext;
  readonly sources: ReadonlyMap<string, SourceBlock>;
  readonly builds: readonly BuildBlock[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The blocks of one type. */
export function pickType(blocks: readonly Block[], type: string): readonly Block[] {
  return blocks.filter((block) => block.type === type);
}

/** What a run is asked for, completed with what the configuration knows. */
export function completeSettings(
  { request, files }: Hcl2Config,
  asked: PlanRequest["settings"] = plainSettings,
): RunSettings {
  const { path, host, packerVersion } = request;
  const templateDir = path === "-" ? undefined : findFolder(files.keys().next().value ?? path, host.cwd);
  return { ...asked, packerVersion, templateDir, templateFiles: [...files.keys()] };
}

/** Of a configuration that is only looked at. */
const plainSettings: PlanRequest["settings"] = { force: false, debug: false, onError: "cleanup" };

/** Works out locals and data sources, then sources and builds. Data sources are read only when `signal` is given. */
export async function readContent(
  config: Hcl2Config,
  settings: RunSettings,
  signal?: AbortSignal,
): Promise<Hcl2Content> {
  const { request, nodes, blocks, lookups } = config;
  try {
    return await lookups.complete(async () => {
      const problems = problemList();
      const budget = openBudget();
      const base = { ...config.base, budget };
      const graph = new ValueGraph({
        nodes,
        base,
        hide: request.hide,
        problems,
        readData: (node, context) => readDataNode(node, context, { request, settings, signal, problems }),
      });
      await graph.resolveAll();
      const context: EvalContext = { ...base, variables: graph.variables() };
      const sources = readSources(pickType(blocks, "source"), problems);
      const builds = pickType(blocks, "build").map((block) => readBuild(block, sources, context, problems));
      return { context, sources, builds, diagnostics: problems.all };
    });
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) {
      throw thrown;
    }
    return { context: config.base, sources: new Map(), builds: [], diagnostics: thrown.diagnostics };
  }
}

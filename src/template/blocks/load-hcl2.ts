// The HCL2 front end, from files to a Plan. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates
import { dirname, resolve } from "node:path";
import { objectValue, stringValue, type Value } from "../../cty/value.ts";
import { BuildError } from "../../diagnostic/build-error.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import type { Attribute } from "../../hcl/ast.ts";
import type { Block, BodySchema } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { expandDynamicBlocks } from "../../hcl/dynamic-blocks.ts";
import { mergeBodies } from "../../hcl/merged-body.ts";
import { defaultFunctions, hclFunctions } from "../functions/registry.ts";
import type { LoadedTemplate, LoadRequest } from "../load.ts";
import { problemList } from "../problem-list.ts";
import { type BuildBlock, readBuild, readSources, type SourceBlock } from "./build-block.ts";
import { type ConfigFiles, readConfigFiles } from "./config-files.ts";
import { readData } from "./data-block.ts";
import { readLocals, type ValueGraph, type ValueNode, valueGraph } from "./evaluation.ts";
import { inspectHcl2 } from "./inspect-hcl2.ts";
import { type LookupCache, lookupCache } from "./lookups.ts";
import { checkPackerBlock } from "./packer-block.ts";
import { planHcl2 } from "./plan-hcl2.ts";
import { readVariables } from "./variable.ts";
import { variableValues } from "./variable-values.ts";

const rootSchema: BodySchema = {
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
  readonly files: Map<string, TextFile>;
  readonly variables: ReadonlyMap<string, Value>;
  readonly nodes: readonly ValueNode[];
  readonly blocks: readonly Block[];
  /** `var`, `path`, `packer` and the functions. */
  readonly base: EvalContext;
  readonly lookups: LookupCache;
}

/** What is in a configuration once locals and data sources are worked out. */
export interface Hcl2Content {
  readonly context: EvalContext;
  readonly graph: ValueGraph;
  readonly sources: ReadonlyMap<string, SourceBlock>;
  readonly builds: readonly BuildBlock[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a configuration: a file, or a folder of files. */
export async function loadHcl2(request: LoadRequest): Promise<LoadedTemplate> {
  const read = await readConfigFiles(request);
  const files = new Map([...read.configs, ...read.autoVars].map(({ text }) => [text.filename, text]));
  const problems = problemList();
  problems.add(read.diagnostics);
  if (read.configs.length === 0 || hasErrors(problems.all)) return unreadable(problems.all, files);
  const lookups = lookupCache(request.lookups);
  const base = baseContext(read, request, lookups);
  const { blocks, diagnostics } = mergeBodies(read.configs.map(({ body }) => body)).content({
    blocks: [...(rootSchema.blocks ?? []), { type: "dynamic", labels: ["type"] }],
  });
  problems.add(diagnostics);
  for (const block of ofType(blocks, "packer")) checkPackerBlock(block, request.packerVersion, problems);
  const declared = readVariables(
    blocks.filter(({ type }) => type === "variable" || type === "variables"),
    { functions: defaultFunctions(request) },
    problems,
  );
  const given = await variableValues(declared, read.autoVars, { functions: base.functions ?? new Map() }, request, problems);
  for (const file of given.files) files.set(file.filename, file);
  const variables = new Map([...(base.variables ?? []), ["var", objectValue(given.values)] as const]);
  const nodes: ValueNode[] = [
    ...readLocals(
      blocks.filter(({ type }) => type === "local" || type === "locals"),
      problems,
    ),
    ...readData(ofType(blocks, "data"), request, problems),
  ];
  const config: Hcl2Config = { request, files, variables: given.values, nodes, blocks, base: { ...base, variables }, lookups };
  const form = await contentOf(config, undefined);
  problems.add(form.diagnostics);
  return {
    language: "hcl2",
    files,
    diagnostics: problems.all,
    inspect: () => inspectHcl2(config, form),
    plan: (wanted) => planHcl2(config, wanted),
  };
}

function ofType(blocks: readonly Block[], type: string): readonly Block[] {
  return blocks.filter((block) => block.type === type);
}

function unreadable(diagnostics: readonly Diagnostic[], files: ReadonlyMap<string, TextFile>): LoadedTemplate {
  const never = async (): Promise<never> => {
    throw new Error("A configuration that could not be read has no parts");
  };
  return { language: "hcl2", files, diagnostics, inspect: never, plan: never };
}

function baseContext({ configs }: ConfigFiles, request: LoadRequest, lookups: LookupCache): EvalContext {
  const { host, packerVersion, startedAt } = request;
  const isFile = request.path === "-" || configs.some(({ path }) => path === request.path);
  const root = (request.path === "-" ? "." : isFile ? dirname(request.path) : request.path).replaceAll("\\", "/");
  const functions = hclFunctions({
    baseDir: resolve(host.cwd, root),
    host,
    startedAt,
    now: () => host.clock.now(),
    lookup: (name, args) => lookups.get(name, args),
  });
  const variables = new Map<string, Value>([
    [
      "path",
      objectValue([
        ["cwd", stringValue(host.cwd.replaceAll("\\", "/"))],
        ["root", stringValue(root)],
      ]),
    ],
    ["packer", objectValue([["version", stringValue(packerVersion)]])],
  ]);
  return { variables, functions };
}

/** Works out locals and data sources, then sources and builds. Data sources are read only when `signal` is given. */
export async function contentOf(config: Hcl2Config, signal: AbortSignal | undefined): Promise<Hcl2Content> {
  const { request, base, nodes, blocks, lookups } = config;
  try {
    return await lookups.complete(async () => {
      const problems = problemList();
      const { readDataNode } = await import("./data-block.ts");
      const graph = valueGraph({
        nodes,
        base,
        hide: request.hide,
        problems,
        readData: (node, context) => readDataNode(node, context, request, signal, problems),
      });
      await graph.resolveAll();
      const context: EvalContext = { ...base, variables: graph.variables() };
      const expanded = expandedBlocks(blocks, context, problems);
      const sources = readSources(ofType(expanded, "source"), problems);
      const builds = ofType(expanded, "build").map((block) => readBuild(block, sources, context, problems));
      return { context, graph, sources, builds, diagnostics: problems.all };
    });
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    const graph = { variables: () => new Map<string, Value>(), resolveAll: async () => {} };
    return { context: base, graph, sources: new Map(), builds: [], diagnostics: thrown.diagnostics };
  }
}

/** Blocks of the root, with `dynamic` ones replaced by what they produce. */
function expandedBlocks(blocks: readonly Block[], context: EvalContext, problems: ReturnType<typeof problemList>): readonly Block[] {
  if (!blocks.some(({ type }) => type === "dynamic")) return blocks;
  const [first] = blocks;
  if (first === undefined) return blocks;
  // The root itself is a body: expanding it anew finds the blocks that its dynamic blocks stand for.
  const expanded = expandDynamicBlocks(rootOf(blocks), context).content(rootSchema);
  problems.add(expanded.diagnostics);
  return expanded.blocks;
}

function rootOf(blocks: readonly Block[]): Block["body"] {
  const range = (blocks[0] as Block).typeRange;
  const content = (
    schema: BodySchema,
  ): { attributes: ReadonlyMap<string, Attribute>; blocks: readonly Block[]; diagnostics: readonly Diagnostic[] } => {
    const known = new Set((schema.blocks ?? []).map(({ type }) => type));
    return { attributes: new Map(), blocks: blocks.filter(({ type }) => known.has(type)), diagnostics: [] };
  };
  const body: Block["body"] = {
    range,
    missingItemRange: range,
    content,
    partialContent: (schema) => ({ ...content(schema), remain: body }),
    justAttributes: () => ({ attributes: new Map(), diagnostics: [] }),
  };
  return body;
}

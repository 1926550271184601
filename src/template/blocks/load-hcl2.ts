// The HCL2 front end, from files to a Plan. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates
import { dirname, resolve } from "node:path";
import { objectValue, stringValue, type Value } from "../../cty/value.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { mergeBodies } from "../../hcl/merged-body.ts";
import { defaultFunctions, hclFunctions } from "../functions/registry.ts";
import type { LoadedTemplate, LoadRequest } from "../loading.ts";
import { problemList } from "../problem-list.ts";
import { type ConfigFiles, readConfigFiles } from "./config-files.ts";
import { readData } from "./data-block.ts";
import { readLocals, type ValueNode } from "./evaluation.ts";
import { contentOf, type Hcl2Config, ofType, rootSchema } from "./hcl2-config.ts";
import { inspectHcl2 } from "./inspect-hcl2.ts";
import { type LookupCache, lookupCache } from "./lookups.ts";
import { checkPackerBlock } from "./packer-block.ts";
import { planHcl2 } from "./plan-hcl2.ts";
import { readVariables } from "./variable.ts";
import { variableValues } from "./variable-values.ts";

/** Reads a configuration: a file, or a folder of files. */
export async function loadHcl2(request: LoadRequest): Promise<LoadedTemplate> {
  const read = await readConfigFiles(request);
  const files = new Map([...read.configs, ...read.autoVars].map(({ text }) => [text.filename, text]));
  const problems = problemList();
  problems.add(read.diagnostics);
  if (read.configs.length === 0 || hasErrors(problems.all)) return unreadable(problems.all, files);
  const catalog = await request.catalog();
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
  const late = problemList();
  const given = await variableValues(declared, read.autoVars, { functions: base.functions ?? new Map() }, request, late);
  for (const file of given.files) files.set(file.filename, file);
  const variables = new Map([...(base.variables ?? []), ["var", objectValue(given.values)] as const]);
  const nodes: ValueNode[] = [
    ...readLocals(
      blocks.filter(({ type }) => type === "local" || type === "locals"),
      problems,
    ),
    ...readData(ofType(blocks, "data"), catalog, problems),
  ];
  const config: Hcl2Config = { request, catalog, files, variables: given.values, nodes, blocks, base: { ...base, variables }, lookups };
  return {
    language: "hcl2",
    files,
    diagnostics: problems.all,
    inspect: async () => inspectHcl2(config, await contentOf(config, undefined)),
    plan: (wanted) => planHcl2(config, late.all, wanted),
  };
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

// The HCL2 front end, from files to a Plan. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates
import { dirname } from "node:path";
import { objectValue, type Value } from "../../cty/value.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import type { Block } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { mergeBodies } from "../../hcl/merged-body.ts";
import { defaultFunctions } from "../functions/registry.ts";
import { findSensitiveNames, hideAssigned, hideDefaults } from "../given-secrets.ts";
import type { LoadedTemplate, LoadRequest, TemplateConsole } from "../loading.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import { baseContext } from "./base-context.ts";
import { type ConfigFiles, readConfigFiles } from "./config-files.ts";
import { readData } from "./data-block.ts";
import { readLocals, type ValueNode } from "./evaluation.ts";
import { explainDefaults } from "./explain.ts";
import { completeSettings, type Hcl2Config, pickType, readContent, rootSchema } from "./hcl2-config.ts";
import { inspectHcl2 } from "./inspect-hcl2.ts";
import { openLookupCache } from "./lookups.ts";
import { checkPackerBlocks } from "./packer-block.ts";
import { planHcl2 } from "./plan-hcl2.ts";
import { hideMarked } from "./raw-hcl.ts";
import { readVariables } from "./variable.ts";
import { readVariableValues } from "./variable-values.ts";

/** Reads a configuration: a file, or a folder of files. */
export async function loadHcl2(request: LoadRequest): Promise<LoadedTemplate> {
  const read = await readConfigFiles(request);
  const files = new Map([...read.configs, ...read.autoVars].map(({ text }) => [text.filename, text]));
  const problems = problemList();
  problems.add(read.diagnostics);
  hideGiven(read, request);
  if (read.configs.length === 0 || hasErrors(problems.all)) {
    return makeUnreadable(problems.all, files);
  }
  const late = problemList();
  const config = await readConfig({ request, read, files, problems, late });
  return {
    language: "hcl2",
    files,
    diagnostics: problems.all,
    givenDiagnostics: late.all,
    requiredPlugins: config.required,
    checkable: true,
    inspect: async () => inspectHcl2(config, await readContent(config, completeSettings(config))),
    plan: (wanted) => planHcl2(config, late.all, wanted),
    console: () => openConsole(config, findRoot(read, request)),
  };
}

interface Reading {
  readonly request: LoadRequest;
  readonly read: ConfigFiles;
  /** Those that are read on the way join them. */
  readonly files: Map<string, TextFile>;
  readonly problems: ProblemList;
  /** Problems of the values of variables. */
  readonly late: ProblemList;
}

async function readConfig({ request, read, files, problems, late }: Reading): Promise<Hcl2Config> {
  const lookups = openLookupCache(request.lookups);
  const texts = read.configs.map(({ text }) => text.text);
  for (const text of texts) {
    request.showInClear?.(text);
  }
  const base = await baseContext({ root: findRoot(read, request), texts, request, lookups });
  const { blocks, diagnostics } = mergeBodies(read.configs.map(({ body }) => body)).content(rootSchema);
  problems.add(diagnostics);
  const required = checkPackerBlocks(pickType(blocks, "packer"), request.packerVersion, problems);
  const catalog = await request.catalog(required);
  const values = await readGiven({ request, read, files, problems, late }, blocks, base);
  const nodes: ValueNode[] = [
    ...readLocals(
      blocks.filter(({ type }) => type === "local" || type === "locals"),
      problems,
    ),
    ...(await readData(pickType(blocks, "data"), catalog, problems)),
  ];
  return {
    request,
    required,
    catalog,
    files,
    variables: values,
    nodes,
    blocks,
    base: { ...base, variables: new Map([...(base.variables ?? []), ["var", objectValue(values)]]) },
    lookups,
    isWhole: !hasErrors(diagnostics),
  };
}

/** The values of all variables; sensitive ones are hidden from now on. */
async function readGiven(
  { request, read, files, problems, late }: Reading,
  blocks: readonly Block[],
  { functions = new Map() }: EvalContext,
): Promise<ReadonlyMap<string, Value>> {
  const declared = readVariables(
    blocks.filter(({ type }) => type === "variable" || type === "variables"),
    { functions: defaultFunctions(request), explain: explainDefaults(new Set(functions.keys())) },
    problems,
    request.hide,
  );
  const given = await readVariableValues(declared, read.autoVars, {
    functions: { functions },
    request,
    problems: late,
  });
  for (const file of given.files) {
    files.set(file.filename, file);
  }
  for (const [name, value] of given.values) {
    hideMarked(value, (secret) => request.hide(secret, { name: `variable "${name}"` }));
  }
  return given.values;
}

async function openConsole(config: Hcl2Config, root: string): Promise<TemplateConsole> {
  const { request, lookups } = config;
  const [{ openHcl2Console }, content] = await Promise.all([
    import("./console-hcl2.ts"),
    readContent(config, completeSettings(config)),
  ]);
  // What a user types may ask for more than the files do.
  const { functions = new Map() } = await baseContext({ root, texts: undefined, request, lookups });
  const inspection = await inspectHcl2(config, content);
  return openHcl2Console({ context: { ...content.context, functions }, lookups, hide: request.hide, inspection });
}

/** Files that cannot be read are shown all the same, with the lines in which something is wrong. */
function hideGiven({ configs, autoVars, diagnostics }: ConfigFiles, { hide }: LoadRequest): void {
  if (!hasErrors(diagnostics)) {
    return;
  }
  const names = new Set(configs.flatMap(({ text }) => [...findSensitiveNames(text.text)]));
  for (const { text } of configs) {
    hideDefaults(text.text, hide);
  }
  for (const { text } of autoVars) {
    hideAssigned(text.text, names, hide);
  }
}

function makeUnreadable(diagnostics: readonly Diagnostic[], files: ReadonlyMap<string, TextFile>): LoadedTemplate {
  const never = async (): Promise<never> => {
    throw new Error("A configuration that could not be read has no parts");
  };
  return { language: "hcl2", files, diagnostics, inspect: never, plan: never, console: never };
}

/** The folder of the configuration as the user named it. */
function findRoot({ configs }: ConfigFiles, { path }: LoadRequest): string {
  if (path === "-") {
    return ".";
  }
  const isFile = configs.some((config) => config.path === path);
  return (isFile ? dirname(path) : path).replaceAll("\\", "/");
}

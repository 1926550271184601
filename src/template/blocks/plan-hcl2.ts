// An HCL2 configuration -> a Plan.

import { dynamicType, numberType, stringType, type Type } from "../../cty/type.ts";
import { boolValue, numberValue, objectValue, stringValue, unknownValue, type Value } from "../../cty/value.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { Body } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { mergeBodies } from "../../hcl/merged-body.ts";
import type { GeneratedData } from "../../sdk/artifact.ts";
import type { OptionSchema } from "../../sdk/option.ts";
import type { RunSettings } from "../../sdk/run.ts";
import { checkConnections } from "../connection-needed.ts";
import type { EngineWorld } from "../engine/scope.ts";
import { COMMON_BUILD_KEYS } from "../engine/scope.ts";
import { findComponent, type NotNative, notNativeComponents } from "../find-component.ts";
import { folderOf, type PlanRequest, type PlanResult } from "../loading.ts";
import { mergeOver } from "../merge-bodies.ts";
import { PathNotes } from "../path-notes.ts";
import type { PlannedBuild, PlannedPostProcessor, PlannedProvisioner } from "../plan.ts";
import { planBuilder } from "../plan-builder.ts";
import { type BodyReading, type BuildContext, planComponent } from "../plan-component.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import type { RawMap } from "../raw-value.ts";
import type { BuildBlock, PartBlock, SourceUse } from "./build-block.ts";
import { globPattern } from "./glob.ts";
import { contentOf, type Hcl2Config, type Hcl2Content } from "./hcl2-config.ts";
import { metaOf, type PartMeta } from "./part-meta.ts";
import { checkReferences, rawBody } from "./raw-hcl.ts";
import { usedVariables } from "./used-variables.ts";

/** Plans the selected builds; `variables` is what was wrong with the values of variables. A build with mistakes is left out and reported; the others stay. */
export async function planHcl2(config: Hcl2Config, variables: readonly Diagnostic[], wanted: PlanRequest): Promise<PlanResult> {
  const { request } = config;
  const content = await contentOf(config, wanted.evaluateDataSources ? wanted.signal : undefined);
  const problems = problemList();
  problems.add(variables);
  problems.add(content.diagnostics);
  const templateDir = request.path === "-" ? undefined : folderOf(config.files.keys().next().value ?? request.path, request.host.cwd);
  const settings: RunSettings = {
    ...wanted.settings,
    packerVersion: request.packerVersion,
    templateDir,
    templateFiles: [...config.files.keys()],
  };
  // A build that could not be read for what it is, is there all the same.
  if (content.builds.length === 0 && config.isWhole && !hasErrors(content.diagnostics))
    problems.error("build/missing", undefined, "Missing build block", {
      detail: "A build block with one or more sources is required for executing a build.",
    });
  const selection = patterns(wanted, problems);
  const named = content.builds.flatMap((build) => build.uses.map((use) => ({ build, use, name: nameOf(build, use) })));
  const buildNames = named.map(({ name }) => name);
  const steps = content.builds.flatMap((build) =>
    build.postProcessors
      .flat()
      .flatMap((part) => [part.type, metaOf("post-processor", part.body, content.context, problemList()).name ?? part.type]),
  );
  const unmatched = [...unmatchedOf(selection.only, buildNames), ...unmatchedOf(selection.except, [...buildNames, ...steps])];
  const unsettledNames = named.flatMap(({ build, name }) => (build.nameIsKnown ? [] : [name]));
  const result = { buildNames, unsettledNames, unmatched, settings };
  // What could not be worked out is unknown, so that the builds can be checked all the same.
  const runnable = !hasErrors(problems.all);
  const notNative = wanted.formOnly === true ? notNativeComponents() : undefined;
  const paths = new PathNotes(request.host.cwd);
  const builds: PlannedBuild[] = [];
  const reported: Diagnostic[] = [...problems.all];
  for (const { build, use, name } of named) {
    if (!isSelected(name, selection)) continue;
    const planned = await planBuild({ config, content, notNative, settings, paths, build, use, name, except: selection.except });
    reported.push(...planned.diagnostics);
    const isSound = runnable && !hasErrors(planned.diagnostics);
    if (planned.build !== undefined && (isSound || wanted.listOnly === true)) builds.push(planned.build);
  }
  return { ...result, plan: { builds }, diagnostics: withoutRepeats([...reported, ...paths.problems(), ...(notNative?.notice() ?? [])]) };
}

/** `TYPE.NAME`, with the name of the build in front when it has one. */
function nameOf(build: BuildBlock, use: SourceUse): string {
  const name = `${use.source.type}.${use.localName}`;
  return build.name === "" ? name : `${build.name}.${name}`;
}

interface Pattern {
  readonly text: string;
  readonly expression: RegExp;
}

interface Selection {
  readonly only: readonly Pattern[];
  readonly except: readonly Pattern[];
}

function patterns(wanted: PlanRequest, problems: ProblemList): Selection {
  const read = (flag: "only" | "except"): readonly Pattern[] =>
    wanted[flag].flatMap((text) => {
      const expression = globPattern(text);
      if (expression !== undefined) return { text, expression };
      problems.error("template/pattern", undefined, `Invalid -${flag} pattern ${text}`, {
        hint: "`*` stands for any characters, `?` for one, `[ab]` and `{a,b}` for a choice.",
      });
      return [];
    });
  return { only: read("only"), except: read("except") };
}

function isSelected(name: string, { only, except }: Selection): boolean {
  return (
    (only.length === 0 || only.some(({ expression }) => expression.test(name))) && !except.some(({ expression }) => expression.test(name))
  );
}

function unmatchedOf(list: readonly Pattern[], names: readonly string[]): string[] {
  return list.filter(({ expression }) => !names.some((name) => expression.test(name))).map(({ text }) => text);
}

function withoutRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const { code, summary, detail, subject } = diagnostic;
    if (subject === undefined) return true;
    const key = JSON.stringify([code, summary, detail, subject.filename, subject.start, subject.end]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

interface BuildOfPlan {
  readonly config: Hcl2Config;
  readonly content: Hcl2Content;
  /** Where components without a native part are gathered; without it they are mistakes. */
  readonly notNative: NotNative | undefined;
  readonly settings: RunSettings;
  readonly paths: PathNotes;
  readonly build: BuildBlock;
  readonly use: SourceUse;
  readonly name: string;
  readonly except: readonly Pattern[];
}

/** What the parts of one build share. */
interface PartsOfBuild extends BuildOfPlan {
  readonly context: BuildContext;
  readonly problems: ProblemList;
  /** What expressions may use, as long as nothing runs. */
  readonly planning: () => EvalContext;
  /** Grows with every part that turns out to be for this build. */
  readonly bodies: Body[];
}

async function planBuild(of: BuildOfPlan): Promise<{ build?: PlannedBuild; diagnostics: readonly Diagnostic[] }> {
  const { config, use, build, name } = of;
  const { request } = config;
  const { source } = use;
  const problems = problemList();
  let generates: readonly string[] = [];
  const world: EngineWorld = {
    startedAt: request.startedAt,
    host: request.host,
    packerVersion: request.packerVersion,
    ...(of.settings.templateDir === undefined ? {} : { templateDir: of.settings.templateDir }),
  };
  const context: BuildContext = {
    // Packer gives plugins the source's own name, whatever the build calls it.
    build: { name: source.name, builderType: source.type },
    settings: of.settings,
    host: request.host,
    world,
    user: () => "",
    generates: () => generates,
    hide: request.hide,
    notePaths: of.paths.of(name),
  };
  const body = use.extra === undefined ? source.body : mergeBodies([source.body, use.extra]);
  const bodies: Body[] = [body];
  let planning: { readonly of: readonly string[]; readonly context: EvalContext } | undefined;
  const parts: PartsOfBuild = {
    ...of,
    context,
    problems,
    bodies,
    planning: () => {
      if (planning?.of !== generates) planning = { of: generates, context: planningContext(of, generates) };
      return planning.context;
    },
  };
  const builder = findComponent(config.catalog.builders, "builder", source.type, source.range.toRange(), of.notNative, problems);
  if (builder === undefined) problems.add(checkReferences(body, parts.planning()));
  const label = `source "${source.type}" "${source.name}"`;
  const planned =
    builder &&
    (await planBuilder(
      { builder, label, range: source.range.toRange(), body: (schema, generated) => readBody(body, schema, parts, generated) },
      config.catalog,
      context,
    ));
  if (planned !== undefined) {
    problems.add(planned.prepared.diagnostics);
    generates = planned.prepared.generates;
  }
  const provisioners = [];
  for (const part of build.provisioners) provisioners.push(...(await planProvisioner(part, "provisioner", parts)));
  const cleanup =
    build.errorCleanupProvisioner && (await planProvisioner(build.errorCleanupProvisioner, "error-cleanup-provisioner", parts))[0];
  const postProcessors = await planPostProcessors(parts);
  checkConnections(name, planned, provisioners, problems);
  if (planned?.communicator === undefined) return { diagnostics: problems.all };
  return {
    diagnostics: problems.all,
    build: {
      name,
      sourceName: source.name,
      builderType: source.type,
      range: use.range.toRange(),
      builder: planned.builder,
      communicator: planned.communicator,
      provisioners,
      ...(cleanup === undefined ? {} : { errorCleanupProvisioner: cleanup }),
      postProcessors,
      variables: usedVariables(parts.bodies, config),
    },
  };
}

/** Evaluates a body with what the run has published, if there is a run; values from outside are fetched on the way. */
function readBody(
  body: Body,
  schema: OptionSchema,
  parts: PartsOfBuild,
  generated: GeneratedData | undefined,
  over?: RawMap,
): Promise<BodyReading> {
  return parts.config.lookups.complete(() => {
    const reading = rawBody(
      body,
      schema,
      generated === undefined ? parts.planning() : evaluationContext(parts, publishedValues(generated)),
      parts.config.request.hide,
    );
    return over === undefined ? reading : { ...reading, body: mergeOver(reading.body, over) };
  });
}

/** With the names that the builder is going to publish; their values are not known. */
function planningContext(of: BuildOfPlan, generates: readonly string[]): EvalContext {
  const typeOf = (key: string): Type =>
    key === "Port" || key === "PackerHTTPPort" ? numberType : key === "name" ? dynamicType : stringType;
  return evaluationContext(
    of,
    [...COMMON_BUILD_KEYS, ...generates].map((key) => [key, unknownValue(typeOf(key))] as const),
  );
}

/** `build` and `source` beside everything else. */
function evaluationContext({ content, build, use }: BuildOfPlan, published: readonly (readonly [string, Value])[]): EvalContext {
  const source = objectValue([
    ["type", stringValue(use.source.type)],
    ["name", stringValue(use.localName)],
  ]);
  const known: readonly (readonly [string, Value])[] = [["name", stringValue(build.name)]];
  const variables = new Map([
    ...(content.context.variables ?? []),
    ["source", source],
    ["build", objectValue([...published, ...known])],
  ] as const);
  return { ...content.context, variables };
}

function publishedValues(generated: GeneratedData): readonly (readonly [string, Value])[] {
  return Object.entries(generated).map(
    ([key, value]) =>
      [key, typeof value === "number" ? numberValue(value) : typeof value === "boolean" ? boolValue(value) : stringValue(value)] as const,
  );
}

async function planProvisioner(part: PartBlock, word: string, parts: PartsOfBuild): Promise<readonly PlannedProvisioner[]> {
  const { config, context, problems, use } = parts;
  const meta = metaOf("provisioner", part.body, parts.planning(), problems);
  checkNames(meta, parts);
  if (!isFor(meta, use)) return [];
  const component = findComponent(config.catalog.provisioners, "provisioner", part.type, part.range.toRange(), parts.notNative, problems);
  if (component === undefined) {
    problems.add(checkReferences(meta.body, parts.planning()));
    return [];
  }
  const over = meta.override.get(use.localName);
  const body = (schema: OptionSchema, generated: GeneratedData | undefined): Promise<BodyReading> =>
    readBody(meta.body, schema, parts, generated, over);
  const planned = planComponent({ component, label: `${word} "${part.type}"`, range: part.range.toRange(), body }, context);
  problems.add((await planned.prepare()).diagnostics);
  parts.bodies.push(part.body);
  return [
    {
      ...planned,
      type: part.type,
      ...(meta.name === undefined ? {} : { name: meta.name }),
      pauseBefore: meta.pauseBefore,
      timeout: meta.timeout,
      maxRetries: meta.maxRetries,
      ...(meta.continueOnError ? { continueOnError: true } : {}),
    },
  ];
}

/** Packer skips a name that nothing has, without a word. */
function checkNames({ only, except, namesRange }: PartMeta, { build, problems }: PartsOfBuild): void {
  if (build.references === undefined) return;
  const known = [...new Set([...build.uses.map(({ source, localName }) => `${source.type}.${localName}`), ...build.references])];
  for (const name of [...only, ...except]) {
    if (known.includes(name)) continue;
    const near = didYouMean(name, known);
    const hint = near === undefined ? `Its sources are ${known.join(", ")}.` : `did you mean "${near}"?`;
    problems.warning("template/unknown-build", namesRange?.toRange(), `This build has no source "${name}"`, { hint });
  }
}

function isFor({ only, except }: PartMeta, use: SourceUse): boolean {
  const name = `${use.source.type}.${use.localName}`;
  return only.length > 0 ? only.includes(name) : !except.includes(name);
}

async function planPostProcessors(parts: PartsOfBuild): Promise<readonly (readonly PlannedPostProcessor[])[]> {
  const { build, use, except, config, problems, context } = parts;
  const planned: PlannedPostProcessor[][] = [];
  for (const sequence of build.postProcessors) {
    const steps: PlannedPostProcessor[] = [];
    for (const part of sequence) {
      const meta = metaOf("post-processor", part.body, parts.planning(), problems);
      const name = meta.name ?? part.type;
      if (except.some(({ expression }) => expression.test(name))) break;
      checkNames(meta, parts);
      if (!isFor(meta, use)) continue;
      const component = findComponent(
        config.catalog.postProcessors,
        "post-processor",
        part.type,
        part.range.toRange(),
        parts.notNative,
        problems,
      );
      if (component === undefined) {
        problems.add(checkReferences(meta.body, parts.planning()));
        continue;
      }
      const body = (schema: OptionSchema, generated: GeneratedData | undefined): Promise<BodyReading> =>
        readBody(meta.body, schema, parts, generated);
      const one = planComponent({ component, label: `post-processor "${part.type}"`, range: part.range.toRange(), body }, context);
      problems.add((await one.prepare()).diagnostics);
      parts.bodies.push(part.body);
      steps.push({
        ...one,
        type: part.type,
        name,
        ...(meta.keepInputArtifact === undefined ? {} : { keepInputArtifact: meta.keepInputArtifact }),
      });
    }
    if (steps.length > 0) planned.push(steps);
  }
  return planned;
}

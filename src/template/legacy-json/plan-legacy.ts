// A JSON template with its variables -> a Plan.

import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { Catalog } from "../../sdk/catalog.ts";
import type { RunSettings } from "../../sdk/run.ts";
import { checkConnections } from "../connection-needed.ts";
import { renderText, reportProblems } from "../engine/render.ts";
import type { EngineWorld } from "../engine/scope.ts";
import { findComponent, type NotNative, notNativeComponents } from "../find-component.ts";
import type { LoadRequest, PlanRequest, PlanResult } from "../loading.ts";
import { PathNotes } from "../path-notes.ts";
import type { PlannedBuild } from "../plan.ts";
import { planBuilder } from "../plan-builder.ts";
import type { BuildContext } from "../plan-component.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import { compareVersions, parseVersion } from "../version.ts";
import type { LegacyBuilder } from "./legacy-template.ts";
import { planPostProcessors, planProvisioner } from "./plan-parts.ts";
import type { ReadTemplate } from "./read-template.ts";
import { usedVariables } from "./used-variables.ts";
import { resolveVariables, type Variables } from "./variables.ts";

export interface LegacyPlanning {
  readonly catalog: Catalog;
  readonly read: ReadTemplate;
  readonly given: ReadonlyMap<string, string>;
  readonly world: EngineWorld;
  readonly request: LoadRequest;
  readonly wanted: PlanRequest;
  readonly settings: RunSettings;
  /** Where components without a native part are gathered; without it they are mistakes. */
  readonly notNative?: NotNative | undefined;
  readonly paths: PathNotes;
}

/** Plans the selected builds. A build with mistakes is left out and reported; the others stay. */
export async function planLegacy(planning: Omit<LegacyPlanning, "paths" | "notNative">): Promise<PlanResult> {
  const { read, wanted, request } = planning;
  const problems = problemList();
  problems.add(read.checks);
  if (read.template.builders.length === 0)
    problems.error("template/no-builders", undefined, "at least one builder must be defined", {
      hint: 'Add "builders": [ { "type": "…" } ].',
    });
  checkVersion(planning, problems);
  const variables = await resolveVariables({
    template: read.template,
    given: planning.given,
    world: planning.world,
    lookups: request.lookups,
    allowUnset: request.allowUnsetVars === true,
    hide: request.hide,
  });
  problems.add(variables.diagnostics);
  const named = read.template.builders
    .flatMap((builder) => nameOf(builder, variables, planning, problems) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const buildNames = named.map(({ name }) => name);
  const unsettledNames = named.flatMap(({ name, isSettled }) => (isSettled ? [] : [name]));
  const result = { buildNames, unsettledNames, unmatched: unmatched(planning, buildNames), settings: planning.settings };
  // Without its variables a template would only produce mistakes that are not there.
  if (hasErrors(problems.all)) return { ...result, plan: { builds: [] }, diagnostics: problems.all };
  const notNative = wanted.formOnly === true ? notNativeComponents() : undefined;
  const paths = new PathNotes(request.host.cwd);
  const builds: PlannedBuild[] = [];
  const reported: Diagnostic[] = [...problems.all];
  for (const { builder, name } of named) {
    if (!isSelected(name, wanted)) continue;
    const planned = await planBuild(builder, name, variables, { ...planning, paths, notNative });
    reported.push(...planned.diagnostics);
    if (planned.build !== undefined && (wanted.listOnly === true || !hasErrors(planned.diagnostics))) builds.push(planned.build);
  }
  return { ...result, plan: { builds }, diagnostics: withoutRepeats([...reported, ...paths.problems(), ...(notNative?.notice() ?? [])]) };
}

/** The same mistake of a provisioner that several builds share is said once. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const key = JSON.stringify([diagnostic.code, diagnostic.summary, diagnostic.detail, diagnostic.subject]);
    if (diagnostic.subject !== undefined && seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function isSelected(name: string, { only, except }: PlanRequest): boolean {
  return (only.length === 0 || only.includes(name)) && !except.includes(name);
}

function unmatched({ read, wanted }: Pick<LegacyPlanning, "read" | "wanted">, buildNames: readonly string[]): string[] {
  const steps = read.template.postProcessors.flat().map((step) => step.name);
  return [
    ...wanted.only.filter((name) => !buildNames.includes(name)),
    ...wanted.except.filter((name) => !buildNames.includes(name) && !steps.includes(name)),
  ];
}

function checkVersion({ read, request }: Pick<LegacyPlanning, "read" | "request">, problems: ProblemList): void {
  const wanted = read.template.minVersion;
  if (wanted === undefined || wanted.text === "") return;
  const minimum = parseVersion(wanted.text);
  const ours = parseVersion(request.packerVersion) ?? [0, 0, 0];
  if (minimum === undefined)
    problems.error("template/version", wanted.range(), `min_version is invalid: "${wanted.text}" is no version`, {
      hint: 'Write it as "1.6.0".',
    });
  else if (compareVersions(ours, minimum) < 0) {
    problems.error(
      "template/version",
      wanted.range(),
      `This template requires Packer version ${wanted.text} or higher; using ${request.packerVersion}`,
    );
  }
}

/** The build's name: rendered until nothing changes, as Packer does. */
function nameOf(
  builder: LegacyBuilder,
  variables: Variables,
  planning: Pick<LegacyPlanning, "world">,
  problems: ProblemList,
): { builder: LegacyBuilder; name: string; isSettled: boolean } | undefined {
  let name = builder.rawName;
  let isSettled = true;
  const user = (variable: string): string => {
    if (variables.unset.has(variable)) isSettled = false;
    return variables.values.get(variable) ?? "";
  };
  for (let round = 0; round < 10; round++) {
    const rendered = renderText(name, { stage: "name", world: planning.world, user });
    if ("problems" in rendered) {
      reportProblems(
        rendered.problems.map((problem) => ({
          ...problem,
          message: `Error interpolating builder '${builder.rawName}': ${problem.message}`,
        })),
        problems,
        (offset, length) => (round === 0 ? builder.name.rangeWithin?.(offset, length) : builder.name.range()),
      );
      return undefined;
    }
    if (rendered.text === name) break;
    name = rendered.text;
  }
  return { builder, name, isSettled };
}

async function planBuild(
  source: LegacyBuilder,
  name: string,
  variables: Variables,
  planning: LegacyPlanning,
): Promise<{ build?: PlannedBuild; diagnostics: readonly Diagnostic[] }> {
  const { request, read } = planning;
  const problems = problemList();
  let generates: readonly string[] = [];
  const context: BuildContext = {
    build: { name, builderType: source.type },
    settings: planning.settings,
    host: request.host,
    world: planning.world,
    user: (variable, pending) => {
      if (variables.unset.has(variable)) pending();
      return variables.values.get(variable) ?? "";
    },
    generates: () => generates,
    hide: request.hide,
    notePaths: planning.paths.of(name),
  };
  const builder = findComponent(planning.catalog.builders, "builder", source.type, source.typeRange, planning.notNative, problems);
  const planned =
    builder &&
    (await planBuilder(
      { builder, label: `builder "${source.type}"`, range: source.typeRange, body: async () => ({ body: source.body, diagnostics: [] }) },
      planning.catalog,
      context,
    ));
  if (planned !== undefined) {
    problems.add(planned.prepared.diagnostics);
    generates = planned.prepared.generates;
  }
  const parts = { context, planning, rawName: source.rawName, problems, bodies: [source.body] };
  const provisioners = [];
  for (const part of read.template.provisioners) provisioners.push(...(await planProvisioner(part, "provisioner", true, parts)));
  const cleanup =
    read.template.errorCleanupProvisioner &&
    (await planProvisioner(read.template.errorCleanupProvisioner, "error-cleanup-provisioner", false, parts))[0];
  const postProcessors = await planPostProcessors(read.template.postProcessors, parts);
  checkConnections(name, planned, provisioners, problems);
  if (planned?.communicator === undefined) return { diagnostics: problems.all };
  const build: PlannedBuild = {
    name,
    sourceName: name,
    builderType: source.type,
    ...(source.typeRange === undefined ? {} : { range: source.typeRange }),
    builder: planned.builder,
    communicator: planned.communicator,
    provisioners,
    ...(cleanup === undefined ? {} : { errorCleanupProvisioner: cleanup }),
    postProcessors,
    variables: usedVariables(parts.bodies, read.template, planning.given, variables),
  };
  return { build, diagnostics: problems.all };
}

// A JSON template with its variables -> a Plan.
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import type { Catalog } from "../../sdk/catalog.ts";
import type { RunSettings } from "../../sdk/run.ts";
import { compareVersions, parseVersion } from "../../sdk/version.ts";
import { renderText, reportProblems } from "../engine/render.ts";
import type { EngineWorld } from "../engine/scope.ts";
import type { LoadRequest, PlanRequest, PlanResult } from "../loading.ts";
import { planBuilds } from "../plan-build.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import { isSelected, listUnmatched, type NamePattern } from "../selection.ts";
import { declareBuild } from "./declare-legacy.ts";
import type { LegacyBuilder } from "./legacy-template.ts";
import type { ReadTemplate } from "./read-template.ts";
import { warnUnknownVariables } from "./unknown-variables.ts";
import { isYaml } from "./var-files.ts";
import { resolveVariables, type Variables } from "./variables.ts";

export interface LegacyPlanning {
  readonly catalog: Catalog;
  readonly read: ReadTemplate;
  readonly given: ReadonlyMap<string, string>;
  readonly world: EngineWorld;
  readonly request: LoadRequest;
  readonly wanted: PlanRequest;
  /** False after mistakes of form: then what is left of the template is only checked. */
  readonly isSound: boolean;
  /** False when a file of variables could not be read: then a variable may have a value all the same. */
  readonly isGivenComplete: boolean;
  readonly settings: RunSettings;
}

/** Plans the selected builds. */
export async function planLegacy(planning: LegacyPlanning): Promise<PlanResult> {
  const { read, given, world, wanted, request, catalog, settings } = planning;
  const { template } = read;
  const problems = problemList();
  problems.add(read.checks);
  if (template.builders.length === 0 && !read.namesBuilders) {
    problems.error("template/no-builders", undefined, "at least one builder must be defined", {
      hint: isYaml(request.path)
        ? "Add builders: with a list below it, - type: …"
        : 'Add "builders": [ { "type": "…" } ].',
    });
  }
  checkVersion(planning, problems);
  const { lookups, hide, host } = request;
  const allowUnset = request.allowUnsetVars === true || !planning.isGivenComplete;
  const variables = await resolveVariables({ template, given, world, lookups, allowUnset, hide });
  problems.add(variables.diagnostics);
  problems.add(warnUnknownVariables(template, new Set([...read.declaredVariables, ...given.keys()])));
  const named = template.builders
    .flatMap((builder) => nameBuilder(builder, variables, planning, problems) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const buildNames = named.map(({ name }) => name);
  const selection = { only: wanted.only.map(matchExactly), except: wanted.except.map(matchExactly) };
  const result = {
    buildNames,
    namesAreComplete: planning.isSound && !hasErrors(problems.all),
    selectedNames: buildNames.filter((name) => isSelected(name, selection)),
    unsettledNames: named.flatMap(({ name, isSettled }) => (isSettled ? [] : [name])),
    unmatched: listUnmatched(
      selection,
      buildNames,
      template.postProcessors.flat().map(({ name }) => name),
    ),
    settings,
  };
  const declared = named.map((one) => declareBuild(one, { template, given, world, variables }));
  const told = { ...settings, userVariables: Object.fromEntries(variables.values) };
  const whole = { catalog, settings: told, world, host, hide, selection, isSound: planning.isSound };
  const planned = await planBuilds(declared, whole, wanted, problems.all);
  return { ...result, ...planned };
}

/** As Packer: names of JSON templates are no patterns. */
function matchExactly(text: string): NamePattern {
  return { text, fits: (name) => name === text };
}

function checkVersion({ read, request }: Pick<LegacyPlanning, "read" | "request">, problems: ProblemList): void {
  const wanted = read.template.minVersion;
  if (wanted === undefined || wanted.text === "") {
    return;
  }
  const minimum = parseVersion(wanted.text);
  const ours = parseVersion(request.packerVersion) ?? [0, 0, 0];
  if (minimum === undefined) {
    problems.error("template/version", wanted.range(), `min_version is invalid: "${wanted.text}" is no version`, {
      hint: 'Write it as "1.6.0".',
    });
  } else if (compareVersions(ours, minimum) < 0) {
    problems.error(
      "template/version",
      wanted.range(),
      `This template requires Packer version ${wanted.text} or higher; using ${request.packerVersion}`,
    );
  }
}

/** The build's name: rendered until nothing changes, as Packer does. */
function nameBuilder(
  builder: LegacyBuilder,
  variables: Variables,
  planning: Pick<LegacyPlanning, "world">,
  problems: ProblemList,
): { builder: LegacyBuilder; name: string; isSettled: boolean } | undefined {
  let name = builder.rawName;
  let isSettled = true;
  const user = (variable: string): string => {
    if (variables.unset.has(variable)) {
      isSettled = false;
    }
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
    if (rendered.text === name) {
      break;
    }
    name = rendered.text;
  }
  return { builder, name, isSettled };
}

// An HCL2 configuration -> a Plan.
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { readHiddenValues } from "../engine/hidden-values.ts";
import type { PlanRequest, PlanResult } from "../loading.ts";
import { planBuilds } from "../plan-build.ts";
import { type ProblemList, problemList } from "../problem-list.ts";
import { isSelected, listUnmatched, type NamePattern, type Selection } from "../selection.ts";
import type { BuildBlock, SourceUse } from "./build-block.ts";
import { declareBuild } from "./declare-hcl2.ts";
import { globPattern } from "./glob.ts";
import { completeSettings, type Hcl2Config, type Hcl2Content, readContent } from "./hcl2-config.ts";
import { neighbourThat } from "./neighbours.ts";
import { readMeta } from "./part-meta.ts";

/** Plans the selected builds; `variables` is what was wrong with the values of variables. */
export async function planHcl2(
  config: Hcl2Config,
  variables: readonly Diagnostic[],
  wanted: PlanRequest,
): Promise<PlanResult> {
  const { request, catalog } = config;
  const settings = completeSettings(config, wanted.settings);
  const content = await readContent(config, settings, wanted.evaluateDataSources ? wanted.signal : undefined);
  const problems = problemList();
  problems.add(variables);
  problems.add(content.diagnostics);
  // A build that could not be read for what it is, is there all the same.
  if (content.builds.length === 0 && config.isWhole && !hasErrors(content.diagnostics)) {
    problems.error("build/missing", undefined, "Missing build block", {
      detail: "A build block with one or more sources is required for executing a build.",
      hint: neighbourThat(request, { declares: "build" }),
    });
  }
  const { packerVersion, host, startedAt, hide } = request;
  const selection = readSelection(wanted, problems);
  const named = content.builds.flatMap((build) =>
    build.uses.map((use) => ({ build, use, name: nameBuild(build, use) })),
  );
  const buildNames = named.map(({ name }) => name);
  const declared = named.map((one) => declareBuild(one, config, content));
  const { templateDir } = settings;
  const world = {
    language: "hcl2" as const,
    startedAt,
    host,
    packerVersion,
    templateDir,
    hidden: readHiddenValues(request),
  };
  // What could not be worked out is unknown, so that the builds can be checked all the same.
  const planned = await planBuilds(declared, { catalog, settings, world, host, hide, selection }, wanted, problems.all);
  const diagnostics = [...planned.diagnostics, ...listSpent(content.context, planned.diagnostics)];
  return {
    ...planned,
    diagnostics,
    buildNames,
    namesAreComplete: config.isWhole && !hasErrors(content.diagnostics),
    selectedNames: buildNames.filter((name) => isSelected(name, selection)),
    unsettledNames: named.flatMap(({ build, name }) => (build.nameIsKnown ? [] : [name])),
    unmatched: listUnmatched(selection, buildNames, postProcessorNames(content)),
    settings,
  };
}

/** What was given up may have been in a `try` or the like, which tells nobody. */
function listSpent({ budget }: EvalContext, found: readonly Diagnostic[]): readonly Diagnostic[] {
  if (budget?.isSpent !== true || found.some(({ code }) => code === "hcl/too-large")) {
    return [];
  }
  return [{ code: "hcl/too-large", severity: "error", summary: "The expressions of this template are too much work" }];
}

/** `TYPE.NAME`, with the name of the build in front when it has one. */
function nameBuild(build: BuildBlock, use: SourceUse): string {
  const name = `${use.source.type}.${use.localName}`;
  return build.name === "" ? name : `${build.name}.${name}`;
}

/** What `-except` may name beside builds. */
function postProcessorNames({ builds, context }: Hcl2Content): string[] {
  return builds.flatMap(({ postProcessors }) =>
    postProcessors
      .flat()
      .flatMap(({ type, body }) => [type, readMeta("post-processor", body, context, problemList()).name ?? type]),
  );
}

function readSelection(wanted: PlanRequest, problems: ProblemList): Selection {
  const read = (flag: "only" | "except"): readonly NamePattern[] =>
    wanted[flag].flatMap((text) => {
      const expression = globPattern(text);
      if (expression !== undefined) {
        return { text, fits: (name: string) => expression.test(name) };
      }
      problems.error("template/pattern", undefined, `Invalid -${flag} pattern ${text}`, {
        hint: "`*` stands for any characters, `?` for one, `[ab]` and `{a,b}` for a choice.",
      });
      return [];
    });
  return { only: read("only"), except: read("except") };
}

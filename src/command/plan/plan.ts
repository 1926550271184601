// `plan`: what would be built, without building it and without what only a build needs.
import { relative } from "node:path";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import { NO_CONNECTION } from "../../sdk/communicator.ts";
import { option } from "../../sdk/option.ts";
import { literalPattern } from "../../template/blocks/glob.ts";
import type { LoadedTemplate, PlanResult } from "../../template/loading.ts";
import { type CommandContext, defineCommand, edge } from "../command.ts";
import { planTemplate as planBuilds } from "../plan-template.ts";
import {
  formatOptions,
  load,
  refuse,
  selectionOptions,
  type TemplateConfig,
  variableOptions,
} from "../template-options.ts";
import { changedFiles } from "./changed-files.ts";
import { combinePlans, makeMatrixEntries } from "./matrix.ts";
import { chooseRunner, findUnusedRunners } from "./matrix-runner.ts";
import { cutNetwork, holdsStandIn } from "./offline.ts";
import { type BuildFacts, pickFacts } from "./template-plan.ts";

/** Milliseconds; far enough for every part of a date to be another one. */
const ANOTHER_TIME = 40_000_000_000;
const settings = { force: false, debug: false, onError: "cleanup" } as const;

export const plan = defineCommand({
  name: "plan",
  summary: "Lists the builds that would run",
  description:
    "Reads a template and lists its builds with their builder, provisioners and post-processors. Nothing is built or fetched: variables without a value are unknown, and so is what data sources would read.",
  argument: "TEMPLATE",
  templateUse: "evaluate",
  comparesImages: true,
  outputs: {
    matrix:
      "Of `plan`: JSON object for `strategy.matrix`, with one entry a build: `template`, `only`, `except` (if set), `name`, `builder`, `runner`.",
    count:
      "Of `plan`: the number of entries in `matrix`. GitHub refuses an empty matrix, so compare it with `0` first.",
  },
  options: {
    ...selectionOptions,
    ...variableOptions,
    ...formatOptions,
    json: edge(option.bool({ default: false, description: "Print the list as JSON." }), { input: false }),
    runners: edge(
      option.stringMap({
        description:
          "Label of the runner for builds of a builder, or for builds whose names fit a pattern. Several labels are a list. What a build needs unless set: `windows-latest` for Windows containers, `ubuntu-24.04-arm` for ARM containers, else `ubuntu-latest`.",
      }),
      { placeholder: "'builder=label'" },
    ),
    touched_only: edge(
      option.bool({
        default: false,
        description:
          "Leave out templates that the pull request or push does not touch: neither their files and files of variables, nor a file that their builds upload, run or name. All are planned when it is not known what was changed.",
      }),
      { flag: false },
    ),
  },
  async run(config, template, context) {
    const { face } = context;
    const loaded = await load(template, config, cutNetwork(context), { allowUnsetVars: true });
    const refused = refuse(loaded, context);
    if (refused !== undefined) {
      return refused;
    }
    const { only, except } = config;
    const request = { only, except, settings, formOnly: true, listOnly: true, evaluateDataSources: false };
    const planned = await planBuilds(loaded, request, context);
    const again = { template, config, context };
    if (config.touched_only && !(await isTouched(loaded, planned, again))) {
      return { exitCode: 0, diagnostics: [] };
    }
    const { builds } = planned.plan;
    const unsettled = [...planned.unsettledNames, ...planned.buildNames.filter(holdsStandIn)];
    const unsteady = new Set([...unsettled, ...(await findNamesThatChange(loaded, planned, again))]);
    const chosen = planned.buildNames.length > 1 ? builds.filter(({ name }) => unsteady.has(name)) : [];
    const diagnostics = [
      ...planned.diagnostics.map(withoutValues),
      ...chosen.map(({ name }) => reportUnsteadyName(name, unsettled.includes(name))),
      ...reportLeftOut(planned),
      ...findUnusedRunners(builds, config.runners).map((key) => reportUnusedRunner(key, planned)),
    ];
    face.diagnostics(diagnostics, loaded.files);
    const facts = await Promise.all(
      builds.map(async (build) => {
        const only = loaded.language === "hcl2" ? literalPattern(build.name) : build.name;
        return pickFacts(build, unsteady.has(build.name) ? undefined : only, await chooseRunner(build, config.runners));
      }),
    );
    if (config.json) {
      print({ template, language: loaded.language, builds: facts.map(asJson) }, context);
    } else {
      show(template, facts, context);
    }
    const include = makeMatrixEntries(facts, template, config.except);
    return { exitCode: hasErrors(diagnostics) ? 1 : 0, diagnostics, outputs: { matrix: { include } } };
  },
  combine: combinePlans,
});

/** Also true, with a notice, when nobody knows. */
async function isTouched(
  loaded: LoadedTemplate,
  { plan: { builds } }: PlanResult,
  { template, config, context }: Again,
): Promise<boolean> {
  const { face, host } = context;
  const changed = (await context.services?.find(changedFiles)?.()) ?? {
    unknown: "There is no pull request and no push here.",
  };
  if ("unknown" in changed) {
    const summary = "Everything is planned: it is not known which files were changed";
    face.diagnostics(
      [{ code: "plan/changes-unknown", severity: "warning", summary, detail: changed.unknown }],
      new Map(),
    );
    return true;
  }
  const source = { path: template, loaded, builds, varFiles: config.var_file, cwd: host.cwd };
  const { findTouched } = await import("./touched.ts");
  const why = await findTouched(changed, source);
  face.say(why === undefined ? `${template}: not touched` : `${template}: touched by ${relative(host.cwd, why)}`);
  return why !== undefined;
}

/** What a component says about its values is only a warning: the values may be missing here, and the build says it again. */
function withoutValues(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code === "option/invalid" ? { ...diagnostic, severity: "warning" } : diagnostic;
}

interface Again {
  readonly template: string;
  readonly config: TemplateConfig;
  readonly context: CommandContext;
}

/** The names that the time or chance is part of. */
async function findNamesThatChange(
  loaded: LoadedTemplate,
  { buildNames }: PlanResult,
  { template, config, context }: Again,
): Promise<readonly string[]> {
  const mayChange = [...loaded.files.values()].some(({ text }) => /timestamp|time|date|uuid/.test(text));
  // Standard input has been read already.
  if (!mayChange || template === "-") {
    return [];
  }
  const later = await load(template, config, cutNetwork({ ...context, startedAt: context.startedAt + ANOTHER_TIME }), {
    allowUnsetVars: true,
  });
  const { signal } = context;
  const again = await later.plan({
    only: [],
    except: [],
    settings,
    formOnly: true,
    evaluateDataSources: false,
    signal,
  });
  return buildNames.filter((name) => !again.buildNames.includes(name));
}

/** Whoever runs a single build selects it by its name, which has to be the same by then. */
function reportUnsteadyName(name: string, isUnsettled: boolean): Diagnostic {
  return {
    code: "plan/unsteady-name",
    severity: "error",
    summary: isUnsettled
      ? `The name of the build "${name}" is not known yet`
      : `The build "${name}" has another name in every run`,
    detail: isUnsettled
      ? "It holds a variable that has no value here, or a value that only a build looks up."
      : "It could not be selected by its name, as other builds of the same template can.",
    hint: isUnsettled
      ? "Give the variables of names the values that they have when it is built."
      : "Give it a name without the time or a random value in it; the names of images may have them.",
  };
}

/** Whoever builds what is planned would miss it without a word. */
function reportLeftOut({ plan: { builds }, selectedNames, diagnostics }: PlanResult): readonly Diagnostic[] {
  const names = selectedNames.filter((name) => !builds.some((build) => build.name === name));
  if (names.length === 0 || hasErrors(diagnostics)) {
    return [];
  }
  return [
    {
      code: "plan/left-out",
      severity: "warning",
      summary: `${names.length === 1 ? "A build is" : `${names.length} builds are`} not in the plan: ${names.join(", ")}`,
      detail: "What builds them is not part of this program, so that it cannot build them.",
      hint: "Leave them out by name with -except, and build them with Packer itself.",
    },
  ];
}

function reportUnusedRunner(key: string, { buildNames, plan: { builds } }: PlanResult): Diagnostic {
  const meant = didYouMean(key, [...buildNames, ...builds.map(({ builderType }) => builderType)]);
  return {
    code: "plan/unused-runner",
    severity: "warning",
    summary: `No planned build has the name or the builder "${key}", for which a runner was chosen`,
    hint: meant === undefined ? undefined : `did you mean "${meant}"?`,
  };
}

function asJson({ postProcessors, ...facts }: BuildFacts): object {
  return { ...facts, post_processors: postProcessors };
}

function print(value: object, { face }: CommandContext): void {
  const text = JSON.stringify(value, undefined, 2);
  if (face.raw !== undefined) {
    face.raw(`${text}\n`);
  } else {
    face.say(text);
  }
}

function show(template: string, builds: readonly BuildFacts[], { face }: CommandContext): void {
  const lines = [`${template}: ${builds.length === 1 ? "1 build" : `${builds.length} builds`}`];
  for (const { name, builder, communicator, provisioners, postProcessors } of builds) {
    face.machine("plan-build", name, builder, communicator);
    lines.push("", `  ${name}${name === builder ? "" : ` (${builder})`}`);
    if (communicator !== NO_CONNECTION) {
      lines.push(`    communicator: ${communicator}`);
    }
    if (provisioners.length > 0) {
      lines.push(`    provisioners: ${provisioners.join(", ")}`);
    }
    for (const sequence of postProcessors) {
      lines.push(`    post-processors: ${sequence.join(" -> ")}`);
    }
  }
  face.say(lines.join("\n"));
}

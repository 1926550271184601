// Provisioners and post-processors of one build of a JSON template.
import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import { renderText, reportProblems } from "../engine/render.ts";
import { findComponent } from "../find-component.ts";
import { mergeOver } from "../merge-bodies.ts";
import type { PlannedPostProcessor, PlannedProvisioner } from "../plan.ts";
import { type BuildContext, planComponent } from "../plan-component.ts";
import type { ProblemList } from "../problem-list.ts";
import { describeRaw, type RawMap } from "../raw-value.ts";
import type { LegacyPostProcessor, LegacyProvisioner, LegacySelection } from "./legacy-template.ts";
import type { LegacyPlanning } from "./plan-legacy.ts";

export interface PartsOfBuild {
  readonly context: BuildContext;
  readonly planning: LegacyPlanning;
  /** What `only`, `except` and `override` are compared with: the builder's name as written. */
  readonly rawName: string;
  readonly problems: ProblemList;
  /** Grows with every part that turns out to be for this build. */
  readonly bodies: RawMap[];
}

/** One provisioner of the build, or none when it is not for this build. */
export async function planProvisioner(
  part: LegacyProvisioner,
  word: string,
  selects: boolean,
  of: PartsOfBuild,
): Promise<readonly PlannedProvisioner[]> {
  const { planning, context, problems } = of;
  if (selects && !isFor(part, of.rawName)) return [];
  const component = findComponent(planning.catalog.provisioners, "provisioner", part.type, part.typeRange, planning.notNative, problems);
  if (component === undefined) return [];
  const override = part.override.get(of.rawName)?.body;
  const body = override === undefined ? part.body : mergeOver(part.body, override);
  of.bodies.push(body);
  const planned = planComponent(
    { component, label: `${word} "${part.type}"`, range: part.typeRange, body: async () => ({ body, diagnostics: [] }) },
    context,
  );
  problems.add((await planned.prepare()).diagnostics);
  return [{ ...planned, type: part.type, pauseBefore: part.pauseBefore, timeout: part.timeout, maxRetries: retriesOf(part, of) }];
}

function isFor({ only, except }: LegacySelection, rawName: string): boolean {
  if (only !== undefined && only.length > 0) return only.some(({ text }) => text === rawName);
  return !(except ?? []).some(({ text }) => text === rawName);
}

function retriesOf(part: LegacyProvisioner, { context, problems }: PartsOfBuild): number {
  const value = part.maxRetries;
  if (value === undefined || value.is === "null") return 0;
  if (value.is !== "string" && value.is !== "number") {
    problems.error("option/wrong-type", value.range(), `"max_retries" must be a whole number, but is ${describeRaw(value)}`);
    return 0;
  }
  const scope = { stage: "name" as const, world: context.world, user: (name: string) => context.user(name, () => {}) };
  const rendered = renderText(value.text, scope);
  if ("problems" in rendered) {
    reportProblems(rendered.problems, problems, (offset, length) => value.rangeWithin?.(offset, length) ?? value.range());
    return 0;
  }
  if (rendered.text === "") return 0;
  if (/^[+-]?\d+$/.test(rendered.text)) return Number(rendered.text);
  problems.error("option/wrong-type", value.range(), "`max_retries` must be a valid integer", {
    detail: `It is ${JSON.stringify(rendered.text)}.`,
  });
  return 0;
}

/** The sequences of the build. A step that `-except` names ends its sequence there. */
export async function planPostProcessors(
  sequences: readonly (readonly LegacyPostProcessor[])[],
  of: PartsOfBuild,
): Promise<readonly (readonly PlannedPostProcessor[])[]> {
  const planned: PlannedPostProcessor[][] = [];
  for (const sequence of sequences) {
    const steps: PlannedPostProcessor[] = [];
    for (const step of sequence) {
      if (of.planning.wanted.except.includes(step.name)) break;
      if (isFor(step, of.rawName)) steps.push(...(await planPostProcessor(step, of)));
    }
    if (steps.length > 0) planned.push(steps);
  }
  return planned;
}

async function planPostProcessor(
  part: LegacyPostProcessor,
  { planning, context, problems, bodies }: PartsOfBuild,
): Promise<readonly PlannedPostProcessor[]> {
  const component = findComponent(
    planning.catalog.postProcessors,
    "post-processor",
    part.type,
    part.typeRange,
    planning.notNative,
    problems,
  );
  if (component === undefined) return [];
  bodies.push(part.body);
  const range: SourceRange | undefined = part.typeRange;
  const planned = planComponent(
    { component, label: `post-processor "${part.type}"`, range, body: async () => ({ body: part.body, diagnostics: [] }) },
    context,
  );
  problems.add((await planned.prepare()).diagnostics);
  return [
    {
      ...planned,
      type: part.type,
      name: part.name,
      ...(part.keepInputArtifact === undefined ? {} : { keepInputArtifact: part.keepInputArtifact }),
    },
  ];
}

// One builder of a JSON template with the parts for it, as the planner takes it.
import type { DeclaredBuild, DeclaredPart, DeclaredProvisioner, DeclaredStep } from "../declared-build.ts";
import { renderText, reportProblems } from "../engine/render.ts";
import type { EngineWorld } from "../engine/scope.ts";
import { mergeOver } from "../merge-bodies.ts";
import type { ProblemList } from "../problem-list.ts";
import { describeRaw, type RawMap } from "../raw-value.ts";
import type {
  LegacyBuilder,
  LegacyPart,
  LegacyProvisioner,
  LegacySelection,
  LegacyTemplate,
} from "./legacy-template.ts";
import { findUsedVariables } from "./used-variables.ts";
import type { Variables } from "./variables.ts";

/** A builder under the name that `-only` knows. */
export interface NamedBuilder {
  readonly builder: LegacyBuilder;
  readonly name: string;
}

/** What all builds of a template share. */
export interface LegacyScope {
  readonly template: LegacyTemplate;
  readonly given: ReadonlyMap<string, string>;
  readonly world: EngineWorld;
  readonly variables: Variables;
}

export function declareBuild({ builder, name }: NamedBuilder, scope: LegacyScope): DeclaredBuild<RawMap> {
  const { template, given, variables } = scope;
  const { rawName } = builder;
  const cleanup = template.errorCleanupProvisioner;
  return {
    name,
    sourceName: name,
    range: builder.typeRange,
    builder: declarePart(builder, `builder "${builder.type}"`),
    provisioners: template.provisioners.map((part) => () => declareProvisioner(part, "provisioner", rawName, scope)),
    errorCleanupProvisioner:
      cleanup &&
      // As Packer: neither `only` nor `except` keeps it from a build.
      (() => ({ ...declareProvisioner(cleanup, "error-cleanup-provisioner", rawName, scope), isForBuild: () => true })),
    postProcessors: template.postProcessors.map((sequence) =>
      sequence.map((part) => () => {
        const { name: step, keepInputArtifact } = part;
        return { ...declareStep(part, `post-processor "${part.type}"`, rawName), name: step, keepInputArtifact };
      }),
    ),
    readUserVariable: (variable, pending) => {
      if (variables.unset.has(variable)) {
        pending();
      }
      return variables.values.get(variable) ?? "";
    },
    listVariables: (written) => findUsedVariables(written, template, given, variables),
  };
}

function declarePart({ type, typeRange, body }: LegacyPart, label: string): DeclaredPart<RawMap> {
  const reading = { body, diagnostics: [] };
  return { type, label, range: typeRange, written: body, body: async () => reading, checkUnknown: () => [] };
}

/** `rawName` is the builder's name as written: what `only`, `except` and `override` are compared with. */
function declareStep(part: LegacyPart & LegacySelection, label: string, rawName: string): DeclaredStep<RawMap> {
  return { ...declarePart(part, label), isForBuild: () => isFor(part, rawName) };
}

function isFor({ only, except }: LegacySelection, rawName: string): boolean {
  if (only !== undefined && only.length > 0) {
    return only.some(({ text }) => text === rawName);
  }
  return !(except ?? []).some(({ text }) => text === rawName);
}

function declareProvisioner(
  part: LegacyProvisioner,
  word: string,
  rawName: string,
  scope: LegacyScope,
): DeclaredProvisioner<RawMap> {
  const override = part.override.get(rawName)?.body;
  const body = override === undefined ? part.body : mergeOver(part.body, override);
  const { pauseBefore, timeout } = part;
  const step = declareStep({ ...part, body }, `${word} "${part.type}"`, rawName);
  return { ...step, pauseBefore, timeout, readMaxRetries: (problems) => readMaxRetries(part, scope, problems) };
}

function readMaxRetries(
  { maxRetries: value }: LegacyProvisioner,
  { world, variables }: LegacyScope,
  problems: ProblemList,
): number {
  if (value === undefined || value.is === "null") {
    return 0;
  }
  if (value.is !== "string" && value.is !== "number") {
    problems.error(
      "option/wrong-type",
      value.range(),
      `"max_retries" must be a whole number, but is ${describeRaw(value)}`,
    );
    return 0;
  }
  const rendered = renderText(value.text, { stage: "name", world, user: (name) => variables.values.get(name) ?? "" });
  if ("problems" in rendered) {
    reportProblems(
      rendered.problems,
      problems,
      (offset, length) => value.rangeWithin?.(offset, length) ?? value.range(),
    );
    return 0;
  }
  if (rendered.text === "") {
    return 0;
  }
  if (/^[+-]?\d+$/.test(rendered.text)) {
    return Number(rendered.text);
  }
  problems.error("option/wrong-type", value.range(), "`max_retries` must be a valid integer", {
    detail: `It is ${JSON.stringify(rendered.text)}.`,
  });
  return 0;
}

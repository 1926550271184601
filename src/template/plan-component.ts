// One component of a plan: decodes its options when asked, with what is known by then.

import { BuildError } from "../diagnostic/build-error.ts";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import type { TemplateRecord } from "../gotemplate/value.ts";
import type { Host } from "../host/host.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { Component, PrepareContext } from "../sdk/component.ts";
import type { OptionSchema } from "../sdk/option.ts";
import type { BuildIdentity, RunSettings } from "../sdk/run.ts";
import { type Decoded, decodeOptions } from "./decode-options.ts";
import { buildData, checkValue, renderText, renderValue } from "./engine/render.ts";
import type { EngineScope, EngineWorld } from "./engine/scope.ts";
import { partWordsOf } from "./part-words.ts";
import type { PlannedComponent, Prepared } from "./plan.ts";
import { problemList } from "./problem-list.ts";
import type { RawMap } from "./raw-value.ts";

/** What all components of one build share. */
export interface BuildContext {
  readonly build: BuildIdentity;
  readonly settings: RunSettings;
  readonly host: Host;
  readonly world: EngineWorld;
  /** Value of a user variable; the empty text for one that does not exist. */
  readonly user: (name: string, pending: () => void) => string;
  /** Names the builder publishes beside the common ones; known once it is prepared. */
  readonly generates: () => readonly string[];
  readonly hide: (secret: string) => void;
}

/** The options of a component as the template has them, and what was wrong with reading them. */
export interface BodyReading {
  readonly body: RawMap;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ComponentSource<C extends Component> {
  readonly component: C;
  readonly label: string;
  readonly range: SourceRange | undefined;
  /** Its options; with `generated` the values are those of the run. */
  readonly body: (schema: OptionSchema, generated: GeneratedData | undefined) => Promise<BodyReading>;
  /** Beside the component's own: the builder's communicators. */
  readonly schema?: OptionSchema;
}

export function planComponent<C extends Component>(source: ComponentSource<C>, context: BuildContext): PlannedComponent<C> {
  return {
    component: source.component,
    label: source.label,
    ...(source.range === undefined ? {} : { range: source.range }),
    prepare: async (generated) =>
      preparedOf(await prepareComponent(source, source.component, context, await decode(source, context, generated))),
    render: (text, data, generated) => renderLate(source, text, data, generated, context),
  };
}

/** Decodes the options of a component. */
export async function decode(
  source: ComponentSource<Component>,
  context: BuildContext,
  generated: GeneratedData | undefined,
): Promise<Decoded> {
  const schema = source.schema ?? source.component.options;
  const reading = await source.body(schema, generated);
  const decoded = decodeOptions({
    schema,
    words: partWordsOf(source.component.kind),
    body: reading.body,
    label: source.label,
    range: source.range,
    hide: context.hide,
    render: (value, late, problems) => {
      let pending = false;
      const scope = scopeOf(context, generated, () => {
        pending = true;
      });
      if (!late) return { value: renderValue(value, scope, buildData(scope), problems), pending };
      checkValue(value, problems);
      return { value, pending };
    },
  });
  return { ...decoded, diagnostics: [...reading.diagnostics.map((found) => ({ within: source.label, ...found })), ...decoded.diagnostics] };
}

export interface PrepareResult extends Decoded {
  readonly generates: readonly string[];
}

/** Lets a component check what the schema cannot say. */
export async function prepareComponent(
  source: Pick<ComponentSource<Component>, "label" | "range">,
  component: Component,
  context: BuildContext,
  decoded: Decoded,
  communicator?: PrepareContext["communicator"],
): Promise<PrepareResult> {
  const generates: string[] = [];
  // A component relies on the types of its options; it is not asked about a body that does not fit them.
  const broken = decoded.diagnostics.some(
    ({ severity, code }) => severity === "error" && (code === "option/wrong-type" || code === "option/duration"),
  );
  if (component.prepare === undefined || broken) return { ...decoded, generates };
  const problems = problemList(source.label);
  const heldBack = (option: string): boolean => decoded.pending.has(option.split(/[.[]/)[0] ?? "");
  const prepareContext: PrepareContext = {
    problem: (option, summary, more) => {
      if (!heldBack(option) && !decoded.missing.has(option)) problems.error("option/invalid", decoded.rangeOf(option), summary, more);
    },
    warn: (option, summary) => problems.warning("option/doubtful", decoded.rangeOf(option), summary),
    generates: (...names) => generates.push(...names),
    isSet: (option) => decoded.set.has(option),
    isPending: (option) => decoded.pending.has(option),
    build: context.build,
    settings: context.settings,
    host: context.host,
    ...(communicator === undefined ? {} : { communicator }),
  };
  await component.prepare(decoded.config as never, prepareContext);
  return { ...decoded, diagnostics: [...decoded.diagnostics, ...problems.all], generates };
}

export function preparedOf(result: PrepareResult): Prepared {
  return {
    config: result.config,
    raw: result.raw,
    diagnostics: result.diagnostics,
    generates: result.generates,
    pending: [...result.pending],
  };
}

function scopeOf(
  context: BuildContext,
  generated: GeneratedData | undefined,
  pending: () => void,
): Extract<EngineScope, { stage: "component" }> {
  return {
    stage: "component",
    world: context.world,
    user: (name) => context.user(name, pending),
    // Packer's build_name is the source's own name.
    buildName: context.build.name,
    builderType: context.build.builderType,
    ...(generated === undefined ? {} : { generated }),
    pending,
    generates: context.generates(),
  };
}

function renderLate(
  source: Pick<ComponentSource<Component>, "label" | "range">,
  text: string,
  data: Readonly<Record<string, unknown>>,
  generated: GeneratedData,
  context: BuildContext,
): string {
  const scope = scopeOf(context, generated, () => {});
  const rendered = renderText(text, scope, { ...buildData(scope), ...(data as TemplateRecord) });
  if ("text" in rendered) return rendered.text;
  throw new BuildError(
    "template",
    rendered.problems.map((problem) => ({
      code: problem.code,
      severity: "error" as const,
      summary: problem.message,
      detail: `In ${source.label}, while rendering ${JSON.stringify(text)}.`,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      ...(source.range === undefined ? {} : { subject: source.range }),
    })),
  );
}

// One component of a plan: decodes its options when asked, with what is known by then.

import { BuildError } from "../diagnostic/build-error.ts";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import type { TemplateRecord } from "../gotemplate/value.ts";
import type { Host } from "../host/host.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { PublishedName } from "../sdk/build-data.ts";
import type { Component } from "../sdk/component.ts";
import type { OptionSchema } from "../sdk/option.ts";
import type { BuildIdentity, RunSettings } from "../sdk/run.ts";
import { type Decoded, decodeOptions } from "./decode-options.ts";
import { checkLate } from "./engine/late.ts";
import { buildData, renderText, renderValue } from "./engine/render.ts";
import type { EngineScope, EngineWorld } from "./engine/scope.ts";
import type { Hide } from "./loading.ts";
import { listPartWords } from "./part-words.ts";
import type { NotePaths } from "./path-notes.ts";
import type { PlannedComponent, Prepared } from "./plan.ts";
import { type PrepareResult, type PrepareScope, prepareComponent } from "./prepare-component.ts";
import { problemList } from "./problem-list.ts";
import type { RawMap, RawValue } from "./raw-value.ts";

/** What all components of one build share. */
export interface PartContext {
  readonly build: BuildIdentity;
  readonly settings: RunSettings;
  readonly host: Host;
  readonly world: EngineWorld;
  /** Value of a user variable; the empty text for one that does not exist. */
  readonly user: (name: string, pending: () => void) => string;
  /** Names the builder publishes beside the common ones; known once it is prepared. */
  readonly generates: () => readonly PublishedName[];
  /** True when nobody knows the builder, and so what it publishes. */
  readonly publishesUnknown: () => boolean;
  readonly hide: Hide;
  readonly notePaths: NotePaths;
}

/** The options of a component as the template has them, and what was wrong with reading them. */
export interface BodyReading {
  readonly body: RawMap;
  readonly diagnostics: readonly Diagnostic[];
}

/** What is known of the values under `build` by now. */
export interface KnownData {
  /** Names that the builder publishes beside the common ones; `undefined` when nobody knows the builder. */
  readonly published: readonly PublishedName[] | undefined;
  /** Values of the run, once there is one. */
  readonly generated: GeneratedData | undefined;
}

/** Reads the options of a part. */
export type ReadBody = (schema: OptionSchema, known: KnownData) => Promise<BodyReading>;

export interface ComponentSource<C extends Component> {
  readonly component: C;
  readonly label: string;
  readonly range: SourceRange | undefined;
  readonly body: ReadBody;
  /** Beside the component's own: the builder's communicators. */
  readonly schema?: OptionSchema | undefined;
}

export function planComponent<C extends Component>(
  source: ComponentSource<C>,
  context: PartContext,
): PlannedComponent<C> {
  return {
    component: source.component,
    label: source.label,
    range: source.range,
    prepare: async (generated) => {
      const decoded = await decode(source, context, generated);
      return readPrepared(await prepareComponent(source.component, decoded, prepareScope(source.label, context)));
    },
    render: (text, data, generated) => renderLate(source, { text, data, generated }, context),
  };
}

/** Decodes the options of a component. */
export async function decode(
  source: ComponentSource<Component>,
  context: PartContext,
  generated: GeneratedData | undefined,
): Promise<Decoded> {
  const schema = source.schema ?? source.component.options;
  const reading = await source.body(schema, {
    published: context.publishesUnknown() ? undefined : context.generates(),
    generated,
  });
  const decoded = decodeOptions({
    schema,
    words: listPartWords(source.component.kind),
    body: reading.body,
    anyCase: context.world.language === "json",
    label: source.label,
    range: source.range,
    hide: context.hide,
    render: (value, option, problems) => {
      let pending = false;
      let lacksValue = false;
      const wait = (): void => {
        pending = true;
      };
      const user: PartContext["user"] = (name, tell) =>
        context.user(name, () => {
          lacksValue = true;
          tell();
        });
      const scope = makeScope({ ...context, user }, generated, wait);
      if (option.renderedElsewhere === true) {
        const rendered = renderIfComplete(value, scope);
        return { value: lacksValue ? withoutTemplates(value, rendered) : rendered, pending };
      }
      const before = problems.all.length;
      if (option.renderedLate === true || option.takesBuildData === true) {
        checkLate(value, option, scope, problems);
      }
      if (option.renderedLate === true || problems.all.length > before) {
        return { value, pending: false };
      }
      const rendered = renderValue(value, scope, buildData(scope), problems);
      return { value: lacksValue ? withoutTemplates(value, rendered) : rendered, pending };
    },
  });
  return {
    ...decoded,
    diagnostics: [...reading.diagnostics.map((found) => ({ within: source.label, ...found })), ...decoded.diagnostics],
  };
}

/** The value as its component would render it, which lives elsewhere; where that takes more than is known here, as it was. */
function renderIfComplete(value: RawValue, scope: ReturnType<typeof makeScope>): RawValue {
  const problems = problemList();
  const rendered = renderValue(value, scope, buildData(scope), problems);
  // What came out of a variable with braces in it would be rendered a second time.
  return problems.all.length > 0 || holdsTemplate(rendered) ? value : rendered;
}

function holdsTemplate(value: RawValue): boolean {
  switch (value.is) {
    case "string":
      return value.text.includes("{{");
    case "list":
      return value.items.some(holdsTemplate);
    case "map":
      return value.entries.some((entry) => holdsTemplate(entry.value));
    default:
      return false;
  }
}

/** A text with a variable in it that has no value is not known: neither empty, nor of the wrong type. */
function withoutTemplates(written: RawValue, rendered: RawValue): RawValue {
  if (written.is === "list" && rendered.is === "list") {
    const items = written.items.map((item, i) => withoutTemplates(item, rendered.items[i] ?? item));
    return { ...rendered, items };
  }
  if (written.is === "map" && rendered.is === "map") {
    const entries = rendered.entries.map((entry, i) => ({
      ...entry,
      value: withoutTemplates(written.entries[i]?.value ?? entry.value, entry.value),
    }));
    return { ...rendered, entries };
  }
  const isTemplate = written.is === "string" && written.text.includes("{{");
  return isTemplate ? { is: "unknown", range: () => written.range() } : rendered;
}

export function readPrepared(result: PrepareResult): Prepared {
  const { config, rawConfig, diagnostics, generates } = result;
  return { config, rawConfig, diagnostics, generates };
}

/** `communicator` is the one that a builder is to use. */
export function prepareScope(
  label: string,
  context: PartContext,
  communicator?: PrepareScope["communicator"],
): PrepareScope {
  const { build, settings, host, notePaths } = context;
  return { label, build, settings, host, notePaths, communicator };
}

function makeScope(
  context: PartContext,
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
    generated,
    pending,
    generates: context.generates(),
    publishesUnknown: context.publishesUnknown(),
  };
}

/** What is rendered while a component runs, and with which values. */
interface Late {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly generated: GeneratedData;
}

function renderLate(
  source: Pick<ComponentSource<Component>, "label" | "range">,
  late: Late,
  context: PartContext,
): string {
  const { text, data, generated } = late;
  const scope = makeScope(context, generated, () => {});
  const rendered = renderText(text, scope, { ...buildData(scope), ...(data as TemplateRecord) });
  if ("text" in rendered) {
    return rendered.text;
  }
  throw new BuildError(
    "template",
    rendered.problems.map((problem) => ({
      code: problem.code,
      severity: "error" as const,
      summary: problem.message,
      detail: `In ${source.label}, while rendering ${JSON.stringify(text)}.`,
      hint: problem.hint,
      subject: source.range,
    })),
  );
}

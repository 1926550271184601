// Small plans without a template, and a run of them with everything that happened to look at.
import { join } from "node:path";
import type { BuildEvent, EventSink } from "../../src/core/build-event.ts";
import { type Journal, openJournal } from "../../src/core/journal.ts";
import { type RunOptions, type RunResult, runPlan } from "../../src/core/run-plan.ts";
import { Secrets } from "../../src/core/secrets.ts";
import { objectValue, type Value } from "../../src/cty/value.ts";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import type { Host } from "../../src/host/host.ts";
import type { Artifact, GeneratedData } from "../../src/sdk/artifact.ts";
import { type Builder, type BuildRun, defineBuilder } from "../../src/sdk/builder.ts";
import { type Catalog, makeRegistry } from "../../src/sdk/catalog.ts";
import type { Communicator } from "../../src/sdk/communicator.ts";
import { type CommunicatorKind, defineCommunicator } from "../../src/sdk/communicator-kind.ts";
import type { Component } from "../../src/sdk/component.ts";
import { definePostProcessor, type PostProcessed } from "../../src/sdk/post-processor.ts";
import { defineProvisioner, type ProvisionRun } from "../../src/sdk/provisioner.ts";
import { defineResource } from "../../src/sdk/resource.ts";
import type {
  AnyResource,
  Json,
  RemovalRun,
  ResourceKind,
  ResourceRecord,
  Run,
  RunSettings,
} from "../../src/sdk/run.ts";
import type {
  Plan,
  PlannedBuild,
  PlannedCommunicator,
  PlannedComponent,
  PlannedPostProcessor,
  PlannedProvisioner,
} from "../../src/template/plan.ts";
import { fakeCommunicator } from "./communicator.ts";
import { fakeHost } from "./host.ts";
import { simpleRender } from "./run.ts";

/** What stands around a component in a plan, beside its configuration. */
export interface Around {
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** What `prepare` finds, by what it is given. */
  readonly diagnostics?: ((generated: GeneratedData | undefined) => readonly Diagnostic[]) | undefined;
  readonly rawConfig?: Value | undefined;
}

/** A component with its part of a template that nobody wrote. Its configuration is taken as it is. */
export function plannedOf<C extends Component>(
  component: C,
  { config = {}, diagnostics, rawConfig = objectValue([]) }: Around = {},
): PlannedComponent<C> {
  return {
    component,
    label: `${component.kind} "${component.type}"`,
    prepare: async (generated) => ({ config, rawConfig, diagnostics: diagnostics?.(generated) ?? [], generates: [] }),
    render: (text, data, generated) => simpleRender(text, { ...generated, ...data }, generated),
  };
}

/** A kind of thing whose making is the test's. */
export type ThingKind = ResourceKind<Json, Json, Json, [create?: () => Promise<Json>]>;

/** Things named by a text; `remove` is told of each that goes. */
export function aThing(
  remove: (record: ResourceRecord, run: RemovalRun) => Promise<void> = async () => {},
  more: Partial<ThingKind> = {},
): ThingKind {
  return defineResource({
    kind: "thing",
    title: "thing",
    async create(wanted: Json, _run: Run, create: () => Promise<Json> = async () => wanted) {
      const made = await create();
      return { made, handle: made };
    },
    remove,
    describe: ({ made }) => String(made),
    ...more,
  });
}

type Given<T> = Partial<T> & Around;

/** A builder made of its `build`, by default one that connects, provisions and gives an artifact. */
export function aBuilder(
  build: (run: BuildRun<AnyResource>) => Promise<Artifact | undefined> = connectAndProvision,
  more: Given<PlannedComponent<Builder>> & {
    type?: string | undefined;
    resources?: readonly AnyResource[] | undefined;
  } = {},
): PlannedComponent<Builder> {
  const { type = "fake", resources, ...around } = more;
  const component = defineBuilder({
    type,
    summary: "A builder of a test.",
    communicators: ["fake"],
    options: {},
    build: (_config, run) => build(run),
    resources,
  });
  return { ...plannedOf(component, around), ...around };
}

async function connectAndProvision(run: BuildRun): Promise<Artifact> {
  await run.provision(await run.connect({ host: async () => "10.0.0.1" }));
  return anArtifact("built");
}

/** A provisioner made of its `provision`. */
export function aProvisioner(
  provision: (run: ProvisionRun<AnyResource>, config: Readonly<Record<string, unknown>>) => Promise<void>,
  more: Given<PlannedProvisioner> & { resources?: readonly AnyResource[] | undefined } = {},
): PlannedProvisioner {
  const { type = "fake", resources, ...around } = more;
  const component = defineProvisioner({
    type,
    summary: "A provisioner of a test.",
    options: {},
    provision: (config, run) => provision(run, config),
    resources,
  });
  return { ...plannedOf(component, around), type, pauseBefore: 0, timeout: 0, maxRetries: 0, ...around };
}

/** A post-processor made of its `postProcess`. */
export function aPostProcessor(
  postProcess: (input: Artifact, run: Run<AnyResource>) => Promise<PostProcessed>,
  more: Given<PlannedPostProcessor> & { resources?: readonly AnyResource[] | undefined } = {},
): PlannedPostProcessor {
  const { type = "fake", resources, ...around } = more;
  const component = definePostProcessor({
    type,
    summary: "A post-processor of a test.",
    options: {},
    postProcess: (_config, input, run) => postProcess(input, run),
    resources,
  });
  return { ...plannedOf(component, around), type, name: type, ...around };
}

/** A way to connect, by default to a fresh machine in memory. */
export function aCommunicator(
  connect: (run: Run) => Promise<Communicator> = async () => fakeCommunicator(),
  more: Given<PlannedCommunicator> &
    Pick<Partial<CommunicatorKind>, "host" | "connects"> & { type?: string | undefined } = {},
): PlannedCommunicator {
  const { type = "fake", connects, host = () => undefined, ...around } = more;
  const component = defineCommunicator({
    type,
    summary: "A way to connect of a test.",
    options: {},
    connects,
    host,
    connect: (_config, _target, run) => connect(run),
  });
  return { ...plannedOf(component, around), pauseBeforeConnecting: 0, ...around };
}

/** An artifact; `destroyed` collects the ids of those that were destroyed. */
export function anArtifact(
  id: string,
  more: {
    builderId?: string | undefined;
    files?: readonly string[] | undefined;
    destroyed?: string[] | undefined;
    state?: Readonly<Record<string, unknown>> | undefined;
  } = {},
): Artifact {
  return {
    builderId: more.builderId ?? "test.fake",
    id,
    files: more.files ?? [],
    describe: () => `artifact ${id}`,
    state: (name) => more.state?.[name],
    destroy: async () => void more.destroyed?.push(id),
  };
}

export function aBuild(more: Partial<PlannedBuild> = {}): PlannedBuild {
  const name = more.name ?? "test";
  const builder = more.builder ?? aBuilder();
  return {
    name,
    sourceName: name,
    builderType: builder.component.type,
    builder,
    communicator: aCommunicator(),
    provisioners: [],
    postProcessors: [],
    ...more,
  };
}

/** A plan of some builds; a plain object is completed to one. */
export function planOf(...builds: readonly Partial<PlannedBuild>[]): Plan {
  return { builds: builds.map((build) => aBuild(build)) };
}

/** The components of a plan as a catalog, for clean-up by a later process. */
export function catalogOf(plan: Plan): Catalog {
  const { builds } = plan;
  return {
    builders: makeRegistry(builds.map(({ builder }) => builder.component)),
    provisioners: makeRegistry(builds.flatMap(({ provisioners }) => provisioners.map(({ component }) => component))),
    postProcessors: makeRegistry(
      builds.flatMap(({ postProcessors }) => postProcessors.flat().map(({ component }) => component)),
    ),
    dataSources: makeRegistry([]),
    communicators: makeRegistry(builds.flatMap(({ communicator }) => communicator?.component ?? [])),
  };
}

/** Collects events. */
export function recordingSink(): {
  readonly sink: EventSink;
  readonly events: BuildEvent[];
  readonly lines: readonly string[];
} {
  const events: BuildEvent[] = [];
  return {
    sink: (event) => void events.push(event),
    events,
    get lines() {
      return events.flatMap((event) => (event.type === "said" ? [lineOf(event)] : []));
    },
  };
}

/** `==> build: text`, `    build: text`, `!!! build: text` for errors. */
function lineOf({ level, speaker, text }: Extract<BuildEvent, { type: "said" }>): string {
  const arrow = { say: "==>", message: "   ", error: "!!!" }[level];
  const name = speaker?.postProcessor === undefined ? speaker?.build : `${speaker.build} (${speaker.postProcessor})`;
  return name === undefined ? `${arrow} ${text}` : `${arrow} ${name}: ${text}`;
}

/** A journal that forgets, for tests that are not about it. */
export const noJournal: Journal = {
  folder: "/nonexistent",
  file: undefined,
  intend: async () => ({ number: 1, made: async () => {}, removed: async () => {}, kept: async () => {} }),
  close: async () => {},
};

export interface FakePlanRun extends RunResult {
  readonly events: readonly BuildEvent[];
  readonly lines: readonly string[];
  /** Questions that were asked. */
  readonly asked: readonly string[];
  readonly secrets: Secrets;
}

/** Runs a plan as a command would. `answers` are given to questions in order; after them nobody answers. */
export async function runFakePlan(
  plan: Plan,
  options: Partial<Omit<RunOptions, "settings" | "ask">> & {
    readonly settings?: Partial<RunSettings> | undefined;
    readonly answers?: readonly string[] | undefined;
    /** Called with each event as it happens. */
    readonly watch?: EventSink | undefined;
    /** Keeps a real journal in this folder. */
    readonly journalDir?: string | undefined;
  } = {},
): Promise<FakePlanRun> {
  const { settings, answers = [], watch, journalDir, ...rest } = options;
  const recording = recordingSink();
  const asked: string[] = [];
  const left = [...answers];
  const host: Host = options.host ?? fakeHost();
  const runUuid = options.runUuid ?? "11111111-2222-4333-8444-555555555555";
  const secrets = new Secrets();
  const result = await runPlan(plan, {
    host,
    signal: new AbortController().signal,
    settings: { force: false, debug: false, onError: "cleanup", packerVersion: "1.11.2", ...settings },
    parallelBuilds: 0,
    runUuid,
    sink: (event) => {
      recording.sink(event);
      watch?.(event);
    },
    ask: async (question) => {
      asked.push(question);
      return left.shift();
    },
    journal: journalDir === undefined ? noJournal : openJournal(host, join(journalDir), runUuid),
    secrets,
    ...rest,
  });
  return { ...result, events: recording.events, lines: recording.lines, asked, secrets };
}

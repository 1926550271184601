// Runs the builds of a plan, several at a time; one that fails stops no other.
import { setMaxListeners } from "node:events";
import type { Host } from "../host/host.ts";
import type { RunSettings } from "../sdk/run.ts";
import type { Plan, PlannedBuild } from "../template/plan.ts";
import { type BuildResult, runBuild } from "./build.ts";
import type { BuildContext, BuildState } from "./build-context.ts";
import type { EventSink } from "./build-event.ts";
import { createEmitter, type Emitter } from "./emitter.ts";
import { explainFailure } from "./failures.ts";
import { makeInitialData } from "./generated-data.ts";
import type { Journal } from "./journal.ts";
import { OutputClaims } from "./output-claims.ts";
import { PortClaims } from "./port-claims.ts";
import type { Secrets } from "./secrets.ts";
import { Spans } from "./spans.ts";
import { type Ask, createUi } from "./speech.ts";
import { withStrays } from "./strays.ts";

export interface RunOptions {
  readonly host: Host;
  /** Cancels everything; what was made is removed before `runPlan` returns. */
  readonly signal: AbortSignal;
  readonly settings: RunSettings;
  /** How many builds may run at the same time; 0 for no limit. With `debug` it is one. */
  readonly parallelBuilds: number;
  readonly runUuid: string;
  readonly sink: EventSink;
  readonly ask: Ask;
  /** Closed when the run ends. */
  readonly journal: Journal;
  readonly secrets: Secrets;
  /** Milliseconds that one removal may take; five minutes unless set. */
  readonly removalLimit?: number | undefined;
}

export interface RunResult {
  /** In the order of the plan. */
  readonly builds: readonly BuildResult[];
  /** True when the run was cancelled. */
  readonly interrupted: boolean;
  readonly milliseconds: number;
  /** What the sink threw first, although it must not. */
  readonly fault?: { readonly thrown: unknown } | undefined;
}

/** Makes every image of the plan. Never throws for what happens in a build. */
export async function runPlan(plan: Plan, options: RunOptions): Promise<RunResult> {
  const { host, settings, signal, runUuid } = options;
  // Every build listens to it, and there may be any number of them.
  setMaxListeners(0, signal);
  const emitter = createEmitter(options.sink, host.clock);
  const started = host.clock.elapsed();
  const names = plan.builds.map(({ name, builderType }) => ({ name, builderType }));
  emitter.emit({ type: "run-started", runUuid, builds: names, debug: settings.debug });
  const outputs = new OutputClaims();
  const ports = new PortClaims();
  const limit = settings.debug ? 1 : options.parallelBuilds || plan.builds.length;
  const builds = await runInParallel(plan.builds, limit, (planned) =>
    runOne(planned, { ...options, outputs, ports }, emitter),
  );
  await options.journal.close();
  const milliseconds = host.clock.elapsed() - started;
  emitter.emit({ type: "run-ended", milliseconds, interrupted: signal.aborted });
  return { builds, interrupted: signal.aborted, milliseconds, fault: emitter.fault };
}

/** As Packer: builds are begun in the order of the plan. */
async function runInParallel<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

type BuildOptions = RunOptions & Pick<BuildContext, "outputs" | "ports">;

async function runOne(planned: PlannedBuild, options: BuildOptions, emitter: Emitter): Promise<BuildResult> {
  const { host } = options;
  const { name, builderType } = planned;
  const state: BuildState = { generated: makeInitialData(options.runUuid), warnings: [], stray: undefined };
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  setMaxListeners(0, signal);
  const build = createContext(planned, { ...options, signal }, emitter, state);
  const fail = (thrown: unknown): void => {
    // What breaks while everything is being cancelled only says that it was.
    if (signal.aborted) {
      return;
    }
    state.stray = { thrown };
    end.abort(new DOMException("The build failed.", "AbortError"));
  };
  const started = host.clock.elapsed();
  const isLate = signal.aborted;
  if (!isLate) {
    emitter.emit({ type: "build-started", build: name, builderType });
  }
  const ended = isLate
    ? { ...explainFailure(signal.reason, signal), outcome: "cancelled" as const, artifacts: [] }
    : await withStrays(fail, () => runBuild(build, state));
  const failedIn = ended.outcome === "built" ? undefined : build.spans.failedIn;
  const result = {
    ...ended,
    milliseconds: host.clock.elapsed() - started,
    failedIn,
  };
  emitter.emit({ type: "build-ended", build: name, ...result });
  return { name, builderType, ...result };
}

function createContext(
  planned: PlannedBuild,
  options: BuildOptions,
  emitter: Emitter,
  state: BuildState,
): BuildContext {
  const { host, ask, journal, secrets, settings, signal, runUuid, removalLimit } = options;
  const { name, sourceName, builderType } = planned;
  const ui = createUi(emitter, host.clock, ask, { build: name });
  const leftBehind = (title: string, reason: string): void => {
    const summary = `Could not remove the ${title}`;
    ui.error(`${summary}: ${reason}`);
    state.warnings.push({
      code: "run/left-behind",
      severity: "warning",
      summary,
      detail: reason,
      hint: "It has to be removed by hand.",
    });
  };
  return {
    planned,
    identity: { name: sourceName, builderType },
    settings,
    runUuid,
    host,
    signal,
    secrets,
    emitter,
    ask,
    ui,
    spans: new Spans(emitter, host.clock, name),
    resources: { build: name, host, journal, emitter, removalLimit, leftBehind },
    outputs: options.outputs,
    ports: options.ports,
    generated: () => state.generated,
  };
}

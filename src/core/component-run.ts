// What a component is given while it runs, on top of one build.
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { BuildError, failure } from "../diagnostic/build-error.ts";
import { hasErrors } from "../diagnostic/diagnostic.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { Component } from "../sdk/component.ts";
import type { AnyResource, Run, Ui } from "../sdk/run.ts";
import type { PlannedComponent, Prepared } from "../template/plan.ts";
import type { BuildContext } from "./build-context.ts";
import { throwIfCancelled, untilEnded } from "./cancel.ts";
import { execute } from "./execute.ts";
import { addPlace } from "./failures.ts";
import { claimOutputs } from "./output-claims.ts";
import { Lifetime, type Maker } from "./resources.ts";
import { retry } from "./retry.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The circumstances in which a component runs. */
export interface Circumstances {
  readonly planned: PlannedComponent;
  readonly prepared: Prepared;
  readonly lifetime: Lifetime;
  readonly ui: Ui;
  readonly signal: AbortSignal;
  generated(): GeneratedData;
  /** The step of the build that is being made, for resources. */
  step?(): string | undefined;
}

export function makeComponentRun(build: BuildContext, circumstances: Circumstances): Run<AnyResource> {
  const { planned, prepared, lifetime, ui, signal } = circumstances;
  const { host, secrets } = build;
  const maker = (): Maker => ({ owner: planned.component as Component, run, step: circumstances.step?.() });
  const run: Run<AnyResource> = {
    build: build.identity,
    settings: build.settings,
    runUuid: build.runUuid,
    ui,
    log: (text) => log(build, text),
    host,
    signal,
    get generated() {
      return circumstances.generated();
    },
    rawConfig: prepared.rawConfig,
    render: (template, data = {}) => planned.render(template, data, circumstances.generated()),
    acquire: (kind, wanted, ...means) => lifetime.acquire(maker(), kind, wanted, means),
    remove: (handle) => lifetime.remove(handle),
    keep: (handle) => lifetime.keep(handle),
    temporaryFolder: async (prefix) =>
      lifetime.acquire(maker(), temporaryFolder, { path: await findUnusedPath(build, prefix) }, []),
    hide: (secret) => secrets.register(secret, { isGuess: true }),
    execute: (communicator, command, io) =>
      execute(communicator, command, { ui, signal, clock: host.clock, cuts: secrets }, io),
    retry: (timeout, body) => retry({ clock: host.clock, signal, ui }, timeout, body),
  };
  return run;
}

/** A path that nobody uses, so that removing it can never hurt somebody else. */
async function findUnusedPath({ host }: BuildContext, prefix: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const path = join(host.tempDir, `${prefix}${Buffer.from(host.random.bytes(8)).toString("hex")}`);
    const taken = await lstat(path).then(
      () => true,
      () => false,
    );
    if (!taken) {
      return path;
    }
  }
  throw failure("environment", "run/system-error", `No name for a temporary folder is free in ${host.tempDir}`);
}

/** Decodes the configuration with what is known now; its mistakes end the build. */
export async function prepare(planned: PlannedComponent, generated?: GeneratedData): Promise<Prepared> {
  const prepared = await planned.prepare(generated);
  if (hasErrors(prepared.diagnostics)) {
    throw new BuildError(
      "template",
      prepared.diagnostics.filter(({ severity }) => severity === "error"),
    );
  }
  return prepared;
}

/**
 * Runs a component to its end with a life of its own: prepared with the build's data, what it made removed afterwards,
 * its failures pointing at its place in the template.
 */
export async function runComponent<T>(
  build: BuildContext,
  component: Pick<Circumstances, "planned" | "ui" | "signal" | "generated">,
  body: (config: Prepared["config"], run: Run<AnyResource>) => Promise<T>,
): Promise<T> {
  const { planned, signal } = component;
  const lifetime = new Lifetime(build.resources);
  try {
    throwIfCancelled(signal);
    const prepared = await prepare(planned, component.generated());
    claimOutputs(build, planned, prepared);
    const run = makeComponentRun(build, { ...component, prepared, lifetime });
    return await untilEnded(body(prepared.config, run), signal, build.host.clock, (thrown) => log(build, thrown));
  } catch (thrown) {
    throw addPlace(thrown, planned, signal);
  } finally {
    await lifetime.end();
  }
}

/** Writes down what would otherwise be lost. */
export function log(build: BuildContext, thrown: unknown): void {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  build.emitter.emit({ type: "log", text, speaker: { build: build.planned.name } });
}

// One build, from its first step to its last artifact.
import type { FailureClass } from "../diagnostic/build-error.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Artifact } from "../sdk/artifact.ts";
import type { BuildContext, BuildState } from "./build-context.ts";
import type { ArtifactFacts } from "./build-event.ts";
import { makeBuilderRun } from "./builder-run.ts";
import { throwIfCancelled, untilEnded } from "./cancel.ts";
import { log, prepare } from "./component-run.ts";
import { concealUi } from "./conceal.ts";
import { addPlace, type BuildFailure, explainFailure } from "./failures.ts";
import { claimOutputs } from "./output-claims.ts";
import { type Processed, postProcess } from "./post-process.ts";
import { Lifetime } from "./resources.ts";
import { StepRunner } from "./step-runner.ts";

type Outcome = "built" | "failed" | "cancelled";

/** What became of a build. */
export interface BuildResult {
  readonly name: string;
  readonly builderType: string;
  readonly outcome: Outcome;
  /** Packer's wording. */
  readonly error?: string | undefined;
  /** Missing for a fault of ours. */
  readonly failure?: FailureClass | undefined;
  /** Title of the innermost piece of work that failed. */
  readonly failedIn?: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Only of builds that succeeded. */
  readonly artifacts: readonly ArtifactFacts[];
  readonly milliseconds: number;
}

type Ended = Pick<BuildResult, "outcome" | "error" | "failure" | "diagnostics" | "artifacts">;

/** Builds, cleans up, post-processes. Never throws. */
export async function runBuild(build: BuildContext, state: BuildState): Promise<Ended> {
  const ended = await runToEnd(build, state);
  return state.stray === undefined ? ended : failBuild(build, state, [explainFailure(state.stray.thrown)]);
}

async function runToEnd(build: BuildContext, state: BuildState): Promise<Ended> {
  try {
    const artifact = await makeArtifact(build, state);
    if (artifact === undefined) {
      return { outcome: "built", diagnostics: state.warnings, artifacts: [] };
    }
    const processed = await postProcess(build, artifact);
    try {
      return await endBuild(build, state, processed);
    } finally {
      await Promise.all(processed.cameUp.map((one) => one.close?.()));
    }
  } catch (thrown) {
    return failBuild(build, state, [explainFailure(thrown, build.signal)]);
  }
}

async function endBuild(
  build: BuildContext,
  state: BuildState,
  { artifacts, destroyed, failures, cancelled }: Processed,
): Promise<Ended> {
  if (failures.length > 0) {
    return failBuild(build, state, failures, { cancelled, isList: true });
  }
  if (cancelled) {
    return failBuild(build, state, [explainFailure(build.signal.reason, build.signal)]);
  }
  const facts = await Promise.all(artifacts.map((artifact) => describeArtifact(artifact, destroyed.has(artifact))));
  for (const { id, builderId, files } of facts) {
    for (const path of [id, builderId, ...files]) {
      build.secrets.keepPath(path);
    }
  }
  return { outcome: "built", diagnostics: state.warnings, artifacts: facts };
}

/** As Packer: what post-processors report is a list, even of one. */
function failBuild(
  build: BuildContext,
  state: BuildState,
  failures: readonly BuildFailure[],
  { cancelled = false, isList = false } = {},
): Ended {
  for (const { stack } of failures) {
    if (stack !== undefined) {
      log(build, stack);
    }
  }
  const [first] = failures;
  const texts = failures.map(({ error }) => build.secrets.filterMessage(error));
  const outcome = cancelled || first?.failure === "cancelled" ? "cancelled" : "failed";
  return {
    outcome,
    error: isList
      ? `${texts.length} error(s) occurred:\n\n${texts.map((text) => `* ${text}`).join("\n")}`
      : (texts[0] ?? ""),
    failure: first?.failure === undefined ? undefined : first.failure,
    diagnostics: [...failures.flatMap(({ diagnostics }) => diagnostics), ...state.warnings],
    artifacts: [],
  };
}

async function describeArtifact(artifact: Artifact, gone: boolean): Promise<ArtifactFacts> {
  const { builderId, id, files } = artifact;
  const digest = await artifact.state("digest");
  const tags = await artifact.state("tags");
  const facts: { -readonly [K in keyof ArtifactFacts]: ArtifactFacts[K] } = {
    builderId,
    id,
    files: [...files],
    text: await artifact.describe(),
  };
  if (typeof digest === "string" && digest !== "") {
    facts.digest = digest;
  }
  if (Array.isArray(tags) && tags.length > 0) {
    facts.tags = tags.map(String);
  }
  if (gone) {
    facts.gone = gone;
  }
  return facts;
}

/** Runs the builder and removes what it made, unless the user wants to look at what is left of a failure. */
async function makeArtifact(build: BuildContext, state: BuildState): Promise<Artifact | undefined> {
  const lifetime = new Lifetime(build.resources);
  const steps = new StepRunner(build.settings, concealUi(build.ui, build.secrets), build.signal, lifetime);
  const { builder } = build.planned;
  let abandons = false;
  try {
    const prepared = await prepare(builder);
    claimOutputs(build, builder, prepared);
    const run = makeBuilderRun(build, state, { prepared, lifetime, steps });
    throwIfCancelled(build.signal);
    const work = builder.component.build(prepared.config, run);
    return await untilEnded(work, build.signal, build.host.clock, (thrown) => log(build, thrown));
  } catch (thrown) {
    abandons = steps.abandons;
    throw addPlace(thrown, builder, build.signal);
  } finally {
    if (abandons) {
      await abandon(build, lifetime, steps);
    } else {
      await cleanUp(build, lifetime, steps);
    }
    build.ports.release(build.planned.name);
  }
}

async function cleanUp(build: BuildContext, lifetime: Lifetime, steps: StepRunner): Promise<void> {
  const end = (): Promise<void> => lifetime.end((step) => steps.beforeCleanup(step));
  if (lifetime.hasResources) {
    await build.spans.run("cleanup", "Clean up", end);
  } else {
    await end();
  }
}

async function abandon(build: BuildContext, lifetime: Lifetime, steps: StepRunner): Promise<void> {
  steps.tellSkipped();
  for (const left of await lifetime.abandon()) {
    build.ui.message(`Left in place: ${left}`);
  }
}

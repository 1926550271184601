// Hands a build's artifact through the sequences of post-processors, and decides what stays of all that comes up.
import { readMessage } from "../diagnostic/build-error.ts";
import { type Artifact, type GeneratedData, readGeneratedData } from "../sdk/artifact.ts";
import type { PostProcessed, PostProcessor } from "../sdk/post-processor.ts";
import type { PlannedPostProcessor } from "../template/plan.ts";
import type { BuildContext } from "./build-context.ts";
import { isCancellation } from "./cancel.ts";
import { runComponent } from "./component-run.ts";
import { type BuildFailure, explainFailure } from "./failures.ts";
import { createUi } from "./speech.ts";

export interface Processed {
  /** Everything that came up, kept or not. */
  readonly cameUp: readonly Artifact[];
  /** Everything that stays, the builder's artifact first. */
  readonly artifacts: readonly Artifact[];
  /** Listed all the same when somebody passed them on, though their files are no more. */
  readonly destroyed: ReadonlySet<Artifact>;
  readonly failures: readonly BuildFailure[];
  /** True when the run was cancelled before all was done. */
  readonly cancelled: boolean;
}

/** What comes up while the sequences run. */
interface Progress {
  readonly build: BuildContext;
  readonly built: Artifact;
  readonly artifacts: Artifact[];
  readonly cameUp: Artifact[];
  readonly destroyed: Set<Artifact>;
  readonly failures: BuildFailure[];
  keepsBuilt: boolean;
  /** A post-processor failed that the builder's artifact was handed to. */
  failedOnBuilt: boolean;
}

/** Every sequence begins with the builder's artifact. One that fails does not stop the others. */
export async function postProcess(build: BuildContext, built: Artifact): Promise<Processed> {
  const { postProcessors } = build.planned;
  const progress: Progress = {
    build,
    built,
    artifacts: [],
    cameUp: [built],
    destroyed: new Set(),
    failures: [],
    keepsBuilt: postProcessors.length === 0,
    failedOnBuilt: false,
  };
  let cancelled = false;
  for (const sequence of postProcessors) {
    cancelled ||= build.signal.aborted || !(await runSequence(progress, sequence));
  }
  const { artifacts, cameUp, destroyed, failures } = progress;
  if (progress.keepsBuilt) {
    artifacts.unshift(built);
  } else if (progress.failedOnBuilt) {
    // Unlike Packer, which removes what could not be packed: it may have taken an hour, and the user can pack it by hand.
    artifacts.unshift(built);
    await tellWhatStays(build, built);
  } else {
    await destroy(
      progress,
      built,
      (error) => `Error destroying builder artifact: ${error}; bad artifact: [${built.files.join(" ")}]`,
    );
  }
  return { artifacts, cameUp, destroyed, failures, cancelled };
}

/** Gives false when the run was cancelled meanwhile. */
async function runSequence(progress: Progress, sequence: readonly PlannedPostProcessor[]): Promise<boolean> {
  const { build, artifacts, failures } = progress;
  let input = progress.built;
  for (const [index, planned] of sequence.entries()) {
    if (build.signal.aborted) {
      return endInterrupted(progress, input);
    }
    let result: PostProcessed;
    try {
      result = await runOne(build, planned, input);
    } catch (thrown) {
      if (build.signal.aborted || isCancellation(thrown)) {
        return endInterrupted(progress, input);
      }
      const failure = explainFailure(thrown);
      failures.push({ ...failure, error: `Post-processor failed: ${failure.error}` });
      if (input === progress.built) {
        progress.failedOnBuilt = true;
      } else {
        await tellWhatStays(build, input);
      }
      return true;
    }
    if (result.artifact === undefined) {
      return true;
    }
    progress.cameUp.push(result.artifact);
    const keep = keepsInput(build, planned, result);
    if (index === 0) {
      progress.keepsBuilt ||= keep;
    } else if (keep) {
      artifacts.push(input);
    } else {
      await destroy(progress, input, (error) => `Failed cleaning up prior artifact: ${error}; pp is ${planned.type}`);
    }
    input = result.artifact;
  }
  if (sequence.length > 0) {
    artifacts.push(input);
  }
  return true;
}

async function tellWhatStays(build: BuildContext, artifact: Artifact): Promise<void> {
  build.ui.message(`What could not be post-processed stays: ${await artifact.describe()}`);
}

/** What only was on its way to something else is of no use to anybody. */
async function endInterrupted(progress: Progress, input: Artifact): Promise<false> {
  const isWanted = input === progress.built || progress.artifacts.includes(input);
  if (!isWanted) {
    await destroy(progress, input, (error) => `Failed cleaning up prior artifact: ${error}`);
  }
  return false;
}

async function runOne(build: BuildContext, planned: PlannedPostProcessor, input: Artifact): Promise<PostProcessed> {
  const { name, type } = planned;
  const named = name !== "" && name !== type;
  build.ui.say(`Running post-processor: ${named ? `${name} (type ${type})` : type}`);
  const speaker = { build: build.planned.name, postProcessor: type };
  const ui = createUi(build.emitter, build.host.clock, build.ask, speaker);
  const carried = await readGeneratedData(input);
  const generated = (): GeneratedData => ({ ...build.generated(), ...carried });
  const body = () =>
    runComponent(build, { planned, ui, signal: build.signal, generated }, (config, run) =>
      (planned.component as PostProcessor).postProcess(config, input, run),
    );
  return build.spans.run("post-processor", named ? `${name} (${type})` : type, body, type);
}

/** The user decides, unless the result needs its input. */
function keepsInput(build: BuildContext, planned: PlannedPostProcessor, { input }: PostProcessed): boolean {
  const wanted = planned.keepInputArtifact;
  if (input === "must-keep" && wanted === false) {
    const text = `The input of post-processor ${planned.type} is kept although keep_input_artifact is false: its result needs it`;
    build.emitter.emit({ type: "log", text, speaker: { build: build.planned.name } });
  }
  return input === "must-keep" || (wanted ?? input === "keep");
}

async function destroy(progress: Progress, artifact: Artifact, tell: (error: string) => string): Promise<void> {
  if (progress.destroyed.has(artifact)) {
    return;
  }
  try {
    await artifact.destroy();
    progress.destroyed.add(artifact);
  } catch (thrown) {
    const error = tell(readMessage(thrown));
    const diagnostic = { code: "run/artifact-not-destroyed", severity: "error", summary: error } as const;
    progress.failures.push({
      error,
      failure: explainFailure(thrown).failure ?? "environment",
      diagnostics: [diagnostic],
    });
  }
}

// Sets the outputs of the step, and writes the files that some of them name.
import type { CommandOutputs } from "../../command/command.ts";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { ActionContext } from "../action-context.ts";
import { type ActionState, combineResults } from "../action-state.ts";
import { actionOutputs, commandOutputs, type OutputName } from "../input/action-options.ts";
import type { Published } from "../publish/publish.ts";
import type { ArtifactRecord } from "./artifact-records.ts";
import { hideInArtifact, hideInComparison } from "./hidden-texts.ts";
import { type ActionOutcome, writeArtifacts, writeManifest, writeOutputs } from "./outputs.ts";
import { leaveResult } from "./result-file.ts";

/** What is known when the outputs are set. */
export interface EndFacts {
  readonly outcome: ActionOutcome;
  readonly artifacts: readonly ArtifactRecord[];
  readonly published: Published;
}

type Outputs = Record<OutputName, string>;

/** Sets all outputs; true when others will not find the result that they were to get. */
export async function setOutputs(action: ActionContext, state: ActionState, facts: EndFacts): Promise<boolean> {
  const outputs = keepOwnOutputs(action, state, facts);
  const given = await state.verdict.attempt(() => combineResults(state).outputs ?? {}, {});
  await nameArtifacts(action, state, outputs);
  await nameManifest(action, state, { artifacts: facts.artifacts, outputs });
  const result = await leaveBuilds(action, state, { artifacts: facts.artifacts, outputs });
  outputs["result-path"] = result.path;
  if (result.failed) {
    outputs["failure-class"] ||= "environment";
  }
  const all: Readonly<Record<string, string>> = { ...outputs, ...asTexts(given) };
  for (const name of Object.keys(actionOutputs)) {
    action.files.setOutput(name, all[name] ?? "");
  }
  return result.failed;
}

function keepOwnOutputs({ secrets }: ActionContext, { record, verdict }: ActionState, facts: EndFacts): Outputs {
  const { outcome, artifacts, published } = facts;
  const hide = (text: string): string => secrets.filter(text);
  const compared = record.compared.map((one) => hideInComparison(one, hide));
  const shown = artifacts.map((artifact) => hideInArtifact(artifact, hide));
  const told = { outcome, failureClass: verdict.failureClass(outcome) };
  const outputs = { ...writeOutputs({ ...record, compared }, told, shown), ...published.outputs };
  if (artifacts.some(({ missing }) => missing !== undefined) && !verdict.hasFailures) {
    outputs["failure-class"] = "environment";
  }
  if (published.failed) {
    outputs["failure-class"] ||= "environment";
  }
  return outputs;
}

/** Those of commands, empty where the command of this step gives none. */
function asTexts(given: CommandOutputs): Readonly<Record<string, string>> {
  const texts = Object.keys(commandOutputs).map((name) => {
    const value = given[name] ?? "";
    return [name, typeof value === "string" ? value : JSON.stringify(value)];
  });
  return Object.fromEntries(texts);
}

interface Unfinished {
  readonly artifacts: readonly ArtifactRecord[];
  readonly outputs: Outputs;
}

async function nameArtifacts(
  { host, env, log }: ActionContext,
  { record, verdict }: ActionState,
  outputs: Outputs,
): Promise<void> {
  const folder = env["RUNNER_TEMP"];
  if (record.builds.length === 0 || folder === undefined || folder === "") {
    return;
  }
  try {
    outputs["artifacts-path"] = await writeArtifacts(folder, outputs.artifacts, host.random.uuid());
  } catch (thrown) {
    verdict.incomplete();
    log.now(`The list of artifacts could not be written: ${readMessage(thrown)}`);
  }
}

async function nameManifest(
  { host, env, log }: ActionContext,
  { record, recorded, verdict }: ActionState,
  { artifacts, outputs }: Unfinished,
): Promise<void> {
  const folder = env["RUNNER_TEMP"];
  if (recorded !== undefined) {
    outputs["manifest-path"] = recorded.manifestPath;
    outputs["uploaded-artifacts"] = JSON.stringify(recorded.uploaded);
    outputs["failure-class"] = (await import("./recorded.ts")).findRecordedFailure(record, outputs["failure-class"]);
    return;
  }
  if (record.builds.length === 0 || folder === undefined || folder === "") {
    return;
  }
  try {
    outputs["manifest-path"] = await writeManifest(folder, record, artifacts, host.clock.now());
  } catch (thrown) {
    verdict.incomplete();
    log.now(`The manifest could not be written: ${readMessage(thrown)}`);
  }
}

/** The result of a command that builds, for other jobs. */
async function leaveBuilds(
  { host, env, log, secrets, signal }: ActionContext,
  { inputs, record, templates }: ActionState,
  { artifacts, outputs }: Unfinished,
): ReturnType<typeof leaveResult> {
  if (inputs?.command.templateUse !== "build") {
    return { path: "", failed: false };
  }
  const facts = {
    record,
    outcome: outputs.outcome,
    failureClass: outputs["failure-class"],
    templates,
    only: (inputs.config["only"] ?? []) as readonly string[],
    artifacts,
    uploaded: outputs["uploaded-artifacts"],
    diagnostics: log.annotations.all,
    endedAt: host.clock.now(),
  };
  const place = { cwd: host.cwd, temp: env["RUNNER_TEMP"], uuid: host.random.uuid(), isCancelled: signal.aborted };
  const asked = { asked: inputs.resultPath, artifact: inputs.resultArtifact };
  return leaveResult(facts, { ...place, ...asked, env, log, secrets });
}

/** Something broke since the outputs were set: of several values the runner takes the last one. */
export function amendOutputs({ files }: ActionContext, { verdict }: ActionState, before: ActionOutcome): void {
  const { outcome } = verdict;
  if (outcome === before) {
    return;
  }
  files.setOutput("outcome", outcome);
  files.setOutput("failure-class", verdict.failureClass(outcome));
}

// What one run of the action knows so far.
import type { CombinedResult, CommandResult } from "../command/command.ts";
import type { RecordedRun } from "../command/recorded-run.ts";
import type { ActionContext } from "./action-context.ts";
import type { DownloadCache } from "./cache/download-cache.ts";
import type { Inputs } from "./input/inputs.ts";
import type { StepLog } from "./log/step-log.ts";
import { type RunRecord, startRecord } from "./result/run-record.ts";
import { Verdict } from "./result/verdict.ts";

export interface ActionState {
  readonly startedAt: number;
  readonly record: RunRecord;
  readonly verdict: Verdict;
  /** What the command gave, one for each template. */
  readonly results: CommandResult[];
  /** Markdown for the page of the run, beside what the command gave. */
  readonly findings: string[];
  /** Missing until they are read, and when they cannot be used. */
  inputs: Inputs | undefined;
  templates: readonly string[];
  downloads: DownloadCache | undefined;
  /** For finding faults; missing until the inputs are read. */
  debug: StepLog | undefined;
  /** Builds of other steps that a command brought together. */
  recorded: RecordedRun | undefined;
}

export function startState(context: ActionContext): ActionState {
  const record = startRecord();
  return {
    startedAt: context.host.clock.now(),
    record,
    verdict: new Verdict(context, record),
    results: [],
    findings: [],
    inputs: undefined,
    templates: [],
    downloads: undefined,
    debug: undefined,
    recorded: undefined,
  };
}

/** What the command gave for all templates together. */
export function combineResults({ inputs, results }: ActionState): CombinedResult {
  const combine = inputs?.command.combine;
  if (inputs !== undefined && combine !== undefined) {
    return combine(results, inputs.config);
  }
  return {
    outputs: Object.assign({}, ...results.map(({ outputs }) => outputs)),
    sections: results.flatMap(({ sections = [] }) => sections),
  };
}

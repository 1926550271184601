// Puts the summary on the page of the run.
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { ActionContext } from "../action-context.ts";
import { type ActionState, combineResults } from "../action-state.ts";
import type { ArtifactRecord } from "./artifact-records.ts";
import type { ActionOutcome } from "./outputs.ts";
import { linkFiles, linkUploads } from "./page-links.ts";
import { writeSection } from "./sections.ts";
import { writeStepSummary } from "./step-summary.ts";
import { writeChangesSection } from "./unchanged.ts";

interface EndFacts {
  readonly outcome: ActionOutcome;
  readonly artifacts: readonly ArtifactRecord[];
  readonly isFailing: boolean;
  /** The outputs that name what was uploaded. */
  readonly uploaded: Readonly<Record<string, string | undefined>>;
}

/** Adds it unless the inputs say that there is to be none. */
export async function addSummary(
  { env, host, files, log, secrets }: ActionContext,
  state: ActionState,
  { outcome, artifacts, isFailing, uploaded }: EndFacts,
): Promise<void> {
  const { inputs, record, verdict } = state;
  if (inputs?.summary === false) {
    return;
  }
  const findings = (): readonly string[] => {
    const given = (combineResults(state).sections ?? []).map((section) => writeSection(section, secrets));
    const changes = writeChangesSection(secrets.shown(record.compared));
    return [...state.findings, ...given, changes].filter((section) => section !== "");
  };
  const facts = {
    command: inputs?.command.name ?? "packer-ts",
    templates: state.templates,
    record,
    outcome,
    artifacts,
    isFailing,
    diagnostics: log.annotations.all,
    unannotated: log.annotations.unannotated,
    milliseconds: host.clock.now() - state.startedAt,
    findings: await verdict.attempt(findings, []),
    links: { file: linkFiles(env, host.cwd), ...linkUploads(uploaded) },
  };
  const whole = await verdict.attempt(() => writeStepSummary(facts, secrets), undefined);
  // The builds are listed even when something else about them cannot be shown.
  const least = { ...facts, outcome: verdict.outcome, artifacts: [], diagnostics: [], findings: [] };
  const text = whole ?? (await verdict.attempt(() => writeStepSummary(least, secrets), ""));
  try {
    files.addSummary(text);
  } catch (thrown) {
    // It is for people, who have the log as well: nothing fails for it.
    await verdict.attempt(() => log.diagnostics([explainLostSummary(thrown)], new Map()), undefined);
  }
}

/** What is told in place of a summary. */
function explainLostSummary(thrown: unknown): Diagnostic {
  return {
    code: "action/summary-lost",
    severity: "warning",
    summary: `The summary could not be written: ${readMessage(thrown)}`,
    detail: "What happened is in the log of this step.",
    hint: "Look whether the runner's folder for temporary files is there, can be written and has room.",
  };
}

// Builds that other steps ran and a command brought together: they become this step's own.
import type { RecordedRun } from "../../command/recorded-run.ts";
import type { BuildRecord, RunRecord } from "./run-record.ts";

/** Makes what other jobs built this step's own; gives the templates. */
export function takeRecorded(record: RunRecord, { builds, compared, runUuid }: RecordedRun): readonly string[] {
  record.runUuid = runUuid;
  record.builds.push(...builds.map((build) => ({ ...build, spans: [...build.spans] }) as BuildRecord));
  record.compared.push(...compared.map((one) => ({ ...one, builtAt: one.builtAt })));
  return [...new Set(builds.map(({ template }) => template))];
}

/** What is known of a failure that no build is the reason of: results that did not arrive are no mistake of a template. */
export function findRecordedFailure({ builds }: RunRecord, failureClass: string): string {
  return failureClass === "" || builds.some(({ outcome }) => outcome === "failed") ? failureClass : "environment";
}

// What later steps of the workflow read: outcome, failure class and artifacts.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatManifest } from "../../command/collect/manifest.ts";
import type { OutputName } from "../input/action-options.ts";
import type { ArtifactRecord } from "./artifact-records.ts";
import type { RunRecord } from "./run-record.ts";
import { changeOutputs } from "./unchanged.ts";

export type ActionOutcome = "built" | "unchanged" | "partial" | "invalid" | "failed" | "cancelled" | "valid" | "done";

/** How a step ended, before it is known what was made. */
export interface Ending {
  /** What it came to if nothing is in the way. */
  readonly succeeded: "built" | "valid" | "done";
  readonly interrupted: boolean;
  /** A template or an input is wrong. */
  readonly invalid: boolean;
  /** Something else than a build failed, or a command did. */
  readonly failed: boolean;
  /** Nothing was built of a template because nothing changed, and that was to be a failure. */
  readonly refused?: boolean | undefined;
}

/** One word for the whole step. */
export function describeOutcome(
  { builds }: RunRecord,
  { succeeded, interrupted, invalid, failed, refused = false }: Ending,
): ActionOutcome {
  if (interrupted) {
    return "cancelled";
  }
  const built = builds.filter(({ outcome }) => outcome === "built").length;
  const unchanged = builds.filter(({ outcome }) => outcome === "unchanged").length;
  const isComplete = built + unchanged === builds.length && !invalid && !failed;
  if (built > 0) {
    return isComplete && !refused ? "built" : "partial";
  }
  if (unchanged > 0) {
    return isComplete ? "unchanged" : "partial";
  }
  if (builds.length > 0 || (failed && !invalid)) {
    return "failed";
  }
  if (invalid) {
    return "invalid";
  }
  return succeeded;
}

/** The class of the first failure; empty when there is none. `broken` is that of what failed beside the builds. */
export function findFailureClass({ builds }: RunRecord, outcome: ActionOutcome, broken?: string): string {
  if (outcome === "cancelled") {
    return "cancelled";
  }
  const failed = builds.find((build) => build.outcome === "failed");
  if (failed !== undefined) {
    return failed.failure ?? "bug";
  }
  if (broken !== undefined) {
    return broken;
  }
  if (outcome === "invalid" || outcome === "partial") {
    return "template";
  }
  return outcome === "failed" ? "bug" : "";
}

/** All outputs as far as builds and artifacts tell them. */
export function writeOutputs(
  record: RunRecord,
  { outcome, failureClass }: { readonly outcome: ActionOutcome; readonly failureClass: string },
  artifacts: readonly ArtifactRecord[],
): Record<OutputName, string> {
  const last = collectLastIds(artifacts);
  return {
    outcome,
    "failure-class": failureClass,
    artifacts: JSON.stringify(artifacts),
    "artifact-id": Object.values(last)[0] ?? "",
    "artifact-ids": JSON.stringify(last),
    "uploaded-artifacts": "[]",
    "result-path": "",
    "attestation-id": "",
    "attestation-url": "",
    "attestation-bundle": "",
    ...changeOutputs(record.compared),
    "manifest-path": "",
  };
}

/** Builds of the same name in several templates are told apart by the template. */
function collectLastIds(artifacts: readonly ArtifactRecord[]): Record<string, string> {
  const templatesOf = new Map<string, Set<string>>();
  for (const { build, template } of artifacts) {
    templatesOf.set(build, (templatesOf.get(build) ?? new Set()).add(template));
  }
  const ids: Record<string, string> = {};
  for (const { build, template, id } of artifacts) {
    ids[(templatesOf.get(build)?.size ?? 1) > 1 ? `${template}:${build}` : build] = id;
  }
  return ids;
}

/** Writes all artifacts as Packer's `manifest` post-processor would; gives the path. */
export async function writeManifest(
  folder: string,
  record: RunRecord,
  artifacts: readonly ArtifactRecord[],
  now: number,
): Promise<string> {
  const path = join(folder, `packer-manifest-${record.runUuid ?? "none"}.json`);
  const runUuid = record.runUuid ?? "";
  await mkdir(dirname(path), { recursive: true });
  await writeFile(
    path,
    formatManifest(
      artifacts.map((artifact) => ({ ...artifact, runUuid, endedAt: now })),
      runUuid,
    ),
  );
  return path;
}

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
  const last = lastIds(artifacts, namesFor(artifacts));
  return {
    outcome,
    "failure-class": failureClass,
    artifacts: JSON.stringify(artifacts),
    "artifacts-path": "",
    files: JSON.stringify([...new Set(artifacts.flatMap(({ files }) => files.map(({ path }) => path)))]),
    "image-ids": JSON.stringify(imageIds(artifacts)),
    digest: artifacts.flatMap(({ digest }) => /sha256:[0-9a-f]{64}$/.exec(digest ?? "") ?? [])[0] ?? "",
    "artifact-id": Object.values(last)[0] ?? "",
    "artifact-ids": JSON.stringify(last),
    "uploaded-artifacts": "[]",
    "result-path": "",
    "attestation-id": "",
    "attestation-url": "",
    "attestation-bundle": "",
    ...changeOutputs(record.compared),
    "manifest-path": "",
    "log-path": "",
    "log-url": "",
  };
}

/** What builders call that which has no id. */
const NO_ID: ReadonlySet<string> = new Set(["", "Container", "File", "Null", "VM"]);
const IMAGE_DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Of each build that made an image, the id that does not change with its names. */
function imageIds(artifacts: readonly ArtifactRecord[]): Record<string, string> {
  const images = artifacts.filter(
    ({ id, files, missing }) => !NO_ID.has(id) && files.length + (missing ?? []).length === 0,
  );
  const nameFor = namesFor(artifacts);
  return {
    ...lastIds(images, nameFor),
    ...lastIds(
      images.filter(({ id }) => IMAGE_DIGEST.test(id)),
      nameFor,
    ),
  };
}

type NameFor = (artifact: ArtifactRecord) => string;

/** Files that are made beside an image take nothing away from its id. */
function lastIds(artifacts: readonly ArtifactRecord[], nameFor: NameFor): Record<string, string> {
  const byWorth = [
    artifacts.filter(({ id }) => id === ""),
    artifacts.filter(({ id }) => id !== "" && NO_ID.has(id)),
    artifacts.filter(({ id }) => !NO_ID.has(id)),
  ];
  const ids = new Map(byWorth.flat().map((artifact) => [nameFor(artifact), artifact.id]));
  return Object.fromEntries(artifacts.map((artifact) => [nameFor(artifact), ids.get(nameFor(artifact)) ?? ""]));
}

/** Builds of the same name in several templates are told apart by the template. */
function namesFor(artifacts: readonly ArtifactRecord[]): NameFor {
  const templatesOf = new Map<string, Set<string>>();
  for (const { build, template } of artifacts) {
    templatesOf.set(build, (templatesOf.get(build) ?? new Set()).add(template));
  }
  return ({ build, template }) => ((templatesOf.get(build)?.size ?? 1) > 1 ? `${template}:${build}` : build);
}

/** Writes the list of all artifacts; gives the path. */
export async function writeArtifacts(folder: string, list: string, uuid: string): Promise<string> {
  const path = join(folder, `packer-artifacts-${uuid}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${list}\n`);
  return path;
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

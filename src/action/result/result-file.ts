// The result of a step as a file, for `collect` in another job.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { formatResult, type RunResultFile } from "../../command/collect/result.ts";
import type { ResultUpload } from "../../command/recorded-run.ts";
import type { Secrets } from "../../core/secrets.ts";
import { readMessage } from "../../diagnostic/build-error.ts";
import { type Diagnostic, isError } from "../../diagnostic/diagnostic.ts";
import type { Log } from "../log/log.ts";
import type { ArtifactRecord } from "./artifact-records.ts";
import { hideInArtifact, hideInBuild, hideInComparison } from "./hidden-texts.ts";
import type { RunRecord } from "./run-record.ts";

const MOST_ERRORS = 20;

type Hiding = Pick<Secrets, "filter" | "published">;

/** What a step knows when it ends. */
export interface ResultFacts {
  readonly record: RunRecord;
  readonly outcome: string;
  readonly failureClass: string;
  readonly templates: readonly string[];
  readonly only: readonly string[];
  readonly artifacts: readonly ArtifactRecord[];
  /** The output `uploaded-artifacts`. */
  readonly uploaded: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

/** Where the result goes: the path that was asked for, a file in the folder that was, or one in the runner's own folder. */
export function findResultPath(
  asked: string | undefined,
  at: { cwd: string; temp: string | undefined; uuid: string },
): string | undefined {
  const name = `packer-result-${at.uuid}.json`;
  if (asked === undefined || asked === "") {
    return at.temp ? join(at.temp, name) : undefined;
  }
  const whole = resolve(at.cwd, asked);
  return /[\\/]$/.test(asked) ? join(whole, name) : whole;
}

/** Writes the result. Whoever can read the repository can download it, so that strong secrets are hidden in names and paths too. */
export async function writeResult(path: string, facts: ResultFacts, secrets: Hiding): Promise<void> {
  const hide = (text: string): string => secrets.filter(text);
  const { record, outcome, failureClass, templates, only, artifacts, diagnostics, endedAt } = facts;
  const result: RunResultFile = {
    outcome,
    failureClass,
    endedAt,
    runUuid: record.runUuid ?? "",
    templates,
    only,
    builds: record.builds.map((build) => hideInBuild(build, hide)),
    artifacts: artifacts.map((artifact) => hideInArtifact(artifact, hide)),
    uploaded: JSON.parse(facts.uploaded || "[]") as ResultUpload[],
    compared: record.compared.map((compared) => hideInComparison(compared, hide)),
    errors: diagnostics
      .filter(isError)
      .slice(0, MOST_ERRORS)
      .map(({ summary }) => hide(summary)),
  };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, formatResult(secrets.published(result)));
}

/** What it takes to leave a result. */
export interface ResultPlace {
  readonly asked: string | undefined;
  /** Name of the artifact to upload it as; `undefined` for none. */
  readonly artifact: string | undefined;
  readonly cwd: string;
  readonly temp: string | undefined;
  readonly uuid: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, "apart" | "diagnostics" | "now">;
  readonly secrets: Hiding;
  /** A step that was cancelled has no time to upload. */
  readonly isCancelled: boolean;
}

/** Writes the result and uploads it if asked; nothing is thrown. */
export async function leaveResult(
  facts: ResultFacts,
  place: ResultPlace,
): Promise<{ readonly path: string; readonly failed: boolean }> {
  const { asked, artifact, uuid, log, secrets } = place;
  const path = findResultPath(asked, place);
  if (path === undefined) {
    return { path: "", failed: artifact !== undefined };
  }
  try {
    await writeResult(path, facts, secrets);
  } catch (thrown) {
    log.now(`The result could not be written: ${readMessage(thrown)}`);
    return { path: "", failed: asked !== undefined || artifact !== undefined };
  }
  if (artifact === undefined || place.isCancelled) {
    return { path, failed: false };
  }
  const { uploadResult } = await import("./result-file-transfer.ts");
  return { path, failed: !(await uploadResult(artifact, path, uuid, place)) };
}

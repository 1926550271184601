// Workflow artifacts of what was built: one for each build, for later jobs and for people.

import { basename, relative } from "node:path";
import type { Secrets } from "../../core/secrets.ts";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Clock } from "../../host/host.ts";
import { nameGiver } from "../input/upload-names.ts";
import type { Log } from "../log/log.ts";
import type { ArtifactRecord } from "../result/artifact-records.ts";
import { untilAborted } from "../runner/cancelled-wait.ts";
import { artifactServiceAbsence, noArtifactService } from "../runner/service-absence.ts";
import { artifactUrl } from "./artifact-url.ts";
import { startSecretScan } from "./secret-scan.ts";
import { findCommonFolder, listFilesUnder } from "./upload-files.ts";

export interface UploadRequest {
  /** Pattern of the names, such as `packer-{build}`. */
  readonly pattern: string;
  /** 0 for what the repository says. */
  readonly retentionDays: number;
  readonly artifacts: readonly ArtifactRecord[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, "apart" | "diagnostics" | "now">;
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** What is not uploaded by then stays. */
  readonly signal: AbortSignal;
}

/** What a later step reads. */
export interface UploadedArtifact {
  readonly name: string;
  readonly template: string;
  readonly build: string;
  readonly id: number;
  /** Page to download it from, for people who are signed in. */
  readonly url: string;
  /** Of the archive, as `actions/upload-artifact` gives it. */
  readonly sha256: string;
}

export interface Uploads {
  readonly uploaded: readonly UploadedArtifact[];
  readonly failed: boolean;
}

interface Parcel {
  readonly template: string;
  readonly build: string;
  readonly name: string;
  readonly files: readonly string[];
}

/** Uploads the files of every build that succeeded. Nothing is thrown: what goes wrong is shown. */
export async function uploadArtifacts(request: UploadRequest): Promise<Uploads> {
  const { env, log, signal } = request;
  const parcels = await packParcels(request);
  if (parcels.length === 0) {
    log.now("There are no files to upload: what was built lives elsewhere.");
  }
  if (parcels.length === 0 || signal.aborted) {
    return { uploaded: [], failed: false };
  }
  const absence = artifactServiceAbsence(env);
  if (absence !== undefined) {
    log.diagnostics([noArtifactService("Nothing was uploaded", absence)], new Map());
    return { uploaded: [], failed: false };
  }
  await warnOfSecrets(parcels, request);
  const uploaded: UploadedArtifact[] = [];
  let failed = false;
  for (const parcel of parcels) {
    if (signal.aborted) {
      break;
    }
    try {
      const one = await untilAborted(uploadOne(parcel, request), signal, request.clock);
      if (one !== undefined) {
        uploaded.push(one);
      }
    } catch (thrown) {
      failed = true;
      log.diagnostics([uploadFailed(parcel, thrown, env)], new Map());
    }
  }
  return { uploaded, failed };
}

async function packParcels({ pattern, artifacts, cwd, secrets }: UploadRequest): Promise<Parcel[]> {
  const builds = new Map<string, ArtifactRecord[]>();
  // What is not all there is an error already.
  const broken = new Set(artifacts.filter(({ missing }) => missing !== undefined).map(nameKey));
  for (const record of artifacts) {
    const key = nameKey(record);
    if (broken.has(key)) {
      continue;
    }
    builds.set(key, [...(builds.get(key) ?? []), record]);
  }
  const nameFor = nameGiver(pattern);
  const parcels: Parcel[] = [];
  for (const records of builds.values()) {
    const [first] = records;
    const paths = records.flatMap((record) => record.files.map(({ path }) => path));
    const files = await listFilesUnder(paths, cwd);
    if (first === undefined || files.length === 0) {
      continue;
    }
    const { template, build, builder } = first;
    const name = nameFor({
      build: secrets.filterName(build),
      builder,
      template: secrets.filterName(nameTemplate(template)),
    });
    parcels.push({ template, build, name, files });
  }
  return parcels;
}

function nameKey({ template, build }: ArtifactRecord): string {
  return JSON.stringify([template, build]);
}

/** `images/web.pkr.hcl` is `web`. */
function nameTemplate(template: string): string {
  return basename(template).replace(/\.(pkr\.hcl|pkr\.json|json|ya?ml|hcl)$/, "");
}

async function warnOfSecrets(parcels: readonly Parcel[], { cwd, log, secrets }: UploadRequest): Promise<void> {
  const hasSecret = startSecretScan(secrets);
  for (const file of new Set(parcels.flatMap(({ files }) => files))) {
    // One that cannot be read is told of when it is uploaded.
    if (!(await hasSecret(file).catch(() => false))) {
      continue;
    }
    const warning: Diagnostic = {
      code: "action/secret-in-upload",
      severity: "warning",
      summary: `A file that is uploaded holds a secret: ${relative(cwd, file)}`,
      detail: "Everybody who can read the repository can download it and see the value.",
      hint: 'Keep the value out of the file, or leave the build out of "upload-artifacts".',
    };
    log.diagnostics([warning], new Map());
  }
}

async function uploadOne({ name, template, build, files }: Parcel, request: UploadRequest): Promise<UploadedArtifact> {
  const { env, log, retentionDays } = request;
  const { DefaultArtifactClient } = await import("@actions/artifact");
  const options = retentionDays > 0 ? { retentionDays } : {};
  const { id, digest } = await log.apart(`Upload ${name}`, () =>
    new DefaultArtifactClient().uploadArtifact(name, [...files], findCommonFolder(files), options),
  );
  if (id === undefined) {
    throw new Error("The artifact service gave it no id");
  }
  return { name, template, build, id, url: artifactUrl(env, id), sha256: digest ?? "" };
}

function uploadFailed({ name, build }: Parcel, thrown: unknown, env: UploadRequest["env"]): Diagnostic {
  const isAct = env["ACT"] === "true";
  return {
    code: "action/upload-failed",
    severity: "error",
    summary: `The files of build '${build}' could not be uploaded as "${name}"`,
    detail: readMessage(thrown),
    hint: isAct
      ? "What was built is still there. The artifact server of act 0.2.89 and earlier refuses this client, as it does actions/upload-artifact@v7: https://github.com/nektos/act/issues/6022"
      : 'What was built is still there. When another job has taken the name, give "upload-artifacts" one of its own, such as "packer-{build}-arm64".',
  };
}

// Result files on their way from the jobs that build to the one that collects, as artifacts of the workflow run.
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { Log } from "../log/log.ts";
import { ARTIFACT_SERVICE_HINT, artifactServiceAbsence, noArtifactService } from "../runner/service-absence.ts";

/** The runner with its service for artifacts, and where to tell what it did. */
export interface Carrier {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, "apart" | "diagnostics">;
}

/** Days for which a result is worth keeping: those in which a job can be run again. */
const RETENTION_DAYS = 7;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Uploads a result as `NAME-UUID`; false when that went wrong, which is told. */
export async function uploadResult(name: string, path: string, uuid: string, { env, log }: Carrier): Promise<boolean> {
  const absence = artifactServiceAbsence(env);
  if (absence !== undefined) {
    log.diagnostics([noArtifactService(`The result was not uploaded as "${name}"`, absence)], new Map());
    return true;
  }
  return attempt({ env, log }, "collect/not-uploaded", `The result could not be uploaded as "${name}"`, async () => {
    const { DefaultArtifactClient } = await import("@actions/artifact");
    const options = { retentionDays: RETENTION_DAYS };
    await new DefaultArtifactClient().uploadArtifact(`${name}-${uuid}`, [path], dirname(path), options);
  });
}

/** Downloads all results of this workflow run that were uploaded under a name; gives their folder. */
export async function downloadResults(
  name: string,
  temp: string,
  uuid: string,
  { env, log }: Carrier,
): Promise<string> {
  const folder = join(temp, `packer-results-${uuid}`);
  await mkdir(folder, { recursive: true });
  await attempt(
    { env, log },
    "collect/not-downloaded",
    `The results that were uploaded as "${name}" could not be downloaded`,
    async () => {
      const { DefaultArtifactClient } = await import("@actions/artifact");
      const client = new DefaultArtifactClient();
      const { artifacts } = await client.listArtifacts();
      for (const { name: full, id } of artifacts) {
        if (isResult(full, name)) {
          await client.downloadArtifact(id, { path: join(folder, String(id)) });
        }
      }
    },
  );
  return folder;
}

/** Whether an artifact is a result of that name, and not of one that only begins like it. */
export function isResult(artifact: string, name: string): boolean {
  return artifact.startsWith(`${name}-`) && UUID.test(artifact.slice(name.length + 1));
}

async function attempt(
  { env, log }: Carrier,
  code: string,
  summary: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const absence = artifactServiceAbsence(env);
  try {
    if (absence !== undefined) {
      throw new Error(absence);
    }
    await log.apart("Results of builds", work);
    return true;
  } catch (thrown) {
    const hint = `Results travel as artifacts of the workflow run. ${ARTIFACT_SERVICE_HINT}`;
    const failed: Diagnostic = { code, severity: "error", summary, detail: readMessage(thrown), hint };
    log.diagnostics([failed], new Map());
    return false;
  }
}

// The debug log of a step as a workflow artifact, for those who find out why it failed.
import { dirname } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { ActionContext } from "../action-context.ts";
import { makeAllowedName } from "../input/upload-names.ts";
import { untilAborted } from "../runner/cancelled-wait.ts";
import { artifactServiceAbsence, noArtifactService } from "../runner/service-absence.ts";
import { artifactUrl } from "./artifact-url.ts";

/** Days for which somebody looks into it. */
const RETENTION_DAYS = 14;

/** Uploads the file and gives its page; `undefined`, and told, when that went wrong. The step fails for other reasons. */
export async function uploadLog(
  path: string,
  { env, host, log, signal }: Pick<ActionContext, "env" | "host" | "log" | "signal">,
): Promise<string | undefined> {
  const missing = artifactServiceAbsence(env);
  if (missing !== undefined) {
    log.diagnostics([noArtifactService(`The debug log was not uploaded from ${path}`, missing)], new Map());
    return undefined;
  }
  // Every job of a matrix has one.
  const name = makeAllowedName(`packer-log-${env["GITHUB_JOB"] || "job"}-${host.random.uuid().slice(0, 8)}`);
  try {
    const { DefaultArtifactClient } = await import("@actions/artifact");
    const options = { retentionDays: RETENTION_DAYS };
    const upload = log.apart(`Upload ${name}`, () =>
      new DefaultArtifactClient().uploadArtifact(name, [path], dirname(path), options),
    );
    const made = await untilAborted(upload, signal, host.clock);
    return made?.id === undefined ? undefined : artifactUrl(env, made.id);
  } catch (thrown) {
    log.now(`The debug log could not be uploaded: ${readMessage(thrown)}`);
    return undefined;
  }
}

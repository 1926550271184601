// What becomes of finished artifacts beside the files themselves: workflow artifacts and attestations, as far as they were asked for.
import type { Secrets } from "../../core/secrets.ts";
import type { Host } from "../../host/host.ts";
import type { OutputName } from "../input/action-options.ts";
import type { Inputs } from "../input/inputs.ts";
import type { Log } from "../log/log.ts";
import type { ArtifactRecord } from "../result/artifact-records.ts";

interface PublishContext {
  readonly host: Host;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
}

/** What it adds to the outputs of the step, and whether the step fails for it. */
export interface Published {
  readonly outputs: Partial<Record<OutputName, string>>;
  readonly failed: boolean;
}

/** Publishes what was built. Nothing is thrown, and each part is loaded only when it was asked for. */
export async function publish(
  { uploads: pattern, retentionDays, attest, githubToken: token }: Inputs,
  artifacts: readonly ArtifactRecord[],
  context: PublishContext,
): Promise<Published> {
  const outputs: Partial<Record<OutputName, string>> = {};
  let failed = false;
  if (pattern !== undefined && !context.signal.aborted) {
    const { uploadArtifacts } = await import("./upload-artifacts.ts");
    const { cwd, clock } = context.host;
    const result = await uploadArtifacts({ ...context, pattern, retentionDays, artifacts, cwd, clock });
    outputs["uploaded-artifacts"] = JSON.stringify(result.uploaded);
    failed ||= result.failed;
  }
  // What an earlier run built was not built by this one, so this one cannot vouch for it.
  const built = artifacts.filter(
    (artifact) => artifact.unchanged_since === undefined && artifact.missing === undefined,
  );
  if (attest && built.length > 0 && !context.signal.aborted) {
    const { attestBuilds } = await import("./attest.ts");
    const result = await attestBuilds({ ...context, artifacts: built, token });
    const [first] = result.attested;
    if (first !== undefined) {
      Object.assign(outputs, {
        "attestation-id": first.id,
        "attestation-url": first.url,
        "attestation-bundle": first.bundlePath,
      });
    }
    failed ||= result.failed;
  }
  return { outputs, failed };
}

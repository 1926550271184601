// The results of other jobs of the workflow run, and the runner's folder for what is made of them.
import { join } from "node:path";
import type { JobResults } from "../../command/collect/job-results.ts";
import type { ActionContext } from "../action-context.ts";

/** Results that jobs uploaded under a name; without one there is nothing to look for. */
export function findJobResults({ host, env, log }: ActionContext, name: string | undefined): JobResults {
  const temp = env["RUNNER_TEMP"];
  const uuid = host.random.uuid();
  const download = async (): Promise<string> => {
    const { downloadResults } = await import("../result/result-file-transfer.ts");
    return downloadResults(name ?? "", temp || host.tempDir, uuid, { env, log });
  };
  return {
    manifest: join(temp || host.cwd, `packer-manifest-${uuid}.json`),
    download: name === undefined ? undefined : download,
  };
}

// The debug log of a step: `PACKER_LOG` and `PACKER_LOG_PATH` as on the command line, the runner's debug log, or a file to upload.
import { join, resolve } from "node:path";
import { type DebugLog, type DebugSurroundings, openDebugLog } from "../../command/debug-log.ts";
import type { ActionContext } from "../action-context.ts";

export interface StepLog extends DebugLog {
  /** Where it is written; `undefined` when it is in the log of the step or nowhere. */
  readonly path: string | undefined;
}

/** Opens what was asked for; throws when the file cannot be written. `isKept` wants a file in any case. */
export function openStepLog(
  { env, host, log, secrets }: ActionContext,
  { isKept, lost }: { readonly isKept: boolean; readonly lost: DebugSurroundings["lost"] },
): StepLog {
  const asked = env["PACKER_LOG_PATH"];
  const own = isKept ? join(env["RUNNER_TEMP"] || host.tempDir, `packer-log-${host.random.uuid()}.txt`) : undefined;
  const path = asked ? resolve(host.cwd, asked) : own;
  if (path !== undefined) {
    const write = (): void => {};
    // A file is read without the log of the step beside it.
    const surroundings = { env: { PACKER_LOG_PATH: path }, secrets, write, lost, leftOut: ["progress" as const] };
    return { ...openDebugLog(surroundings), path };
  }
  const isRunners = env["RUNNER_DEBUG"] === "1" && !env["PACKER_LOG"];
  const how = isRunners ? "debug" : "shown";
  const write = (line: string): void => log.debug(line, how);
  // The runner's has what is for it alone already.
  const leftOut = isRunners ? (["said", "progress", "log"] as const) : undefined;
  const wanted = { PACKER_LOG: isRunners ? "1" : env["PACKER_LOG"] };
  return { ...openDebugLog({ env: wanted, secrets, write, lost, leftOut }), path: undefined };
}

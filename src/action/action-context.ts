// What every part of the action works with.
import type { Secrets } from "../core/secrets.ts";
import type { Host } from "../host/host.ts";
import type { Log } from "./log/log.ts";
import type { RunnerFiles } from "./runner/runner-files.ts";
import type { Program } from "./setup/later-steps.ts";

export interface ActionContext {
  /** Knows the environment that templates may see. */
  readonly host: Host;
  /** All of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: RunnerFiles;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  /** What the command line of this program is started with. */
  readonly program: Program;
}

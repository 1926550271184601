// What installing plugins may use.
import type { Host } from "../../host/host.ts";

export interface InstallWorld {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** The folder below which all plugins are installed. */
  readonly root: string;
  /** This machine as Go calls it: `linux_amd64`. */
  readonly system: string;
  /** For GitHub's interface alone. */
  readonly token: string | undefined;
  log(line: string): void;
}

// How a machine is reached over WinRM: from the options and from what the builder knows.
import type { ConnectTarget } from "../../sdk/communicator-kind.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import type { winrmOptions } from "./winrm-options.ts";

type Config = ConfigOf<typeof winrmOptions>;

export const answers = Object.freeze({
  host: (config: Config, target?: ConnectTarget) => config.winrm_host || target?.host?.(),
  // A builder that forwards ports knows better than the template where the machine's port can be reached.
  port: (config: Config, target?: ConnectTarget) =>
    target?.port?.() ?? config.winrm_port ?? (config.winrm_use_ssl ? 5986 : 5985),
  user: (config: Config, target?: ConnectTarget) => config.winrm_username || target?.username || undefined,
  password: (config: Config, target?: ConnectTarget) => config.winrm_password || target?.password || undefined,
});

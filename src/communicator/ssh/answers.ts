// How a machine is reached over SSH: from the options and from what the builder knows.
import type { ConnectTarget } from "../../sdk/communicator-kind.ts";
import type { SshConfig } from "./options.ts";

export const answers = Object.freeze({
  host: (config: SshConfig, target?: ConnectTarget) => config.ssh_host || target?.host?.(),
  // As Packer: a builder that forwards a port knows better than the template where the machine's can be reached.
  port: (config: SshConfig, target?: ConnectTarget) => target?.port?.() ?? config.ssh_port,
  user: (config: SshConfig, target?: ConnectTarget) => config.ssh_username || target?.username || undefined,
  password: (config: SshConfig, target?: ConnectTarget) => config.ssh_password || target?.password || undefined,
});

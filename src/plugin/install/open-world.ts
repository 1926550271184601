// The world in which plugins are installed, made of what a command has.
import type { Host } from "../../host/host.ts";
import { findPluginFolder, nameSystem } from "../installed.ts";
import type { InstallWorld } from "./install-world.ts";

/** Asked for `token` only the command's own answer and the environment count. */
export async function openInstallWorld(given: {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly token?: string | undefined;
  log(line: string): void;
}): Promise<InstallWorld> {
  const { host, signal, log } = given;
  const token = host.env["PACKER_GITHUB_API_TOKEN"] || given.token || undefined;
  return { host, signal, log, token, root: await findPluginFolder(host), system: nameSystem() };
}

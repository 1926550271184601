// Which machine can run a container.
import type { MachineNeeds } from "../../sdk/builder.ts";
import type { ConfigOf } from "../../sdk/option.ts";
import type { dockerOptions } from "./options.ts";

/** Windows containers only run on Windows, and those of another processor only slowly. */
export function findMachineNeeds(config: Partial<ConfigOf<typeof dockerOptions>>): MachineNeeds {
  const platform = String(config.platform ?? "");
  if (config.windows_container === true || platform.startsWith("windows")) {
    return { os: "windows" };
  }
  return { os: "linux", arch: /^linux\/(arm|aarch)/.test(platform) ? "arm" : undefined };
}

// The folder of this machine that the container sees.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { unwritable } from "../../driver/docker/image-file.ts";
import type { Host } from "../../host/host.ts";
import type { Removal, Run } from "../../sdk/run.ts";

/** Kind of resource. */
export const SHARED_FOLDER = "docker-shared-folder";

/** Makes an empty folder for one container. It goes away with the build. */
export async function shareFolder(run: Run): Promise<string> {
  run.ui.say("Creating a temporary directory for sharing data...");
  const path = join(parentFolder(run.host), `tmp${run.host.random.integer(2 ** 47)}`);
  return run.acquire({ kind: SHARED_FOLDER, title: "shared folder", data: { path } }, async () => {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
    } catch (thrown) {
      throw unwritable(path, thrown);
    }
    return path;
  });
}

/**
 * As Packer: below the user's own configuration, because some engines (in a virtual machine, in a snap) only see files of the home folder.
 */
function parentFolder(host: Host): string {
  const { PACKER_TMP_DIR: temporary, PACKER_CONFIG_DIR: config, XDG_CONFIG_HOME: xdg, APPDATA: roaming } = host.env;
  if (temporary) return temporary;
  if (config) return join(config, ".packer.d");
  if (host.platform === "win32") return join(roaming || host.homeDir, "packer.d");
  const old = join(host.homeDir, ".packer.d");
  return existsSync(old) ? old : join(xdg || join(host.homeDir, ".config"), "packer");
}

/** Removes the folder with whatever the container put there. */
export const removeSharedFolder: Removal = async ({ data }) => {
  const { path } = data as { path: string };
  await rm(path, { recursive: true, force: true });
};

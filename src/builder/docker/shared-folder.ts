// The folder of this machine that the container sees.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { reportUnwritable } from "../../driver/local-files/whole-file.ts";
import type { Host } from "../../host/host.ts";
import { defineResource } from "../../sdk/resource.ts";
import type { Run } from "../../sdk/run.ts";

/** An empty folder, removed with whatever the container put there. Its name is nobody else's. */
export const sharedFolder = defineResource({
  kind: "docker-shared-folder",
  title: "shared folder",
  async create({ path }: { readonly path: string }) {
    await mkdir(path, { recursive: true, mode: 0o700 }).catch((thrown: unknown) => {
      throw reportUnwritable(path, thrown);
    });
    return { made: null, handle: path };
  },
  remove: ({ wanted: { path } }) => rm(path, { recursive: true, force: true }),
});

/** Makes an empty folder for one container. It goes away with the build. */
export async function shareFolder(run: Run<typeof sharedFolder>): Promise<string> {
  run.ui.say("Creating a temporary directory for sharing data...");
  return run.acquire(sharedFolder, {
    path: join(findParentFolder(run.host), `tmp${run.host.random.integer(2 ** 47)}`),
  });
}

/**
 * As Packer: below the user's own configuration, because some engines (in a virtual machine, in a snap) only see files of the home folder.
 */
function findParentFolder(host: Host): string {
  const { PACKER_TMP_DIR: temporary, PACKER_CONFIG_DIR: config, XDG_CONFIG_HOME: xdg, APPDATA: roaming } = host.env;
  if (temporary) {
    return temporary;
  }
  if (config) {
    return join(config, ".packer.d");
  }
  if (host.platform === "win32") {
    return join(roaming || host.homeDir, "packer.d");
  }
  const old = join(host.homeDir, ".packer.d");
  return existsSync(old) ? old : join(xdg || join(host.homeDir, ".config"), "packer");
}

// A folder of docker client settings of our own, so that logging in never touches the user's.
import { stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../../host/host.ts";
import { findClientFolder, readJson } from "./endpoint.ts";

/**
 * Fills `folder` with the user's settings. Other registries stay logged in to; a log-in to `server` goes into the folder, not
 * into the program that keeps the user's credentials.
 */
export async function copyClientConfig(
  host: Pick<Host, "env" | "homeDir">,
  folder: string,
  server: string,
): Promise<void> {
  const users = findClientFolder(host);
  const settings = asObject(await readJson(join(users, "config.json")));
  if (settings["credsStore"] !== undefined || settings["credHelpers"] !== undefined) {
    const own = server === "" ? DOCKER_HUB : [server, server.replace(/^https?:\/\//, "").replace(/\/.*$/, "")];
    settings["credHelpers"] = Object.assign(
      asObject(settings["credHelpers"]),
      Object.fromEntries(own.map((name) => [name, ""])),
    );
  }
  await writeFile(join(folder, "config.json"), JSON.stringify(settings), { mode: 0o600 });
  for (const name of ["contexts", "cli-plugins"]) {
    if (await exists(join(users, name))) {
      await symlink(join(users, name), join(folder, name));
    }
  }
}

/** What the docker program calls its own registry. */
const DOCKER_HUB = ["https://index.docker.io/v1/", "index.docker.io", "docker.io"];

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

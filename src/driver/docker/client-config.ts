// A folder of docker client settings of our own, so that logging in never touches the user's.
import { stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../../host/host.ts";
import { findClientFolder, readJson } from "./endpoint.ts";

/** What says how credentials are kept; everything else of the user's settings still counts (proxies, the current context, …). */
const CREDENTIALS = new Set(["auths", "credsStore", "credHelpers"]);

/** Fills `folder` with the user's settings without the credentials. */
export async function copyClientConfig(host: Pick<Host, "env" | "homeDir">, folder: string): Promise<void> {
  const users = findClientFolder(host);
  const settings = await readJson(join(users, "config.json"));
  const kept = Object.entries(typeof settings === "object" && settings !== null ? settings : {}).filter(
    ([key]) => !CREDENTIALS.has(key),
  );
  await writeFile(join(folder, "config.json"), JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 });
  for (const name of ["contexts", "cli-plugins"]) {
    if (await exists(join(users, name))) {
      await symlink(join(users, name), join(folder, name));
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

// Where the engine listens that the docker program would talk to: its own rules about variables, contexts and defaults.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../../host/host.ts";

type Surroundings = Pick<Host, "env" | "homeDir" | "platform">;

/** The socket file of the engine; `undefined` when it is reached in another way (TCP, TLS, SSH, a pipe) and only the program can. */
export async function findEngineSocket(host: Surroundings): Promise<string | undefined> {
  if (host.platform === "win32") {
    return undefined;
  }
  const address = host.env["DOCKER_HOST"];
  if (address) {
    return parseSocket(address);
  }
  const folder = findClientFolder(host);
  const context = host.env["DOCKER_CONTEXT"] || readText(await readJson(join(folder, "config.json")), "currentContext");
  if (context === undefined || context === "" || context === "default") {
    return "/var/run/docker.sock";
  }
  const { createHash } = await import("node:crypto");
  const name = createHash("sha256").update(context).digest("hex");
  const endpoint = readText(
    await readJson(join(folder, "contexts", "meta", name, "meta.json")),
    "Endpoints",
    "docker",
    "Host",
  );
  return endpoint === undefined ? undefined : parseSocket(endpoint);
}

/** The folder with the docker program's settings. */
export function findClientFolder(host: Pick<Host, "env" | "homeDir">): string {
  return host.env["DOCKER_CONFIG"] || join(host.homeDir, ".docker");
}

/** A JSON file's content; `undefined` when there is none that can be read. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

function parseSocket(address: string): string | undefined {
  return address.startsWith("unix://") ? address.slice("unix://".length) : undefined;
}

function readText(value: unknown, ...path: readonly string[]): string | undefined {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) {
      return undefined;
    }
    at = (at as Record<string, unknown>)[key];
  }
  return typeof at === "string" ? at : undefined;
}

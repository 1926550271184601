// Where the engine listens that the docker program would talk to: its own rules about variables, contexts and defaults.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../../host/host.ts";

type Surroundings = Pick<Host, "env" | "homeDir" | "platform">;

/** How an engine is reached. */
export type EngineAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly tls?: ClientCertificates | undefined };

/** What both sides prove themselves with. */
export interface ClientCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Where the program would go; `undefined` when it goes there in a way that only it knows (SSH, a pipe, half of the certificates). */
export async function findEngine(host: Surroundings): Promise<EngineAddress | undefined> {
  const path = await findEngineSocket(host);
  if (path !== undefined || host.platform === "win32") {
    return path === undefined ? undefined : { path };
  }
  const [, name, port] = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(host.env["DOCKER_HOST"] ?? "") ?? [];
  if (name === undefined || host.env["DOCKER_TLS"]) {
    return undefined;
  }
  const to = { host: name.replace(/^\[|\]$/g, ""), port: Number(port) };
  if (!host.env["DOCKER_TLS_VERIFY"]) {
    return to;
  }
  const tls = await readCertificates(host.env["DOCKER_CERT_PATH"] || findClientFolder(host));
  return tls === undefined ? undefined : { ...to, tls };
}

async function readCertificates(folder: string): Promise<ClientCertificates | undefined> {
  try {
    const files = ["ca.pem", "cert.pem", "key.pem"].map((name) => readFile(join(folder, name), "utf8"));
    const [ca = "", cert = "", key = ""] = await Promise.all(files);
    return { ca, cert, key };
  } catch {
    return undefined;
  }
}

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

// Starts a container as `docker run -d` does: by its engine's interface where that is the same, else with the program.
import { join } from "node:path";
import { findClientFolder, readJson } from "./endpoint.ts";
import { type EngineSocket, readAnswer, readText, send } from "./engine-http.ts";
import { findLocalEngine } from "./local-engine.ts";
import { askDocker, type DockerProgram, makeFailure, type Purpose } from "./program.ts";
import { type CreateRequest, parseRun } from "./run-arguments.ts";

/** A container to be started. */
export interface RunRequest {
  /** Tells it from all others: `--name` and a name, or `--cidfile` and a file for its id. */
  readonly mark: readonly [flag: "--name" | "--cidfile", value: string];
  readonly args: readonly string[];
  readonly cwd: string;
}

/** Variables that make more of `docker run` than a request. */
const MORE = ["DOCKER_CONTENT_TRUST", "DOCKER_DEFAULT_PLATFORM", "DOCKER_API_VERSION"] as const;

/** Starts a container and gives what the program says then: its id. */
export async function runContainer(
  program: DockerProgram,
  { mark, args, cwd }: RunRequest,
  failed: Purpose,
  signal: AbortSignal,
): Promise<string> {
  const id = mark[0] === "--name" ? await runOverSocket(program, { name: mark[1], args, failed }, signal) : undefined;
  return id ?? askDocker(program, ["run", ...mark, ...args], failed, { signal, cwd });
}

/** `undefined`, and nothing made, when the program has to do it: also what the engine refuses, so that the program says why. */
async function runOverSocket(
  program: DockerProgram,
  { name, args, failed }: { readonly name: string; readonly args: readonly string[]; readonly failed: Purpose },
  signal: AbortSignal,
): Promise<string | undefined> {
  const request = parseRun(args);
  if (request === undefined || (await asksForMore(program))) {
    return undefined;
  }
  const engine = await findLocalEngine(program);
  if (engine === undefined || !(await answers(engine, signal))) {
    return undefined;
  }
  const id = await create(engine, name, request, signal);
  if (id === undefined) {
    return undefined;
  }
  const path = `/containers/${id}`;
  if ((await readAnswer(await send(engine, { method: "POST", path: `${path}/start`, signal }))).ok) {
    return id;
  }
  const removed = await readAnswer(await send(engine, { method: "DELETE", path: `${path}?force=1&v=1`, signal }));
  if (removed.ok) {
    return undefined;
  }
  throw makeFailure(failed, removed.message);
}

async function create(
  engine: EngineSocket,
  name: string,
  json: CreateRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = new URLSearchParams({ name });
  const answer = await readAnswer(
    await send(engine, { method: "POST", path: `/containers/create?${query}`, json, signal }),
  );
  return answer.ok ? readText(answer.value, "Id") : undefined;
}

/** An engine that is not there is for the program to tell. */
async function answers(engine: EngineSocket, signal: AbortSignal): Promise<boolean> {
  try {
    return (await readAnswer(await send(engine, { method: "GET", path: "/_ping", signal }))).ok;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** The program puts into requests what its settings say of proxies and headers. */
async function asksForMore({ host, env, config }: DockerProgram): Promise<boolean> {
  const all = { ...host.env, ...env };
  if (MORE.some((name) => all[name])) {
    return true;
  }
  const folder = config ?? findClientFolder({ env: all, homeDir: host.homeDir });
  const settings = await readJson(join(folder, "config.json"));
  return typeof settings === "object" && settings !== null && ("proxies" in settings || "HttpHeaders" in settings);
}

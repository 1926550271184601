// The engine of this machine, when the docker program would talk to that one over a socket file.
import { basename } from "node:path";
import { findEngineSocket } from "./endpoint.ts";
import type { EngineSocket } from "./engine-http.ts";
import type { DockerProgram } from "./program.ts";

/** `undefined` when another program is used, or the engine is reached in a way that only the program knows. */
export async function findLocalEngine(program: DockerProgram): Promise<EngineSocket | undefined> {
  const { host, executable, env } = program;
  if (!/^docker(\.exe)?$/.test(basename(executable))) {
    return undefined;
  }
  const path = await findEngineSocket({ ...host, env: { ...host.env, ...env } });
  return path === undefined ? undefined : { host, path };
}

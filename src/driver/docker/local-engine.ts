// The engine that the docker program would talk to, when it can be talked to without the program.
import { access, constants, open } from "node:fs/promises";
import { basename, delimiter, isAbsolute, join, resolve } from "node:path";
import { findEngine } from "./endpoint.ts";
import type { EngineSocket } from "./engine-http.ts";
import type { DockerProgram } from "./program.ts";

/** `undefined` when another program is used, or the engine is reached in a way that only the program knows. */
export async function findLocalEngine(program: DockerProgram): Promise<EngineSocket | undefined> {
  const { host, executable } = program;
  if (!/^docker(\.exe)?$/.test(basename(executable))) {
    return undefined;
  }
  const env = { ...host.env, ...program.env };
  const address = await findEngine({ ...host, env });
  if (address === undefined || !(await isClient(executable, env, host.cwd))) {
    return undefined;
  }
  if ("path" in address) {
    return { host, address, shown: address.path };
  }
  const shown = `${address.host}:${address.port}`;
  const proxy = await host.network.proxyFor(new URL(`http://${shown.includes("::") ? `[${address.host}]` : shown}/`));
  return proxy === undefined ? { host, address, shown } : undefined;
}

/** Not a script: whoever puts one in the program's place, such as that of podman, wants it to be run. */
async function isClient(executable: string, env: DockerProgram["host"]["env"], cwd: string): Promise<boolean> {
  const path = await findProgram(executable, env["PATH"] ?? "", cwd);
  if (path === undefined) {
    return false;
  }
  const file = await open(path, "r").catch(() => undefined);
  try {
    const beginning = (await file?.read(Buffer.alloc(2), 0, 2, 0))?.buffer.toString("latin1");
    // What may be run but not be read is no script.
    return beginning !== "#!";
  } finally {
    await file?.close();
  }
}

async function findProgram(executable: string, path: string, cwd: string): Promise<string | undefined> {
  const isPath = isAbsolute(executable) || executable.includes("/");
  const places = isPath ? [executable] : path.split(delimiter).map((folder) => join(folder, executable));
  for (const place of places) {
    const whole = resolve(cwd, place);
    if (await isRunnable(whole)) {
      return whole;
    }
  }
  return undefined;
}

function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

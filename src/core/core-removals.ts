// How to remove the kinds of things that every component may acquire without saying how to remove them.
import { rm } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import type { ProcessTable } from "../host/host.ts";
import type { Json, Removal, RemovalRun, Resource } from "../sdk/run.ts";

export const TEMPORARY_FOLDER = "temporary-folder";
const TEMPORARY_FILE = "temporary-file";
/**
 * A program of this machine; `made` is an object with its `pid`. `data` should have a `mark`: a text that nobody else has and
 * that stands in its arguments or environment, such as the path of a folder of its own.
 */
const PROCESS = "process";

/** Milliseconds a process gets to end by itself. */
const PATIENCE = 3000;
const LOOK_EVERY = 50;
/** A shorter mark could be somebody else's. */
const SHORTEST_MARK = 12;

export const coreRemovals: Readonly<Record<string, Removal>> = Object.freeze({
  [TEMPORARY_FOLDER]: removePath,
  [TEMPORARY_FILE]: removePath,
  [PROCESS]: endProcess,
});

/** Notes which process it is, so that nobody ends a later one with the same number. */
export async function identified(kind: string, made: Json, table: ProcessTable): Promise<Json> {
  const pid = kind === PROCESS ? fieldOf(made, "pid") : undefined;
  if (typeof pid !== "number") return made;
  return { ...(made as { readonly [key: string]: Json }), identity: (await table.identity(pid)) ?? null };
}

/** The intent names the `path`, so a folder is found even when its maker died before it could say so. */
async function removePath(resource: Resource): Promise<void> {
  const path = fieldOf(resource.data, "path") ?? resource.made;
  if (typeof path !== "string" || !isAbsolute(path) || dirname(path) === path) {
    if (resource.made === undefined) return;
    throw new Error(`The record of a ${resource.title} names no path: ${JSON.stringify(resource)}`);
  }
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function endProcess(resource: Resource, run: RemovalRun): Promise<void> {
  const { processTable } = run.host;
  const pid = fieldOf(resource.made, "pid");
  if (typeof pid === "number") {
    const identity = fieldOf(resource.made, "identity");
    if (identity !== null) await end(pid, typeof identity === "string" ? identity : undefined, run);
    return;
  }
  // Its maker died between starting it and saying which one it is.
  const mark = fieldOf(resource.data, "mark");
  if (typeof mark !== "string" || mark.length < SHORTEST_MARK) return;
  for (const found of await processTable.find(mark)) await end(found, await processTable.identity(found), run);
}

async function end(pid: number, identity: string | undefined, run: RemovalRun): Promise<void> {
  const lives = async (): Promise<boolean> => {
    const now = await run.host.processTable.identity(pid);
    return now !== undefined && (identity === undefined || now === identity);
  };
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!(await lives())) return;
    run.host.processTable.signal(pid, signal);
    for (let waited = 0; waited < PATIENCE && (await lives()); waited += LOOK_EVERY) await run.host.clock.sleep(LOOK_EVERY, run.signal);
  }
  if (await lives()) throw new Error(`Process ${pid} does not end`);
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return (value as { readonly [key: string]: Json })[name];
}

// Reads journals, also those whose writer was killed in the middle of a line.
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import type { Resource } from "../sdk/run.ts";
import type { JournalRecord, ResourceOwner } from "./journal.ts";
import { isOurs } from "./ownership.ts";

/** What became of a resource; `open` ones nobody has removed, `abandoned` ones were left on purpose for a look. */
type ResourceState = "open" | "removed" | "artifact" | "abandoned";

export interface JournalledResource {
  readonly number: number;
  readonly build: string;
  readonly owner: ResourceOwner;
  readonly resource: Resource;
  readonly state: ResourceState;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface JournalContents {
  readonly file: string;
  readonly run: string;
  readonly pid: number;
  /** Tells the process from a later one with the same number. */
  readonly process: string | undefined;
  /** When the run recorded its first resource, in milliseconds since 1970. */
  readonly at: number;
  /** What the resources are labelled with. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the order in which they were made. */
  readonly resources: readonly JournalledResource[];
}

/** The contents of a journal; `undefined` when the file is gone, is none, or could have been written by somebody else. */
export async function readJournal(file: string): Promise<JournalContents | undefined> {
  const text = await textOf(file).catch(() => "");
  const [head, ...records] = text.split("\n").flatMap(recordOf);
  if (head === undefined || !("journal" in head)) return undefined;
  const resources = new Map<number, JournalledResource>();
  const change = (number: number, changes: Partial<JournalledResource>): void => {
    const entry = resources.get(number);
    if (entry !== undefined) resources.set(number, { ...entry, ...changes });
  };
  for (const record of records) {
    if ("intent" in record) {
      const { intent: number, build, owner, resource, at } = record;
      resources.set(number, { number, build, owner, resource, at, state: "open" });
    } else if ("made" in record) {
      const entry = resources.get(record.made);
      if (entry !== undefined) change(record.made, { resource: { ...entry.resource, made: record.value } });
    } else if ("removed" in record) change(record.removed, { state: "removed" });
    else if ("kept" in record) change(record.kept, { state: record.as });
  }
  return {
    file,
    run: head.run,
    pid: head.pid,
    process: head.process ?? undefined,
    at: head.at,
    labels: head.labels ?? {},
    resources: [...resources.values()],
  };
}

/** The journals of a folder whose process has ended, with what it left behind, the newest first within each. */
export async function leftovers(
  host: Host,
  folder: string,
): Promise<{ readonly journal: JournalContents; readonly resources: readonly JournalledResource[] }[]> {
  const names = await readdir(folder).catch(() => []);
  await removeUnbegun(host, folder, names);
  const found = [];
  for (const name of names.filter((each) => each.endsWith(".jsonl")).sort()) {
    const journal = await readJournal(join(folder, name));
    if (journal === undefined || (await isRunning(host, journal))) continue;
    found.push({ journal, resources: openResources(journal) });
  }
  return found;
}

/** Whoever died between making its journal and giving it its name had not made anything else yet. */
async function removeUnbegun(host: Host, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const pid = /^(\d+)-.*\.jsonl\.new$/.exec(name)?.[1];
    if (pid === undefined || (await host.processTable.identity(Number(pid))) !== undefined) continue;
    const file = join(folder, name);
    if (await isOurs(file)) await rm(file, { force: true });
  }
}

/** What is still there, the newest first: the order in which it can be removed. */
export function openResources(journal: JournalContents): JournalledResource[] {
  return journal.resources.filter(({ state }) => state === "open").reverse();
}

/** True while the process that writes the journal lives. */
export async function isRunning(host: Host, journal: JournalContents): Promise<boolean> {
  const identity = await host.processTable.identity(journal.pid);
  return identity !== undefined && (journal.process === undefined || identity === journal.process);
}

async function textOf(file: string): Promise<string> {
  return (await isOurs(file)) ? readFile(file, "utf8") : "";
}

/** A line that was cut off when its writer died is no record. */
function recordOf(line: string): JournalRecord[] {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null ? [record as JournalRecord] : [];
  } catch {
    return [];
  }
}

// Reads journals, also those whose writer was killed in the middle of a line.
import { constants } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readMessage } from "../diagnostic/build-error.ts";
import type { Host, ProcessFate } from "../host/host.ts";
import { listJournalFolders } from "./journal-folder.ts";
import {
  type ChangeRecord,
  type JournalHead,
  type JournalRecord,
  type Resource,
  type ResourceOwner,
  readHead,
  readRecord,
} from "./journal-record.ts";
import { isOurs, openOurs } from "./ownership.ts";

/** What became of a resource; `open` ones nobody has removed, `abandoned` ones were left on purpose for a look. */
type ResourceState = "open" | "removed" | "artifact" | "abandoned" | "replaced";

export interface JournalledResource {
  readonly number: number;
  readonly build: string;
  readonly owner: ResourceOwner;
  readonly resource: Resource;
  readonly place: string | null;
  readonly state: ResourceState;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface JournalContents {
  readonly file: string;
  readonly run: string;
  readonly pid: number;
  readonly process: string | null;
  readonly space: string;
  /** When the run recorded its first resource, in milliseconds since 1970. */
  readonly at: number;
  /** What the resources are labelled with. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the order in which they were made. */
  readonly resources: readonly JournalledResource[];
}

/** A journal that cannot be understood. */
export interface BrokenJournal {
  readonly file: string;
  readonly broken: string;
}

/** What the folders of journals hold. */
export interface Journals {
  /** Of processes that have ended, with what is still there, the newest first within each. */
  readonly ended: readonly { readonly journal: JournalContents; readonly resources: readonly JournalledResource[] }[];
  readonly broken: readonly BrokenJournal[];
  /** Of processes that go on, with what they hold. */
  readonly running: Journals["ended"];
  /** How many there are of processes that cannot be seen from here: in another container, on another machine. */
  readonly elsewhere: number;
}

/** The contents of a journal; `undefined` when the file is gone or could have been written by somebody else. */
export async function readJournal(file: string): Promise<JournalContents | BrokenJournal | undefined> {
  if (!(await isOurs(dirname(file), "folder"))) {
    return undefined;
  }
  const text = await readText(file);
  if (text === undefined) {
    return undefined;
  }
  try {
    const [head, ...records] = text.split("\n").flatMap(listValues);
    return collectContents(file, readHead(head), records.map(readRecord));
  } catch (thrown) {
    return { file, broken: readMessage(thrown) };
  }
}

function collectContents(
  file: string,
  { journal: _, ...head }: JournalHead,
  records: readonly JournalRecord[],
): JournalContents {
  const resources = new Map<number, JournalledResource>();
  for (const record of records) {
    if ("intent" in record) {
      const { intent: number, ...rest } = record;
      resources.set(number, { number, ...rest, state: "open" });
      continue;
    }
    const [number, changes] = readChanges(record);
    const entry = resources.get(number);
    if (entry === undefined) {
      continue;
    }
    const { made } = changes;
    resources.set(number, {
      ...entry,
      state: changes.state ?? entry.state,
      resource: made === undefined ? entry.resource : { ...entry.resource, made },
    });
  }
  return { file, ...head, resources: [...resources.values()] };
}

function readChanges(
  record: ChangeRecord,
): [number, { state?: ResourceState | undefined; made?: Resource["made"] | undefined }] {
  if ("made" in record) {
    return [record.made, { made: record.value }];
  }
  if ("removed" in record) {
    return [record.removed, { state: "removed" }];
  }
  if ("replaced" in record) {
    return [record.replaced, { state: "replaced" }];
  }
  return [record.kept, { state: record.as }];
}

/** All journals of the folder, and of those that stand in for it. */
export async function findLeftovers(host: Host, folder: string): Promise<Journals> {
  const found = {
    ended: [] as Journals["ended"][number][],
    broken: [] as BrokenJournal[],
    running: [] as Journals["ended"][number][],
    elsewhere: 0,
  };
  for (const each of await listJournalFolders(folder)) {
    const names = await readdir(each).catch(() => []);
    await removeUnbegun(host, each, names);
    for (const name of names.filter((one) => one.endsWith(".jsonl")).sort()) {
      const journal = await readJournal(join(each, name));
      if (journal === undefined) {
        continue;
      }
      if ("broken" in journal) {
        found.broken.push(journal);
        continue;
      }
      const fate = await findFate(host, journal);
      if (fate === "unseen") {
        found.elsewhere++;
      } else {
        found[fate === "lives" ? "running" : "ended"].push({ journal, resources: openResources(journal) });
      }
    }
  }
  return found;
}

/** Milliseconds after which a journal without a name was given up by its writer, if that cannot be asked. */
const GIVEN_UP = 10_000;

/** Whoever died between making its journal and giving it its name had not made anything else yet. */
async function removeUnbegun(host: Host, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const pid = /^(\d+)-.*\.jsonl\.new$/.exec(name)?.[1];
    if (pid === undefined || (await host.processTable.identity(Number(pid))) !== undefined) {
      continue;
    }
    const file = join(folder, name);
    const [head] = ((await readText(file)) ?? "").split("\n").flatMap(listValues);
    if (await isGivenUp(host, file, head)) {
      await rm(file, { force: true });
    }
  }
}

async function isGivenUp(host: Host, file: string, head: unknown): Promise<boolean> {
  try {
    return (await findFate(host, readHead(head))) === "gone";
  } catch {
    const { mtimeMs } = await stat(file);
    return Date.now() - mtimeMs > GIVEN_UP;
  }
}

/** What is still there, the newest first: the order in which it can be removed. */
export function openResources(journal: JournalContents): JournalledResource[] {
  return journal.resources.filter(({ state }) => state === "open").reverse();
}

/** What became of the process that writes the journal. */
export function findFate(
  host: Host,
  { pid, process, space }: Pick<JournalHead, "pid" | "process" | "space">,
): Promise<ProcessFate> {
  return host.processTable.fate({ pid, identity: process ?? undefined, space });
}

async function readText(file: string): Promise<string | undefined> {
  const handle = await openOurs(file, constants.O_RDONLY);
  if (handle === undefined) {
    return undefined;
  }
  try {
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** A line that was cut off when its writer died is no record. */
function listValues(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

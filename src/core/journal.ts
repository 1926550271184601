// The write-ahead record of what a run makes: whoever comes after a killed process can still remove everything.
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { failure, messageOf } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import type { ComponentKind } from "../sdk/component.ts";
import type { Json, ResourceIntent } from "../sdk/run.ts";
import { isOurs } from "./ownership.ts";

/** Who made a resource and so knows how to remove it. */
export interface ResourceOwner {
  readonly kind: ComponentKind;
  readonly type: string;
}

/** Why something stays: it is (part of) an artifact, or the user wants to look at it after a failure. */
type KeptAs = "artifact" | "abandoned";

/** One record of the file, one line of JSON each. */
export type JournalRecord =
  | {
      readonly journal: 1;
      readonly run: string;
      readonly pid: number;
      readonly process: string | null;
      readonly at: number;
      /** What the resources are labelled with, where their platform has labels. */
      readonly labels?: Readonly<Record<string, string>>;
    }
  | {
      readonly intent: number;
      readonly build: string;
      readonly owner: ResourceOwner;
      readonly resource: ResourceIntent;
      readonly at: number;
    }
  | { readonly made: number; readonly value: Json }
  | { readonly removed: number }
  | { readonly kept: number; readonly as: KeptAs };

/** The record of one run. */
export interface Journal {
  /** Exists once something was recorded. */
  readonly file: string;
  /** Returns when it is certain that the intent outlives this process. */
  intend(build: string, owner: ResourceOwner, resource: ResourceIntent): Promise<JournalEntry>;
  /** Waits for what is still being written; deletes the file when nothing is left for anybody to remove. */
  close(): Promise<void>;
}

/** The record of one resource. */
export interface JournalEntry {
  made(value: Json): Promise<void>;
  removed(): Promise<void>;
  kept(as: KeptAs): Promise<void>;
}

/** A journal in `folder`, one file per run. Nothing is written before there is something to record. */
export async function openJournal(
  host: Host,
  folder: string,
  runUuid: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<Journal> {
  const pid = host.processTable.own;
  const file = join(folder, `${pid}-${runUuid}.jsonl`);
  const unfinished = new Set<number>();
  let handle: FileHandle | undefined;
  let begun = false;
  let queue: Promise<void> = Promise.resolve();
  let count = 0;

  const start = async (): Promise<FileHandle> => {
    // Somebody who was left behind when the run ended still has something to say.
    if (begun) return open(file, "a", 0o600);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await isOurs(folder))) throw new Error("the folder belongs to somebody else, or others can write to it");
    const process = (await host.processTable.identity(pid)) ?? null;
    const head: JournalRecord = {
      journal: 1,
      run: runUuid,
      pid,
      process,
      at: host.clock.now(),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    };
    // Under its final name the file always says whose it is.
    const opened = await open(`${file}.new`, "w", 0o600);
    await opened.writeFile(`${JSON.stringify(head)}\n`);
    await opened.sync();
    await rename(`${file}.new`, file);
    begun = true;
    await syncFolder(folder);
    return opened;
  };
  const write = (record: JournalRecord): Promise<void> => {
    const written = queue.then(async () => {
      handle ??= await start();
      await handle.writeFile(`${JSON.stringify(record)}\n`);
      await handle.datasync();
    });
    queue = written.catch(() => {});
    return written.catch((thrown: unknown) => {
      throw failure("environment", "run/journal-unwritable", "The record of created resources could not be written", {
        detail: `${file}: ${messageOf(thrown)}`,
        hint: "Make room or set PACKER_TMP_DIR to a folder that can be written.",
        cause: thrown,
      });
    });
  };

  return {
    file,
    async intend(build, owner, resource) {
      const number = ++count;
      unfinished.add(number);
      const { kind, title, data } = resource;
      const record = { intent: number, build, owner: { kind: owner.kind, type: owner.type }, resource: { kind, title, data } };
      try {
        await write({ ...record, at: host.clock.now() });
      } catch (thrown) {
        unfinished.delete(number);
        throw thrown;
      }
      return {
        made: (value) => write({ made: number, value }),
        removed() {
          unfinished.delete(number);
          return write({ removed: number });
        },
        kept(as) {
          if (as === "artifact") unfinished.delete(number);
          return write({ kept: number, as });
        },
      };
    },
    async close() {
      await queue;
      if (handle === undefined) return;
      await handle.close();
      handle = undefined;
      if (unfinished.size > 0) return;
      begun = false;
      await rm(file, { force: true });
    },
  };
}

/** Makes a new name in a folder last; not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

// The write-ahead record of what a run makes: whoever comes after a killed process can still remove everything.
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { failure, readMessage } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import type { Json } from "../sdk/run.ts";
import { makeJournalFolder } from "./journal-folder.ts";
import {
  type IntentRecord,
  JOURNAL_FORM,
  type JournalHead,
  type JournalRecord,
  type KeptAs,
} from "./journal-record.ts";

/** What is about to be made. */
export type Intent = Pick<IntentRecord, "build" | "owner" | "resource" | "place">;

/** The record of one run. */
export interface Journal {
  /** Where it is, or where it would be looked for as long as nothing was recorded. */
  readonly folder: string;
  /** The file once something was recorded. */
  readonly file: string | undefined;
  /** Returns when it is certain that the intent outlives this process. */
  intend(intent: Intent): Promise<JournalEntry>;
  /** Waits for what is still being written; deletes the file when nothing is left for anybody to remove. */
  close(): Promise<void>;
}

/** The record of one resource. */
export interface JournalEntry {
  readonly number: number;
  made(value: Json): Promise<void>;
  removed(): Promise<void>;
  kept(as: KeptAs): Promise<void>;
}

/** A journal in `folder`, one file per run. Nothing is written before there is something to record. */
export function openJournal(
  host: Host,
  folder: string,
  runUuid: string,
  labels: Readonly<Record<string, string>> = {},
): Journal {
  const lines = new JournalLines(host, folder, runUuid, labels);
  const unfinished = new Set<number>();
  let count = 0;
  const write = (record: JournalRecord): Promise<void> =>
    lines.append(record).catch((thrown: unknown) => {
      throw failure("environment", "run/journal-unwritable", "The record of created resources could not be written", {
        detail: `${lines.file ?? folder}: ${readMessage(thrown)}`,
        hint: "Make room or set PACKER_TMP_DIR to a folder that can be written.",
        cause: thrown,
      });
    });

  return {
    folder,
    get file() {
      return lines.file;
    },
    async intend(intent) {
      const number = ++count;
      unfinished.add(number);
      try {
        await write({ intent: number, ...intent, at: host.clock.now() });
      } catch (thrown) {
        unfinished.delete(number);
        throw thrown;
      }
      return {
        number,
        made: (value) => write({ made: number, value }),
        removed() {
          unfinished.delete(number);
          return write({ removed: number });
        },
        kept(as) {
          if (as === "artifact") {
            unfinished.delete(number);
          }
          return write({ kept: number, as });
        },
      };
    },
    close: () => lines.close(() => unfinished.size > 0),
  };
}

/** The lines of one file, in the order in which they were asked for. */
class JournalLines {
  /** Known once something was written. */
  file: string | undefined;
  readonly #host: Host;
  readonly #folder: string;
  readonly #name: string;
  readonly #head: Pick<JournalHead, "run" | "labels">;
  #handle: FileHandle | undefined;
  #exists = false;
  /** The last line may have no end: the disk was full, or the like. */
  #isTorn = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(host: Host, folder: string, run: string, labels: Readonly<Record<string, string>>) {
    this.#host = host;
    this.#folder = folder;
    this.#name = `${host.processTable.own}-${run}.jsonl`;
    this.#head = { run, labels };
  }

  /** Returns when the line is on the disk. */
  append(record: JournalRecord): Promise<void> {
    const written = this.#queue.then(async () => {
      this.#handle ??= await this.#open();
      const start = this.#isTorn ? "\n" : "";
      this.#isTorn = true;
      await this.#handle.writeFile(`${start}${JSON.stringify(record)}\n`);
      this.#isTorn = false;
      await this.#handle.datasync();
    });
    this.#queue = written.catch(() => {});
    return written;
  }

  async close(stays: () => boolean): Promise<void> {
    await this.#queue;
    if (this.#handle === undefined || this.file === undefined) {
      return;
    }
    await this.#handle.close();
    this.#handle = undefined;
    if (stays()) {
      return;
    }
    this.#exists = false;
    await rm(this.file, { force: true });
  }

  async #open(): Promise<FileHandle> {
    // Somebody who was left behind when the run ended still has something to say.
    if (this.#exists && this.file !== undefined) {
      return open(this.file, "a", 0o600);
    }
    const { clock, processTable } = this.#host;
    const { own } = processTable;
    this.file = join(await makeJournalFolder(this.#folder), this.#name);
    const head: JournalHead = {
      journal: JOURNAL_FORM,
      ...this.#head,
      pid: own,
      process: (await processTable.identity(own)) ?? null,
      space: await processTable.space(),
      at: clock.now(),
    };
    // Under its final name the file always says whose it is.
    const opened = await open(`${this.file}.new`, "w", 0o600);
    await opened.writeFile(`${JSON.stringify(head)}\n`);
    await opened.sync();
    await rename(`${this.file}.new`, this.file);
    this.#exists = true;
    await syncFolder(dirname(this.file));
    return opened;
  }
}

/** Makes a new name in a folder last; not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

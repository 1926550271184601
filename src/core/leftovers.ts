// Removes what a run left behind when it was killed: the work of a later process.
import { appendFile, rm } from "node:fs/promises";
import { messageOf } from "../diagnostic/build-error.ts";
import type { Catalog } from "../sdk/catalog.ts";
import type { Component } from "../sdk/component.ts";
import type { RemovalRun } from "../sdk/run.ts";
import type { JournalRecord, ResourceOwner } from "./journal.ts";
import { isRunning, type JournalledResource, openResources, readJournal } from "./journal-file.ts";
import { removalOf, removeResource } from "./removal.ts";

/** What became of the leftovers of one journal. */
export interface Clearance {
  /** True when the process that writes the journal still lives: then nothing was touched. */
  readonly running: boolean;
  readonly removed: readonly JournalledResource[];
  readonly failed: readonly { readonly leftover: JournalledResource; readonly error: string }[];
}

/**
 * Removes everything that a journal says is still there, the newest first, by way of the component that made it.
 * The journal goes when nothing is left. Safe to repeat, and to be run by two processes at once.
 */
export async function removeLeftovers(
  journalFile: string,
  catalog: Catalog,
  run: Omit<RemovalRun, "signal"> & { readonly removalLimit?: number },
): Promise<Clearance> {
  const journal = await readJournal(journalFile);
  if (journal === undefined) return { running: false, removed: [], failed: [] };
  if (await isRunning(run.host, journal)) return { running: true, removed: [], failed: [] };
  const removed: JournalledResource[] = [];
  const failed: { leftover: JournalledResource; error: string }[] = [];
  for (const leftover of openResources(journal)) {
    try {
      await removeOne(leftover, catalog, run);
      removed.push(leftover);
      const record: JournalRecord = { removed: leftover.number };
      // A line of its own even when the writer died in the middle of one.
      await appendFile(journalFile, `\n${JSON.stringify(record)}\n`).catch(() => {});
    } catch (thrown) {
      failed.push({ leftover, error: messageOf(thrown) });
    }
  }
  const abandoned = journal.resources.some(({ state }) => state === "abandoned");
  if (failed.length === 0 && !abandoned) await rm(journalFile, { force: true });
  return { running: false, removed, failed };
}

async function removeOne(
  { owner, resource }: JournalledResource,
  catalog: Catalog,
  run: Omit<RemovalRun, "signal"> & { readonly removalLimit?: number },
): Promise<void> {
  const removal = removalOf(componentOf(owner, catalog)?.removes, resource.kind);
  if (removal === undefined)
    throw new Error(`Nobody knows how to remove a ${resource.kind}: there is no ${owner.kind} "${owner.type}" that does`);
  await removeResource(removal, resource, { host: run.host, ui: run.ui }, run.removalLimit);
}

function componentOf({ kind, type }: ResourceOwner, catalog: Catalog): Component | undefined {
  switch (kind) {
    case "builder":
      return catalog.builders.get(type);
    case "provisioner":
      return catalog.provisioners.get(type);
    case "post-processor":
      return catalog.postProcessors.get(type);
    case "datasource":
      return catalog.dataSources.get(type);
    case "communicator":
      return catalog.communicators.get(type);
  }
}

// Removes what a run left behind when it was killed: the work of a later process.
import { constants } from "node:fs";
import { rm } from "node:fs/promises";
import { readMessage } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import type { Catalog } from "../sdk/catalog.ts";
import type { Component } from "../sdk/component.ts";
import type { RemovalRun } from "../sdk/run.ts";
import { findFate, type JournalledResource, openResources, readJournal } from "./journal-file.ts";
import type { ChangeRecord, ResourceOwner } from "./journal-record.ts";
import { openOurs } from "./ownership.ts";
import { removeResource } from "./removal.ts";
import { findKind } from "./temporary-folder.ts";

/** What became of the leftovers of one journal. */
export interface Clearance {
  /** True when the process that writes the journal still lives, or may do so where it cannot be seen: then nothing was touched. */
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
  run: Omit<RemovalRun, "signal"> & { readonly removalLimit?: number | undefined },
): Promise<Clearance> {
  const journal = await readJournal(journalFile);
  if (journal === undefined || "broken" in journal) {
    return { running: false, removed: [], failed: [] };
  }
  if ((await findFate(run.host, journal)) !== "gone") {
    return { running: true, removed: [], failed: [] };
  }
  const removed: JournalledResource[] = [];
  const failed: { leftover: JournalledResource; error: string }[] = [];
  for (const leftover of openResources(journal)) {
    try {
      await removeOne(leftover, catalog, run);
      removed.push(leftover);
      await addTo(journalFile, { removed: leftover.number });
    } catch (thrown) {
      failed.push({ leftover, error: readMessage(thrown) });
    }
  }
  const abandoned = journal.resources.some(({ state }) => state === "abandoned");
  if (failed.length === 0 && !abandoned) {
    await rm(journalFile, { force: true });
  }
  return { running: false, removed, failed };
}

/** In words, what a run that has ended left in place because it was told to. What is gone by now is taken off its record. */
export async function describeAbandoned(journalFile: string, catalog: Catalog, host: Host): Promise<readonly string[]> {
  const journal = await readJournal(journalFile);
  if (journal === undefined || "broken" in journal || (await findFate(host, journal)) !== "gone") {
    return [];
  }
  const left: string[] = [];
  for (const { number, owner, resource, build, state } of journal.resources) {
    if (state !== "abandoned") {
      continue;
    }
    const kind = findKind((await findOwner(owner, catalog))?.resources, resource.kind);
    const { wanted, made } = resource;
    // Of what cannot tell whether it is still there, nothing is said for ever.
    const isThere = await kind?.isThere?.({ wanted, made }, host).catch(() => undefined);
    if (isThere === true) {
      left.push(`the ${resource.title} of build '${build}' ${kind?.describe?.({ wanted, made }) ?? ""}`.trim());
    } else if (isThere === false) {
      await addTo(journalFile, { removed: number });
    }
  }
  return left;
}

/** Adds a record to the journal of a process that has ended. */
export async function addTo(journalFile: string, record: ChangeRecord): Promise<void> {
  const handle = await openOurs(journalFile, constants.O_WRONLY | constants.O_APPEND);
  // A line of its own even when the writer died in the middle of one.
  await handle?.appendFile(`\n${JSON.stringify(record)}\n`).catch(() => {});
  await handle?.close();
}

async function removeOne(
  { owner, resource }: JournalledResource,
  catalog: Catalog,
  run: Omit<RemovalRun, "signal"> & { readonly removalLimit?: number | undefined },
): Promise<void> {
  const { origin } = owner;
  if (origin.is === "plugin") {
    throw new Error(`Only the plugin ${origin.source} ${origin.version} knows how to remove it`);
  }
  const kind = findKind((await findOwner(owner, catalog))?.resources, resource.kind);
  if (kind === undefined) {
    throw new Error(
      `Nobody knows how to remove a ${resource.kind}: there is no ${owner.kind} "${owner.type}" that does`,
    );
  }
  await removeResource(kind, resource, { host: run.host, ui: run.ui }, run.removalLimit);
}

async function findOwner({ kind, type }: ResourceOwner, catalog: Catalog): Promise<Component | undefined> {
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

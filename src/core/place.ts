// A path that a build takes and that others may want as well: never two at once, and who comes later is not removed for who came before.
import { failure } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { findLeftovers, type JournalContents, type JournalledResource } from "./journal-file.ts";
import { addTo } from "./leftovers.ts";

/** Throws when a build that goes on, of this run or another, has taken the place before. */
export async function refuseTakenPlace(
  host: Host,
  journal: Journal,
  { number }: JournalEntry,
  place: string,
): Promise<void> {
  const all = (await findLeftovers(host, journal.folder)).running;
  const takers = all.flatMap(({ journal: of, resources }) =>
    resources.filter((each) => each.place === place).map((taken) => ({ of, taken })),
  );
  const own = takers.find(({ of, taken }) => of.file === journal.file && taken.number === number);
  const first = takers.find((other) => own !== undefined && other !== own && isBefore(other, own));
  if (first === undefined) {
    return;
  }
  throw failure("environment", "output/in-use", `${place} is in use by build '${first.taken.build}'`, {
    detail: "That build is still going on, and only one can write there.",
    hint: "Give each build a place of its own.",
  });
}

interface Taker {
  readonly of: JournalContents;
  readonly taken: JournalledResource;
}

function isBefore(one: Taker, other: Taker): boolean {
  if (one.of.file === other.of.file) {
    return one.taken.number < other.taken.number;
  }
  return one.taken.at === other.taken.at ? one.of.file < other.of.file : one.taken.at < other.taken.at;
}

/** Closes what journals of runs that have ended say about a place that was taken over. */
export async function closeOlderRecords(host: Host, journal: Journal, place: string): Promise<void> {
  const { ended } = await findLeftovers(host, journal.folder);
  for (const { journal: earlier, resources } of ended) {
    for (const { number, place: taken } of resources) {
      if (taken === place) {
        await addTo(earlier.file, { replaced: number });
      }
    }
  }
}

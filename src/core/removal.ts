// Removing one resource under a time limit, for a run that ends as well as for a process that comes later.
import type { Clock } from "../host/host.ts";
import type { Removal, RemovalRun, Resource } from "../sdk/run.ts";
import { coreRemovals } from "./core-removals.ts";

/** Milliseconds that one removal may take. */
const REMOVAL_LIMIT = 5 * 60_000;

/** How a component removes a kind of resource; core's own kinds need no word from it. */
export function removalOf(removes: Readonly<Record<string, Removal>> | undefined, kind: string): Removal | undefined {
  return removes?.[kind] ?? coreRemovals[kind];
}

/** Removes a resource; its signal is its own, so that cancelling a run does not cancel its clean-up. */
export async function removeResource(
  removal: Removal,
  resource: Resource,
  run: Omit<RemovalRun, "signal">,
  limit: number = REMOVAL_LIMIT,
): Promise<void> {
  const own = new AbortController();
  const done = new AbortController();
  const tooLong = expiry(run.host.clock, limit, done.signal, () => {
    const error = new Error(`Removing the ${resource.title} took longer than ${limit / 1000} s`);
    own.abort(error);
    return error;
  });
  try {
    await Promise.race([removal(resource, { ...run, signal: own.signal }), tooLong]);
  } finally {
    done.abort();
  }
}

/** Rejects when the time is over; never settles when `done` comes first. */
function expiry(clock: Clock, limit: number, done: AbortSignal, expire: () => Error): Promise<never> {
  return new Promise((_, reject) => {
    clock.sleep(limit, done).then(
      () => reject(expire()),
      () => {},
    );
  });
}

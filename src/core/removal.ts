// Removing one resource under a time limit, for a run that ends as well as for a process that comes later.
import type { Clock } from "../host/host.ts";
import type { AnyResource, RemovalRun } from "../sdk/run.ts";
import type { Resource } from "./journal-record.ts";

/** Milliseconds that one removal may take. */
const REMOVAL_LIMIT = 5 * 60_000;

/** Removes a resource; its signal is its own, so that cancelling a run does not cancel its clean-up. */
export async function removeResource(
  kind: AnyResource,
  { title, wanted, made }: Resource,
  run: Omit<RemovalRun, "signal">,
  limit: number = REMOVAL_LIMIT,
): Promise<void> {
  const own = new AbortController();
  const done = new AbortController();
  const tooLong = expiry(run.host.clock, limit, done.signal, () => {
    const error = new Error(`Removing the ${title} took longer than ${limit / 1000} s`);
    own.abort(error);
    return error;
  });
  try {
    await Promise.race([kind.remove({ wanted, made }, { ...run, signal: own.signal }), tooLong]);
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

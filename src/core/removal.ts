// Removing one resource under a time limit, for a run that ends as well as for a process that comes later.
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
  const late = (): Error => new Error(`Removing the ${title} took longer than ${limit / 1000} s`);
  await run.host.clock.within(limit, undefined, (signal) => kind.remove({ wanted, made }, { ...run, signal }), late);
}

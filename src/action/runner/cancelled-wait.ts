// Waiting for something that cannot be broken off, for as long as the step has time.
import type { Clock } from "../../host/host.ts";

/** What the work gives, or `undefined` as soon as the step is cancelled. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T | undefined> {
  try {
    return await clock.until(signal, work);
  } catch (thrown) {
    if (signal.aborted) {
      return undefined;
    }
    throw thrown;
  }
}

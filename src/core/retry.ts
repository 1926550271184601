// Trying again until it works: for machines that are restarting or not ready yet.
import { BuildError } from "../diagnostic/build-error.ts";
import type { Clock } from "../host/host.ts";
import { asCancellation, throwIfCancelled } from "./cancel.ts";

/** As Packer: two seconds between attempts. */
const PAUSE = 2000;

/**
 * Repeats `body` until it does not throw or `timeout` milliseconds have passed (0 = no limit); then its last error is thrown.
 * What no repetition mends, a mistake in the template, a cancelled run or a bug, ends it at once.
 */
export async function retry<T>(clock: Clock, signal: AbortSignal, timeout: number, body: () => Promise<T>): Promise<T> {
  const started = clock.elapsed();
  for (;;) {
    throwIfCancelled(signal);
    try {
      return await body();
    } catch (thrown) {
      if (signal.aborted) {
        throw asCancellation(signal);
      }
      if (isFinal(thrown)) {
        throw thrown;
      }
      if (timeout > 0 && clock.elapsed() - started + PAUSE > timeout) {
        throw thrown;
      }
    }
    await pause(clock, signal);
  }
}

async function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(PAUSE, signal);
  } catch (thrown) {
    throw signal.aborted ? asCancellation(signal) : thrown;
  }
}

function isFinal(thrown: unknown): boolean {
  // These are bugs of ours: repeating them would only hide them for minutes.
  if (thrown instanceof TypeError || thrown instanceof ReferenceError) {
    return true;
  }
  return thrown instanceof BuildError && (thrown.failure === "template" || thrown.failure === "cancelled");
}

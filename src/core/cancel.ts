// What a cancelled run looks like to those who are in the middle of something.
import { BuildError, failure } from "../diagnostic/build-error.ts";
import type { Clock } from "../host/host.ts";

/** Milliseconds that a component gets to end after it was cancelled. */
const GRACE = 3000;

/** The failure that stands for a cancelled signal: its own reason when that says more. */
export function asCancellation(signal: AbortSignal): BuildError {
  const reason: unknown = signal.reason;
  if (reason instanceof BuildError) {
    return reason;
  }
  return failure("cancelled", "host/cancelled", "The build was cancelled", { cause: reason });
}

/** Throws when the run has been cancelled. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) {
    throw asCancellation(signal);
  }
}

/** True for a failure that only says that somebody gave up waiting. */
export function isCancellation(thrown: unknown): boolean {
  return thrown instanceof BuildError && thrown.failure === "cancelled";
}

/** Waits for `work`, but no longer than until the signal is aborted. What `work` does later is its own business. */
export async function untilCancelled<T>(work: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  try {
    return await clock.until(signal, work);
  } catch (thrown) {
    throw signal.aborted ? asCancellation(signal) : thrown;
  }
}

/**
 * Waits for a component. When the signal is aborted it gets a moment to end properly; one that does not is left behind,
 * for clean-up must not wait for it. Whatever it throws by then only says that it was cancelled.
 */
export function untilEnded<T>(
  work: Promise<T>,
  signal: AbortSignal,
  clock: Clock,
  ignored: (thrown: unknown) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let grace: Disposable | undefined;
    const giveUp = (): void => {
      grace = clock.later(GRACE, () => reject(asCancellation(signal)));
    };
    if (signal.aborted) {
      giveUp();
    } else {
      signal.addEventListener("abort", giveUp, { once: true });
    }
    const settle = (): void => {
      signal.removeEventListener("abort", giveUp);
      grace?.[Symbol.dispose]();
    };
    const fail = (thrown: unknown): void => {
      if (signal.aborted && !isCancellation(thrown)) {
        ignored(thrown);
      }
      reject(signal.aborted ? asCancellation(signal) : thrown);
    };
    work.then(resolve, fail).finally(settle);
  });
}

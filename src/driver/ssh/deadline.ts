// A limit in time for one step.
import type { Clock } from "../../host/host.ts";

/** The limit passed to `withDeadline` was over before the step was. */
export class DeadlineOver extends Error {}

/** Runs `body` with a signal that is aborted after `milliseconds` or with `signal`; rejects at once when that happens. */
export async function withDeadline<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal | undefined,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const done = new AbortController();
  const over = new AbortController();
  const stop = (): void => over.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  clock.sleep(milliseconds, done.signal).then(
    () => over.abort(new DeadlineOver(`not done after ${Math.round(milliseconds / 1000)} seconds`)),
    () => {},
  );
  try {
    return await Promise.race([body(over.signal), rejectOnAbort(over.signal)]);
  } finally {
    signal?.removeEventListener("abort", stop);
    done.abort();
  }
}

/** A promise that rejects with the signal's reason as soon as it is aborted. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const rejected = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  // Whoever races it listens; nobody else has to.
  rejected.catch(() => {});
  return rejected;
}

// Ends work that takes too long.
import type { Clock } from "../../host/host.ts";

/** Runs `body` with a signal that also fires after `milliseconds`; then `late` says what to throw. */
export async function withDeadline<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
  late: () => Error,
): Promise<T> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const forward = (): void => limit.abort(signal.reason);
  signal.addEventListener("abort", forward, { once: true });
  const timer = new AbortController();
  clock.sleep(milliseconds, timer.signal).then(
    () => limit.abort(late()),
    () => {},
  );
  try {
    return await body(limit.signal);
  } catch (thrown) {
    throw limit.signal.aborted ? limit.signal.reason : thrown;
  } finally {
    timer.abort();
    signal.removeEventListener("abort", forward);
  }
}

// Waiting with a limit, once for every clock: what works on the real one works on that of a test.
import type { Clock } from "./host.ts";

/** What a clock has to bring; the rest follows from it. */
export type BareClock = Pick<Clock, "now" | "elapsed" | "sleep">;

/** A clock that can also limit and put off. */
export function createClock(bare: BareClock): Clock {
  return {
    // Getters and state of the one that was given stay its own.
    now: () => bare.now(),
    elapsed: () => bare.elapsed(),
    sleep: (milliseconds, signal) => bare.sleep(milliseconds, signal),
    within: (milliseconds, signal, body, late) => runWithin(bare, { milliseconds, signal, body, late }),
    until: (signal, work) => waitUntil(bare, signal, work),
    later: (milliseconds, action) => runLater(bare, milliseconds, action),
  };
}

function runLater(clock: BareClock, milliseconds: number, action: () => void): Disposable {
  const cancelled = new AbortController();
  clock.sleep(milliseconds, cancelled.signal).then(action, () => {});
  return { [Symbol.dispose]: () => cancelled.abort() };
}

function waitUntil<T>(clock: BareClock, signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  const late = (): Error => new Error("A wait without limit was over");
  return runWithin(clock, { milliseconds: Number.POSITIVE_INFINITY, signal, body: () => work, late });
}

interface Limited<T> {
  readonly milliseconds: number;
  readonly signal: AbortSignal | undefined;
  body(signal: AbortSignal): Promise<T>;
  late(): Error;
}

async function runWithin<T>(clock: BareClock, { milliseconds, signal, body, late }: Limited<T>): Promise<T> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    over.signal.addEventListener("abort", () => reject(over.signal.reason), { once: true });
  });
  // Whoever races it listens; nobody else has to.
  stopped.catch(() => {});
  const stop = (): void => over.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const timer = Number.isFinite(milliseconds) ? runLater(clock, milliseconds, () => over.abort(late())) : undefined;
  try {
    return await Promise.race([stopped, body(over.signal)]);
  } catch (thrown) {
    // What was cut off says something of its own, or nothing; why it was cut off says more.
    throw over.signal.aborted ? over.signal.reason : thrown;
  } finally {
    timer?.[Symbol.dispose]();
    signal?.removeEventListener("abort", stop);
  }
}

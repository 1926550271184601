// Trying again until it works: for machines that are restarting or not ready yet.
import { BuildError, readMessage } from "../diagnostic/build-error.ts";
import type { Clock } from "../host/host.ts";
import type { Ui } from "../sdk/run.ts";
import { asCancellation, throwIfCancelled } from "./cancel.ts";

/** As Packer: two seconds between attempts. */
const PAUSE = 2000;

/** Milliseconds for which a machine that restarts may refuse what it will take again later. */
const REFUSAL_PATIENCE = 10_000;

/** Milliseconds after which the log is told what keeps us, and then every so often. */
const QUIET = 10_000;
const MENTION_EVERY = 60_000;

/** On whose behalf something is repeated. */
interface Circumstances {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly ui: Pick<Ui, "message">;
}

/**
 * Repeats `body` until it does not throw or `timeout` milliseconds have passed (0 = no limit); then its last error is thrown.
 * What no repetition mends, a mistake in the template, a cancelled run or a bug, ends it at once, and a refusal soon.
 */
export async function retry<T>(
  { clock, signal, ui }: Circumstances,
  timeout: number,
  body: () => Promise<T>,
): Promise<T> {
  const started = clock.elapsed();
  let refusedSince: number | undefined;
  let mention = QUIET;
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
      const now = clock.elapsed();
      const passed = now - started;
      if (timeout > 0 && passed + PAUSE > timeout) {
        throw thrown;
      }
      refusedSince = lasts(thrown) ? (refusedSince ?? now) : undefined;
      if (refusedSince !== undefined && now - refusedSince >= REFUSAL_PATIENCE) {
        throw thrown;
      }
      if (passed >= mention) {
        mention = passed + MENTION_EVERY;
        ui.message(`Still trying again: ${readMessage(thrown).split("\n", 2).join(" ")}`);
      }
    }
    await pause(clock, signal);
  }
}

function lasts(thrown: unknown): boolean {
  return thrown instanceof BuildError && thrown.lasts;
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

// What the template puts around a provisioner: a pause or a time limit, repetitions, a stop for debugging.
import { failure, readMessage } from "../diagnostic/build-error.ts";
import type { Host } from "../host/host.ts";
import { writeDuration } from "../sdk/duration.ts";
import type { Ui } from "../sdk/run.ts";
import type { PlannedProvisioner } from "../template/plan.ts";
import { asCancellation, isCancellation, throwIfCancelled } from "./cancel.ts";
import { asBuildError } from "./failures.ts";

/** One try of a provisioner under a signal. */
export type Attempt = (signal: AbortSignal) => Promise<void>;

interface Surroundings {
  readonly ui: Ui;
  readonly clock: Host["clock"];
  readonly debug: boolean;
}

/** From inside out: time-out, pause, repetitions, going on after a failure, debug. Unlike Packer, a pause leaves the time-out on. */
export function wrapAttempt(provisioner: PlannedProvisioner, attempt: Attempt, around: Surroundings): Attempt {
  const { pauseBefore, timeout, maxRetries, continueOnError } = provisioner;
  let run = attempt;
  if (timeout > 0) {
    run = limitTime(timeout, run, around);
  }
  if (pauseBefore > 0) {
    run = pauseAttempt(pauseBefore, run, around);
  }
  if (maxRetries > 0) {
    run = repeatAttempt(maxRetries, run, around);
  }
  if (continueOnError === true) {
    run = tolerateFailure(run, around);
  }
  return around.debug ? askAfterFailure(run, around) : run;
}

function pauseAttempt(milliseconds: number, attempt: Attempt, { ui, clock }: Surroundings): Attempt {
  return async (signal) => {
    ui.say(`Pausing ${writeDuration(milliseconds)} before the next provisioner...`);
    await clock.sleep(milliseconds, signal).catch((thrown: unknown) => {
      throw signal.aborted ? asCancellation(signal) : thrown;
    });
    await attempt(signal);
  };
}

function limitTime(milliseconds: number, attempt: Attempt, { ui, clock }: Surroundings): Attempt {
  return async (signal) => {
    const limit = writeDuration(milliseconds);
    ui.say(`Setting a ${limit} timeout for the next provisioner...`);
    const over = new AbortController();
    const expire = (): void => {
      // What a cancelled run ends has been told already.
      if (signal.aborted) {
        return;
      }
      ui.error("Cancelling provisioner after a timeout...");
      over.abort(
        failure("timeout", "run/provisioner-timeout", `The provisioner did not end within its timeout of ${limit}`),
      );
    };
    using _ = clock.later(milliseconds, expire);
    await attempt(AbortSignal.any([signal, over.signal]));
    // One that ended well although it was told to stop did not do all of its work.
    over.signal.throwIfAborted();
  };
}

function repeatAttempt(retries: number, attempt: Attempt, { ui }: Surroundings): Attempt {
  return async (signal) => {
    for (let left = retries; ; left--) {
      try {
        return await attempt(signal);
      } catch (thrown) {
        if (signal.aborted || isCancellation(thrown)) {
          throw thrown;
        }
        if (left === 0) {
          ui.say("retry limit reached.");
          // Unlike Packer, which tells of the first failure: the last one is what is wrong now.
          throw thrown;
        }
        ui.say(`Provisioner failed with ${JSON.stringify(readMessage(thrown))}, retrying with ${left} trie(s) left`);
      }
      throwIfCancelled(signal);
    }
  };
}

/** As Packer 1.16: a failure is told and forgotten, unless the run was cancelled. */
function tolerateFailure(attempt: Attempt, { ui }: Surroundings): Attempt {
  return async (signal) => {
    try {
      await attempt(signal);
    } catch (thrown) {
      // A fault of ours is not for the template to forgive.
      if (signal.aborted || isCancellation(thrown) || asBuildError(thrown, signal) === undefined) {
        throw thrown;
      }
      ui.error(
        `Warning: Provisioner failed with ${JSON.stringify(readMessage(thrown))}, but continue_on_error is set; continuing the build.`,
      );
    }
  };
}

function askAfterFailure(attempt: Attempt, { ui }: Surroundings): Attempt {
  return async (signal) => {
    // As Packer, which leaves out the name before the full stop.
    await ui.ask("Pausing before the next provisioner . Press enter to continue.");
    await attempt(signal);
  };
}

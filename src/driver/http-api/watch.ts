// Ends a request that nothing comes from, or that takes too long.
import { failure } from "../../diagnostic/build-error.ts";
import type { Clock } from "../../host/host.ts";

/** In milliseconds. */
export interface TimeLimits {
  /** Between two signs of life; the first is the head of the answer. */
  readonly silence: number;
  /** From the beginning to the end. */
  readonly whole: number;
}

/** Watches over one request until it is disposed of. */
export class Watch implements Disposable {
  readonly #over = new AbortController();
  readonly #clock: Clock;
  readonly #silence: number;
  readonly #whole: Disposable | undefined;
  #timer: Disposable;
  #last: number;
  /** Fires when the run is cancelled, or a limit is over. */
  readonly signal: AbortSignal;

  /** `late` says what a request is told that takes too long as a whole. */
  constructor(clock: Clock, signal: AbortSignal, limits: TimeLimits, late: () => Error = reportTooLong(limits)) {
    this.#clock = clock;
    this.#silence = limits.silence;
    this.#last = clock.elapsed();
    this.signal = AbortSignal.any([signal, this.#over.signal]);
    this.#timer = this.#arm(limits.silence);
    this.#whole = Number.isFinite(limits.whole) ? clock.later(limits.whole, () => this.#over.abort(late())) : undefined;
  }

  /** Something has come. */
  alive(): void {
    this.#last = this.#clock.elapsed();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#whole?.[Symbol.dispose]();
  }

  #arm(milliseconds: number): Disposable {
    return this.#clock.later(milliseconds, () => {
      const left = this.#last + this.#silence - this.#clock.elapsed();
      if (left > 0) {
        this.#timer = this.#arm(left);
      } else {
        this.#over.abort(failure("timeout", "http/silent", `nothing was received for ${this.#silence / 1000} seconds`));
      }
    });
  }
}

function reportTooLong({ whole }: TimeLimits): () => Error {
  return () => failure("timeout", "http/timeout", `the answer took longer than ${whole / 1000} seconds`);
}

// A virtual machine that runs, whichever program runs it.

export interface RunningMachine {
  /** Settles when the machine has ended; never rejects. */
  readonly ended: Promise<unknown>;
  /** Aborted, with a failure that says why as its reason, when the machine has ended. */
  readonly gone: AbortSignal;
}

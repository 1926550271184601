// A virtual machine that runs, whichever program runs it.

export interface RunningMachine {
  /** Settles when the machine has ended; never rejects. */
  readonly ended: Promise<unknown>;
  /** Aborted, with a failure that says why as its reason, when the machine has ended or stands still for good. */
  readonly gone: AbortSignal;
  /** The same, but for a machine that stands still alone. */
  readonly stuck?: AbortSignal | undefined;
  /** What the program that runs it said last, which may be the machine's console. */
  words?(): string;
}

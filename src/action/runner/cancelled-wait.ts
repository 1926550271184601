// Waiting for something that cannot be broken off, for as long as the step has time.

/** What the work gives, or `undefined` as soon as the step is cancelled. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop = (): void => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    if (signal.aborted) {
      stop();
    }
    signal.addEventListener("abort", stop);
  });
  // Nobody is told how work ends that nobody waits for.
  work.catch(() => {});
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

// Pauses in long work, in which a signal or a cancelled run is heard.
import { setImmediate } from "node:timers/promises";

/** Milliseconds of work between two pauses. */
const LONGEST_WORK = 50;

/** Lets everything else have its turn now and then. */
export class Pauses {
  #since = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#since > LONGEST_WORK) {
      await setImmediate();
      this.#since = performance.now();
    }
  }
}

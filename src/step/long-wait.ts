// Tells those who wait for a machine for how long they have waited, and what can be seen of it from outside.
import type { ConnectTarget, Observation } from "../sdk/communicator-kind.ts";
import { writeDuration } from "../sdk/duration.ts";
import type { Run } from "../sdk/run.ts";

/** Milliseconds between two lines: at first, and once that has become many lines. */
const EVERY = 60_000;
const LATER_EVERY = 300_000;
const AT_FIRST = 600_000;

/** A wait for something. */
export interface LongWait {
  /** What is waited for: `SSH`. */
  readonly what: string;
  /** Milliseconds it may last; 0 is without limit. */
  readonly limit: number;
  readonly target: Pick<ConnectTarget, "observe">;
  /** What it hangs on at the moment, as the end of a sentence. */
  hangsOn(): string | undefined;
}

/** Says a line now and then until it is disposed of. */
export function tellLongWait(wait: LongWait, run: Pick<Run, "ui" | "host">): Disposable {
  const { clock } = run.host;
  const started = clock.elapsed();
  let isOver = false;
  let next: Disposable | undefined;
  const tell = async (): Promise<void> => {
    const { facts } = await observe(wait.target);
    if (isOver) {
      return;
    }
    const since = clock.elapsed() - started;
    const limit = wait.limit > 0 ? ` of ${writeDuration(wait.limit)}` : "";
    const reason = wait.hangsOn();
    const waited = writeDuration(Math.round(since / 1000) * 1000);
    const head = `Waiting for ${wait.what} for ${waited}${limit}${reason === undefined ? "" : `: ${reason}`}`;
    run.ui.message([head.replace(/\.?$/, "."), ...facts].join(" "));
    plan();
  };
  const plan = (): void => {
    const every = clock.elapsed() - started < AT_FIRST ? EVERY : LATER_EVERY;
    next = clock.later(every, () => void tell());
  };
  plan();
  return {
    [Symbol.dispose]() {
      isOver = true;
      next?.[Symbol.dispose]();
    },
  };
}

/** What can be seen now; nothing when that fails. */
export async function observe(target: Pick<ConnectTarget, "observe">): Promise<Observation> {
  try {
    return (await target.observe?.()) ?? { facts: [] };
  } catch {
    return { facts: [] };
  }
}

/** What was seen in the end, for the detail of a failure. */
export async function describeObserved(target: Pick<ConnectTarget, "observe">): Promise<readonly string[]> {
  const { facts, words } = await observe(target);
  return [...(facts.length === 0 ? [] : [facts.join(" ")]), ...(words === undefined ? [] : [words])];
}

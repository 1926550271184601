// A component's voice: what it says becomes events under its build's name.
import type { Clock } from "../host/host.ts";
import type { Progress, Ui } from "../sdk/run.ts";
import type { Speaker } from "./build-event.ts";
import type { Emitter } from "./emitter.ts";

/** Asks whoever sits in front of it; `undefined` when nobody does. */
export type Ask = (question: string, speaker: Speaker | undefined) => Promise<string | undefined>;

/** Milliseconds between two reports of one progress; more often helps nobody. */
const REPORT_EVERY = 100;

export function createUi(emitter: Emitter, clock: Clock, ask: Ask, speaker: Speaker): Ui {
  const said =
    (level: "say" | "message" | "error") =>
    (text: string): void =>
      emitter.emit({ type: "said", level, text, speaker });
  return {
    say: said("say"),
    message: said("message"),
    error: said("error"),
    machine: (name, ...data) => emitter.emit({ type: "machine", name, data, speaker }),
    ask: (question) => ask(question, speaker),
    progress: (label, total) => createProgress({ emitter, clock, speaker }, label, total),
  };
}

function createProgress(
  { emitter, clock, speaker }: { readonly emitter: Emitter; readonly clock: Clock; readonly speaker: Speaker },
  label: string,
  total: number | undefined,
): Progress {
  const id = emitter.nextId();
  let done = 0;
  let reported = clock.elapsed();
  let over = false;
  const report = (ended: boolean): void => {
    reported = clock.elapsed();
    emitter.emit({ type: "progress", speaker, id, label, done, ended, total });
  };
  report(false);
  return {
    advance(bytes) {
      done += bytes;
      if (!over && clock.elapsed() - reported >= REPORT_EVERY) {
        report(false);
      }
    },
    end() {
      if (over) {
        return;
      }
      over = true;
      report(true);
    },
  };
}

// How a run ends before its time: signals, an output that breaks, a fault of this program. All of them clean up.
import type { Face } from "../command/command.ts";
import type { EventSink } from "../core/build-event.ts";
import { failItsBuild } from "../core/strays.ts";
import { BuildError, failure, readMessage } from "../diagnostic/build-error.ts";
import { END_SIGNALS, type EndSignal, ignoresHangUp } from "../host/hang-up.ts";
import { leave } from "../host/leave.ts";
import type { Outputs } from "../host/output.ts";
import { shortenStack } from "../host/short-stack.ts";

/** Milliseconds that cleaning up may take after a fault of this program, which may be what keeps it from ending. */
const CLEAN_UP_LIMIT = 60_000;
/** Milliseconds that a command gets to end after it was cancelled while it has not begun to make anything. */
const READING_LIMIT = 1_000;

const WORDS: Readonly<Record<EndSignal, string>> = {
  ...{ SIGINT: "interrupt", SIGTERM: "terminated", SIGHUP: "hangup", SIGQUIT: "quit", SIGBREAK: "break" },
};

/** One command's ends. */
export class Ends {
  readonly #cancel = new AbortController();
  readonly #face: Face;
  readonly #outputs: Outputs;
  readonly #listeners: (readonly [string, (thrown: unknown) => void])[] = [];
  #isBuilding = false;
  #isAsked = false;
  #isFaulty = false;

  constructor(face: Face, outputs: Outputs) {
    this.#face = face;
    this.#outputs = outputs;
  }

  /** Aborted when the command is to end. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Something happened that is a fault of this program. */
  get isFaulty(): boolean {
    return this.#isFaulty;
  }

  /** Notes when builds begin: from then on there may be something to remove. */
  watch(sink: EventSink): EventSink {
    return (event) => {
      if (event.type === "run-started") {
        this.#isBuilding = true;
      }
      sink(event);
    };
  }

  listen(): void {
    for (const signal of END_SIGNALS) {
      this.#on(signal, () => this.#stop(signal));
    }
    for (const name of ["uncaughtException", "unhandledRejection"]) {
      this.#on(name, (thrown) => this.#fault(thrown));
    }
    this.#outputs.whenBroken(() => {
      this.#end(failure("environment", "run/output-broken", "What the run says cannot be written any more"));
    });
  }

  /** What comes later has nothing to remove any more. */
  release(): void {
    for (const [name, listener] of this.#listeners) {
      process.off(name, listener);
    }
  }

  /** Waits for a command; one that is stuck where nothing was made yet, such as in reading a pipe, is given up when it is cancelled. */
  async until<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const givenUp = new Promise<never>((_, reject) => {
      const later = (): void => {
        timer = setTimeout(() => {
          if (!this.#isBuilding) {
            reject(this.signal.reason);
          }
        }, READING_LIMIT);
      };
      this.signal.addEventListener("abort", later, { once: true });
    });
    try {
      return await Promise.race([work, givenUp]);
    } finally {
      clearTimeout(timer);
    }
  }

  #on(name: string, listener: (thrown: unknown) => void): void {
    process.on(name, listener);
    this.#listeners.push([name, listener]);
  }

  /** The first signal cancels and cleans up, a second one ends the process at once. */
  #stop(signal: EndSignal): void {
    const isHangUp = signal === "SIGHUP";
    if (isHangUp && (this.signal.aborted || ignoresHangUp(process.env))) {
      return;
    }
    if (this.#isAsked) {
      this.#face.error("Interrupt signal received twice. Forcefully exiting now.");
      void leave(1);
      return;
    }
    // A terminal that is closed tells several times, and nobody asked for haste.
    this.#isAsked = !isHangUp;
    if (!this.signal.aborted) {
      this.#face.error(`Cancelling build after receiving ${WORDS[signal]}`);
    }
    this.#end(new DOMException("The run was cancelled.", "AbortError"));
  }

  #fault(thrown: unknown): void {
    // The other builds go on.
    if (failItsBuild(thrown)) {
      return;
    }
    // Whoever was left behind in the middle of something has nobody to tell that it failed.
    if (this.signal.aborted) {
      return;
    }
    this.#isFaulty = true;
    this.#face.error(writeFault(thrown));
    this.#end(failure("environment", "run/bug", "A fault of the program ended the run"));
    setTimeout(() => void leave(1), CLEAN_UP_LIMIT).unref();
  }

  #end(reason: unknown): void {
    if (!this.signal.aborted) {
      this.#cancel.abort(reason);
    }
  }
}

/** What is said of something that should not have been thrown. */
export function writeFault(thrown: unknown): string {
  if (thrown instanceof BuildError) {
    return readMessage(thrown);
  }
  const stack = shortenStack(thrown);
  return [
    `This is a bug in packer-ts: ${readMessage(thrown)}`,
    stack,
    "Run it again with PACKER_LOG=1 and report what it prints.",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

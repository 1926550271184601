// Titled pieces of work with their time and their place inside one another.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../host/host.ts";
import type { SpanKind } from "./build-event.ts";
import { isCancellation } from "./cancel.ts";
import type { Emitter } from "./emitter.ts";

interface Open {
  readonly id: number | undefined;
  /** Title of the innermost failed work inside. */
  failedIn: string | undefined;
}

/** What is not part of the way to a failure: it comes after one. */
const AFTERMATH: ReadonlySet<SpanKind> = new Set(["cleanup", "error-cleanup-provisioner"]);

/** The spans of one build. */
export class Spans {
  readonly #inside = new AsyncLocalStorage<Open>();
  readonly #root: Open = { id: undefined, failedIn: undefined };
  readonly #emitter: Emitter;
  readonly #clock: Clock;
  readonly #build: string;

  constructor(emitter: Emitter, clock: Clock, build: string) {
    this.#emitter = emitter;
    this.#clock = clock;
    this.#build = build;
  }

  /** Title of the innermost piece of work that failed last. */
  get failedIn(): string | undefined {
    return this.#root.failedIn;
  }

  async run<T>(kind: SpanKind, title: string, body: () => Promise<T>, componentType?: string): Promise<T> {
    const parent = this.#inside.getStore() ?? this.#root;
    const span: Open = { id: this.#emitter.nextId(), failedIn: undefined };
    const id = span.id as number;
    const started = this.#clock.elapsed();
    const end = (outcome: "done" | "failed" | "cancelled"): void =>
      this.#emitter.emit({
        type: "span-ended",
        build: this.#build,
        id,
        milliseconds: this.#clock.elapsed() - started,
        outcome,
      });
    this.#emitter.emit({
      type: "span-started",
      build: this.#build,
      id,
      kind,
      title,
      parent: parent.id,
      componentType,
    });
    if (!AFTERMATH.has(kind)) {
      parent.failedIn = undefined;
    }
    try {
      const result = await this.#inside.run(span, body);
      end("done");
      return result;
    } catch (thrown) {
      if (!AFTERMATH.has(kind)) {
        parent.failedIn = span.failedIn ?? title;
      }
      end(isCancellation(thrown) ? "cancelled" : "failed");
      throw thrown;
    }
  }
}

// The one door through which events leave: each gets its time and loses its secrets.
import type { Clock } from "../host/host.ts";
import type { BuildEvent, EventSink, NewEvent } from "./build-event.ts";
import type { Secrets } from "./secrets.ts";

export interface Emitter {
  emit(event: NewEvent): void;
  /** A number for a span or a progress display, used once in the run. */
  nextId(): number;
}

/** Fields whose values are words of ours; replacing inside them would break those who read events. */
const WORDS = new Set(["type", "level", "kind", "outcome", "failure", "severity", "code"]);

export function createEmitter(sink: EventSink, clock: Clock, secrets: Secrets): Emitter {
  let last = 0;
  const hide = (value: unknown): unknown => {
    if (typeof value === "string") return secrets.filter(value);
    if (Array.isArray(value)) return value.map(hide);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, WORDS.has(key) ? each : hide(each)]));
  };
  return {
    emit(event) {
      // Output of provisioners is by far the most of it.
      const clean = event.type === "said" ? { ...event, text: secrets.filter(event.text), ...speakerOf(event, hide) } : hide(event);
      sink({ at: clock.now(), ...(clean as NewEvent) } as BuildEvent);
    },
    nextId: () => ++last,
  };
}

function speakerOf(event: Extract<NewEvent, { type: "said" }>, hide: (value: unknown) => unknown): object {
  return event.speaker === undefined ? {} : { speaker: hide(event.speaker) };
}

// The one door through which events leave: each gets its time and loses its secrets.
import type { Clock } from "../host/host.ts";
import type { BuildEvent, EventSink, NewEvent, Speaker } from "./build-event.ts";
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
  const speakers = new WeakMap<Speaker, { readonly size: number; readonly speaker: Speaker }>();
  const shown = (speaker: Speaker): Speaker => {
    const known = speakers.get(speaker);
    if (known?.size === secrets.size) return known.speaker;
    const clean = hide(speaker) as Speaker;
    speakers.set(speaker, { size: secrets.size, speaker: clean });
    return clean;
  };
  return {
    emit(event) {
      const at = clock.now();
      // Output of provisioners is by far the most of it.
      if (event.type !== "said") sink({ at, ...(hide(event) as NewEvent) } as BuildEvent);
      else if (event.speaker === undefined) sink({ at, ...event, text: secrets.filter(event.text) });
      else sink({ at, type: "said", level: event.level, text: secrets.filter(event.text), speaker: shown(event.speaker) });
    },
    nextId: () => ++last,
  };
}

// The one door through which events leave: each gets its time and loses its secrets.
import type { Clock } from "../host/host.ts";
import type { BuildEvent, EventSink, NewEvent, Speaker } from "./build-event.ts";
import type { Secrets } from "./secrets.ts";

export interface Emitter {
  emit(event: NewEvent): void;
  /** What a sink threw first. It ended nothing: whoever owns the run tells of it when everything is done. */
  readonly fault: { readonly thrown: unknown } | undefined;
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
  const pass = (event: NewEvent): void => {
    const at = clock.now();
    // Output of provisioners is by far the most of it.
    if (event.type !== "said") sink({ at, ...(hide(event) as NewEvent) } as BuildEvent);
    else if (event.speaker === undefined) sink({ at, ...event, text: secrets.filter(event.text) });
    else sink({ at, type: "said", level: event.level, text: secrets.filter(event.text), speaker: shown(event.speaker) });
  };
  let fault: Emitter["fault"];
  return {
    emit: guard(pass, (thrown) => {
      fault ??= { thrown };
    }),
    get fault() {
      return fault;
    },
    nextId: () => ++last,
  };
}

/** The same function, which hands what it throws to `broken`: those who call it have work of their own that must go on. */
export function guard<A extends readonly unknown[]>(call: (...args: A) => void, broken: (thrown: unknown) => void): (...args: A) => void {
  return (...args) => {
    try {
      call(...args);
    } catch (thrown) {
      broken(thrown);
    }
  };
}

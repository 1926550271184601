// The one door through which events leave: each gets its time. They are data and leave as they are; faces hide secrets.
import type { Clock } from "../host/host.ts";
import type { BuildEvent, EventSink, NewEvent } from "./build-event.ts";

export interface Emitter {
  emit(event: NewEvent): void;
  /** A number for a span or a progress display, used once in the run. */
  nextId(): number;
}

export function createEmitter(sink: EventSink, clock: Clock): Emitter {
  let last = 0;
  return {
    emit(event) {
      sink({ at: clock.now(), ...event } as BuildEvent);
    },
    nextId: () => ++last,
  };
}

// The one door through which events leave: each gets its time. They are data and leave as they are; faces hide secrets.
import type { Clock } from "../host/host.ts";
import type { BuildEvent, EventSink, NewEvent } from "./build-event.ts";

export interface Emitter {
  emit(event: NewEvent): void;
  /** What a sink threw first. It ended nothing: whoever owns the run tells of it when everything is done. */
  readonly fault: { readonly thrown: unknown } | undefined;
  /** A number for a span or a progress display, used once in the run. */
  nextId(): number;
}

export function createEmitter(sink: EventSink, clock: Clock): Emitter {
  let last = 0;
  let fault: Emitter["fault"];
  const pass = (event: NewEvent): void => sink({ at: clock.now(), ...event } as BuildEvent);
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
export function guard<A extends readonly unknown[]>(
  call: (...args: A) => void,
  broken: (thrown: unknown) => void,
): (...args: A) => void {
  return (...args) => {
    try {
      call(...args);
    } catch (thrown) {
      broken(thrown);
    }
  };
}

// A world without time and chance, in which a template evaluates to the same values in every run.
import type { Clock, Host, Random } from "../host/host.ts";

/** The first instant of 2020 in UTC: as many digits as the time of any real run. */
export const TIMELESS_NOW = Date.UTC(2020, 0, 1);

const random: Random = Object.freeze({
  bytes: (length: number) => new Uint8Array(length),
  uuid: () => "00000000-0000-4000-8000-000000000000",
  integer: () => 0,
});

/** What a template is evaluated in. */
interface World {
  readonly host: Host;
  readonly startedAt: number;
}

/** The same command in a world where it is always 2020 and every die shows the same. For recipes only: nothing may be built in it. */
export function freezeTime<C extends World>(context: C): C {
  return { ...context, host: stopTime(context.host), startedAt: TIMELESS_NOW };
}

/** `timestamp`, `isotime`, `uuid` and `bcrypt` take what they need from here. */
function stopTime(host: Host): Host {
  const clock: Clock = { ...host.clock, now: () => TIMELESS_NOW };
  return { ...host, clock, random };
}

// Times as text: in Go's layouts, and in C's notation as far as Packer knows it. Always UTC.

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** A time with the pieces that layouts ask for. */
interface Clock {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearDay: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

function readClock(date: Date): Clock {
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  const first = new Date(date);
  first.setUTCMonth(0, 1);
  return {
    year,
    month,
    day,
    weekday: date.getUTCDay(),
    yearDay: Math.round((date.getTime() - first.getTime()) / 86_400_000) + 1,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

function padTwo(value: number): string {
  return String(value).padStart(2, "0");
}

function hour12(clock: Clock): number {
  return clock.hour % 12 || 12;
}

type Layout = readonly [pattern: string, text: (clock: Clock, found: string) => string];

/** Pieces of a Go layout; where two fit, the earlier one counts. */
const goLayouts: readonly Layout[] = [
  ["January", (c) => months[c.month] ?? ""],
  ["Jan(?![a-z])", (c) => (months[c.month] ?? "").slice(0, 3)],
  ["Monday", (c) => weekdays[c.weekday] ?? ""],
  ["Mon(?![a-z])", (c) => (weekdays[c.weekday] ?? "").slice(0, 3)],
  ["MST", () => "UTC"],
  ["002", (c) => String(c.yearDay).padStart(3, "0")],
  ["01", (c) => padTwo(c.month + 1)],
  ["02", (c) => padTwo(c.day)],
  ["03", (c) => padTwo(hour12(c))],
  ["04", (c) => padTwo(c.minute)],
  ["05", (c) => padTwo(c.second)],
  ["06", (c) => padTwo(c.year % 100)],
  ["15", (c) => padTwo(c.hour)],
  ["1", (c) => String(c.month + 1)],
  ["2006", (c) => String(c.year).padStart(4, "0")],
  ["_2006", (c) => `_${String(c.year).padStart(4, "0")}`],
  ["__2", (c) => String(c.yearDay).padStart(3, " ")],
  ["_2", (c) => String(c.day).padStart(2, " ")],
  ["2", (c) => String(c.day)],
  ["3", (c) => String(hour12(c))],
  ["4", (c) => String(c.minute)],
  ["5", (c) => String(c.second)],
  ["PM", (c) => (c.hour >= 12 ? "PM" : "AM")],
  ["pm", (c) => (c.hour >= 12 ? "pm" : "am")],
  ["Z07:00:00|Z070000|Z07:00|Z0700|Z07", () => "Z"],
  ["-07:00:00", () => "+00:00:00"],
  ["-070000", () => "+000000"],
  ["-07:00", () => "+00:00"],
  ["-0700", () => "+0000"],
  ["-07", () => "+00"],
  ["[.,]0+(?![0-9])", (c, found) => found.slice(0, 1) + writeFraction(c, found.length - 1)],
  ["[.,]9+(?![0-9])", (c, found) => (found.slice(0, 1) + writeFraction(c, found.length - 1)).replace(/[.,]?0*$/, "")],
];

/** At most nine digits of the fraction of the second, of which a `Date` knows three. */
function writeFraction(clock: Clock, digits: number): string {
  return String(clock.millisecond).padStart(3, "0").padEnd(9, "0").slice(0, digits);
}

const goPattern = new RegExp(goLayouts.map(([pattern]) => `(${pattern})`).join("|"), "g");

/** The time in a Go layout, which shows how Monday, 2 January 2006, 15:04:05 would look. */
export function formatTime(date: Date, layout: string): string {
  const clock = readClock(date);
  return layout.replace(goPattern, (found: string, ...groups: readonly unknown[]) => {
    const which = groups.findIndex((group) => group !== undefined);
    return goLayouts[which]?.[1](clock, found) ?? found;
  });
}

const cVerbs: Readonly<Record<string, (clock: Clock) => string>> = {
  a: (c) => (weekdays[c.weekday] ?? "").slice(0, 3),
  A: (c) => weekdays[c.weekday] ?? "",
  b: (c) => (months[c.month] ?? "").slice(0, 3),
  B: (c) => months[c.month] ?? "",
  d: (c) => padTwo(c.day),
  H: (c) => padTwo(c.hour),
  I: (c) => padTwo(hour12(c)),
  // As Packer 1.6.6: with the point in front.
  L: (c) => `.${String(c.millisecond).padStart(3, "0")}`,
  m: (c) => padTwo(c.month + 1),
  M: (c) => padTwo(c.minute),
  p: (c) => (c.hour >= 12 ? "PM" : "AM"),
  S: (c) => padTwo(c.second),
  y: (c) => padTwo(c.year % 100),
  Y: (c) => String(c.year).padStart(4, "0"),
  z: () => "+0000",
  Z: () => "UTC",
  "%": () => "%",
};

/** The time in C's notation. Letters that Packer does not know stay as they are. */
export function strftime(date: Date, format: string): string {
  const clock = readClock(date);
  return format.replace(/%(.)/gs, (verb, letter: string) =>
    Object.hasOwn(cVerbs, letter) ? (cVerbs[letter]?.(clock) ?? verb) : verb,
  );
}

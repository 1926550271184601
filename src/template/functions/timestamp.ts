// Timestamps as RFC 3339 writes them, and the calendar behind them.
import { FunctionError } from "../../hcl/function.ts";
import { parseDuration } from "../../sdk/duration.ts";

/** A point in time as a clock shows it in some zone. */
export interface Instant {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes that the clock is ahead of UTC. */
  readonly offset: number;
  /** Since 1970. */
  readonly nanoseconds: bigint;
}

export const monthNames = "January February March April May June July August September October November December".split(
  " ",
);
export const weekdayNames = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const nanosecondsPerMinute = 60_000_000_000n;
const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Reads a timestamp; the argument at `position` is to blame for what is none. */
export function parseTimestamp(text: string, position: number): Instant {
  const wrong = (why: string): never => {
    throw new FunctionError(
      `${JSON.stringify(text)} is not a timestamp as in RFC 3339, such as "2006-01-02T15:04:05Z": ${why}`,
      position,
    );
  };
  const match = shape.exec(text);
  if (match === null) {
    return wrong(describeProblem(text));
  }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [fraction = "", sign = "+", offsetHours = "00", offsetMinutes = "00"] = match.slice(7);
  if (month < 1 || month > 12) {
    return wrong(`there is no month ${month}`);
  }
  if (day < 1 || day > daysIn(year, month)) {
    return wrong(`${monthNames[month - 1]} ${year} has no day ${day}`);
  }
  if (hour > 23) {
    return wrong(`a day has no hour ${hour}`);
  }
  if (minute > 59) {
    return wrong(`an hour has no minute ${minute}`);
  }
  if (second > 59) {
    return wrong(`a minute has no second ${second}`);
  }
  // As Packer 1.6.6: a zone may be 24 hours and 60 minutes away.
  if (Number(offsetHours) > 24 || Number(offsetMinutes) > 60) {
    return wrong(`no zone is ${offsetHours} hours and ${offsetMinutes} minutes away`);
  }
  const offset = (sign === "-" ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  const seconds = BigInt(
    Date.UTC(2000, month - 1, day, hour, minute, second) / 1000 + secondsBetween(2000, year, month, day),
  );
  const parts = BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return instantAt(seconds * 1_000_000_000n + parts - BigInt(offset) * nanosecondsPerMinute, offset);
}

/** Two-digit years are not what `Date.UTC` takes them for, so the year is set on its own. */
function secondsBetween(from: number, to: number, month: number, day: number): number {
  const there = new Date(0);
  there.setUTCFullYear(to, month - 1, day);
  return (there.getTime() - Date.UTC(from, month - 1, day)) / 1000;
}

function describeProblem(text: string): string {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) {
    return "it must begin with year, month and day, as 2006-01-02";
  }
  if (!/^.{10}T/.test(text)) {
    return "the letter T must follow the date";
  }
  if (!/^.{11}\d\d?:\d\d:\d\d/.test(text)) {
    return "hour, minute and second must follow the T, as 15:04:05";
  }
  return 'it must end with the zone, which is "Z" for UTC or an offset such as "+02:00"';
}

function daysIn(year: number, month: number): number {
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  return last.getUTCDate();
}

/** The clock of a zone at a point in time. */
export function instantAt(nanoseconds: bigint, offset: number): Instant {
  const local = nanoseconds + BigInt(offset) * nanosecondsPerMinute;
  const fraction = ((local % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const date = new Date(Number((local - fraction) / 1_000_000n));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    offset,
    nanoseconds,
  };
}

/** The instant moved by a duration such as `1h30m`. */
export function addDuration(time: Instant, duration: string, position: number): Instant {
  const milliseconds = parseDuration(duration);
  if (typeof milliseconds === "object") {
    throw new FunctionError(milliseconds.error.replace(/^time: /, ""), position);
  }
  const whole = Math.trunc(milliseconds);
  const moved = BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6));
  return instantAt(time.nanoseconds + moved, time.offset);
}

/** The instant as RFC 3339 writes it, in whole seconds. */
export function timestampText(time: Instant): string {
  const date = `${yearText(time.year)}-${padTwo(time.month)}-${padTwo(time.day)}`;
  return `${date}T${padTwo(time.hour)}:${padTwo(time.minute)}:${padTwo(time.second)}${time.offset === 0 ? "Z" : offsetText(time.offset, ":")}`;
}

/** A year with at least four digits. */
export function yearText(year: number): string {
  return `${year < 0 ? "-" : ""}${String(Math.abs(year)).padStart(4, "0")}`;
}

/** A distance from UTC such as `+02:00`. */
export function offsetText(offset: number, separator: string): string {
  const away = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${padTwo(Math.floor(away / 60))}${separator}${padTwo(away % 60)}`;
}

export function padTwo(value: number): string {
  return String(value).padStart(2, "0");
}

/** 0 for Sunday to 6 for Saturday. */
export function computeWeekday(time: Instant): number {
  return toDate(time).getUTCDay();
}

/** 1 to 366. */
export function dayOfYear(time: Instant): number {
  return daysBetween(toDate({ year: time.year, month: 1, day: 1 }), toDate(time)) + 1;
}

/** The week of ISO 8601: it belongs to the year that its Thursday is in. */
export function isoWeek(time: Instant): { readonly year: number; readonly week: number } {
  const thursday = toDate(time);
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor(daysBetween(toDate({ year, month: 1, day: 1 }), thursday) / 7) + 1 };
}

function toDate({ year, month, day }: Pick<Instant, "year" | "month" | "day">): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

function daysBetween(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / 86_400_000);
}

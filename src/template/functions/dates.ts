// Functions that work on dates and times. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/datetime/formatdate and its neighbours
import { numberType, objectType, stringType, type Type } from "../../cty/type.ts";
import { numberValue, objectValue, stringValue, type Value } from "../../cty/value.ts";
import { formatTime, strftime } from "../../gotemplate/time.ts";
import { FunctionError } from "../../hcl/function.ts";
import { formatDate } from "./date-format.ts";
import { type FunctionDefinition, number, text, type WorldFunction } from "./signature.ts";
import { textArgument } from "./strings.ts";
import {
  addDuration,
  computeWeekday,
  dayOfYear,
  type Instant,
  instantAt,
  isoWeek,
  monthNames,
  parseTimestamp,
  timestampText,
  weekdayNames,
} from "./timestamp.ts";
import { wholeArgument } from "./whole-number.ts";

const numberParts = [
  "year",
  "year_day",
  "day",
  "month",
  "weekday",
  "hour",
  "minute",
  "second",
  "iso_year",
  "iso_week",
] as const;
const textParts = ["month_name", "weekday_name", "rfc3339"] as const;

const RFC3339 = "2006-01-02T15:04:05Z07:00";

/** Seconds from 1970 to the last time that calendars of this program know. */
const latest = 8_640_000_000_000;

/** All of them. */
export const dateFunctions: readonly FunctionDefinition[] = [
  {
    name: "timestamp",
    description: "The current time in UTC, as `2006-01-02T15:04:05Z`. Every call asks anew.",
    parameters: [],
    returns: stringType,
    bind: (world) => () => stringValue(`${new Date(world.now()).toISOString().slice(0, 19)}Z`),
  },
  {
    name: "timeadd",
    description: "A timestamp moved by a duration such as `1h30m` or `-5s`.",
    parameters: [text("timestamp"), text("duration")],
    returns: stringType,
    call: (args) =>
      stringValue(timestampText(addDuration(parseTimestamp(textArgument(args, 0), 0), textArgument(args, 1), 1))),
  },
  {
    name: "formatdate",
    description:
      "A timestamp in another notation, such as `YYYY-MM-DD`. What is not part of the notation stands in single quotes.",
    parameters: [text("format"), text("time")],
    returns: stringType,
    call: (args) => stringValue(formatDate(textArgument(args, 0), parseTimestamp(textArgument(args, 1), 1))),
  },
  atStart(
    "legacy_isotime",
    "The time of the run's start in UTC, in Go's layout; RFC 3339 without one.",
    (date, layout) => formatTime(date, layout ?? RFC3339),
  ),
  atStart("legacy_strftime", "The time of the run's start in UTC, in C's notation.", (date, format) =>
    strftime(date, format ?? ""),
  ),
  {
    name: "rfc3339_parse",
    description: "The parts of a timestamp such as `2006-01-02T15:04:05Z`.",
    parameters: [text("timestamp")],
    returns: partsType(true),
    call: (args) => listParts(parseTimestamp(textArgument(args, 0), 0), true),
  },
  {
    name: "unix_timestamp_parse",
    description: "The parts of a time given in seconds since 1970, in UTC.",
    parameters: [number("unix_timestamp")],
    returns: partsType(false),
    call: (args) => {
      const seconds = wholeArgument(args, 0);
      if (Math.abs(seconds) > latest) {
        throw new FunctionError("the time is too far away", 0);
      }
      return listParts(instantAt(BigInt(seconds) * 1_000_000_000n, 0), false);
    },
  },
];

function atStart(
  name: string,
  description: string,
  show: (date: Date, format: string | undefined) => string,
): WorldFunction {
  return {
    name,
    description,
    parameters: [],
    variadic: text("format"),
    returns: stringType,
    bind: (world) => (args) => {
      if (args.length > 1) {
        throw new FunctionError("no more than one format is expected", 1);
      }
      return stringValue(show(new Date(world.startedAt), args.length === 0 ? undefined : textArgument(args, 0)));
    },
  };
}

function partsType(withUnix: boolean): Type {
  const numbers: readonly string[] = withUnix ? [...numberParts, "unix"] : numberParts;
  return objectType([
    ...numbers.map((name) => [name, numberType] as const),
    ...textParts.map((name) => [name, stringType] as const),
  ]);
}

function listParts(time: Instant, withUnix: boolean): Value {
  const week = isoWeek(time);
  const numbers: Readonly<Record<(typeof numberParts)[number], number>> = {
    year: time.year,
    year_day: dayOfYear(time),
    day: time.day,
    month: time.month,
    weekday: computeWeekday(time),
    hour: time.hour,
    minute: time.minute,
    second: time.second,
    iso_year: week.year,
    iso_week: week.week,
  };
  const texts = {
    month_name: monthNames[time.month - 1] ?? "",
    weekday_name: weekdayNames[computeWeekday(time)] ?? "",
    rfc3339: timestampText(time),
  };
  const unix = withUnix
    ? [
        [
          "unix",
          numberValue(time.nanoseconds / 1_000_000_000n - (time.nanoseconds % 1_000_000_000n < 0n ? 1n : 0n)),
        ] as const,
      ]
    : [];
  return objectValue([
    ...Object.entries(numbers).map(([name, n]) => [name, numberValue(n)] as const),
    ...Object.entries(texts).map(([name, t]) => [name, stringValue(t)] as const),
    ...unix,
  ]);
}

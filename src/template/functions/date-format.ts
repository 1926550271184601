// The notation of formatdate: runs of letters stand for parts of a time.
import { FunctionError } from "../../hcl/function.ts";
import { computeWeekday, type Instant, monthNames, offsetText, padTwo, weekdayNames, yearText } from "./timestamp.ts";

/** What each run of letters stands for. */
const verbs: Readonly<Record<string, (time: Instant) => string>> = {
  YYYY: (time) => yearText(time.year),
  YY: (time) => padTwo(time.year % 100),
  MMMM: (time) => monthNames[time.month - 1] ?? "",
  MMM: (time) => (monthNames[time.month - 1] ?? "").slice(0, 3),
  MM: (time) => padTwo(time.month),
  M: (time) => String(time.month),
  DD: (time) => padTwo(time.day),
  D: (time) => String(time.day),
  EEEE: (time) => weekdayNames[computeWeekday(time)] ?? "",
  EEE: (time) => (weekdayNames[computeWeekday(time)] ?? "").slice(0, 3),
  hh: (time) => padTwo(time.hour),
  h: (time) => String(time.hour),
  HH: (time) => padTwo(time.hour % 12 || 12),
  H: (time) => String(time.hour % 12 || 12),
  AA: (time) => (time.hour < 12 ? "AM" : "PM"),
  aa: (time) => (time.hour < 12 ? "am" : "pm"),
  mm: (time) => padTwo(time.minute),
  m: (time) => String(time.minute),
  ss: (time) => padTwo(time.second),
  s: (time) => String(time.second),
  ZZZZZ: (time) => offsetText(time.offset, ":"),
  ZZZZ: (time) => offsetText(time.offset, ""),
  ZZZ: (time) => (time.offset === 0 ? "UTC" : offsetText(time.offset, "")),
  Z: (time) => (time.offset === 0 ? "Z" : offsetText(time.offset, ":")),
};

/** What a letter is about, for messages. */
const meanings: Readonly<Record<string, string>> = {
  Y: "a year",
  M: "a month",
  D: "a day of the month",
  E: "a day of the week",
  h: "an hour of 24",
  H: "an hour of 12",
  A: "the half of the day in upper case",
  a: "the half of the day in lower case",
  m: "a minute",
  s: "a second",
  Z: "a zone",
};

/** The time in the notation. Letters that stand for nothing are a mistake. */
export function formatDate(format: string, time: Instant): string {
  let shown = "";
  for (const piece of splitFormat(format)) {
    if (piece.literal !== undefined) {
      shown += piece.literal;
    } else {
      shown += (Object.hasOwn(verbs, piece.verb) ? verbs[piece.verb] : undefined)?.(time) ?? unknownVerb(piece.verb);
    }
  }
  return shown;
}

type Piece = { readonly literal: string } | { readonly literal?: undefined; readonly verb: string };

function* splitFormat(format: string): Iterable<Piece> {
  for (let at = 0; at < format.length; ) {
    if (format[at] === "'") {
      const { text, end } = readQuotedText(format, at);
      yield { literal: text };
      at = end;
      continue;
    }
    const letters = /^([A-Za-z])\1*/.exec(format.slice(at))?.[0];
    yield letters === undefined ? { literal: format[at] ?? "" } : { verb: letters };
    at += letters?.length ?? 1;
  }
}

/** A text in quotes, in which two quotes stand for one; two quotes alone are one as well. */
function readQuotedText(format: string, start: number): { readonly text: string; readonly end: number } {
  if (format[start + 1] === "'") {
    return { text: "'", end: start + 2 };
  }
  let text = "";
  for (let at = start + 1; at < format.length; at++) {
    if (format[at] !== "'") {
      text += format[at];
    } else if (format[at + 1] === "'") {
      text += "'";
      at++;
      // As Packer 1.6.6: two quotes at the very end also end the text.
      if (at + 1 === format.length) {
        return { text, end: format.length };
      }
    } else {
      return { text, end: at + 1 };
    }
  }
  throw new FunctionError("a text in single quotes is not closed", 0);
}

function unknownVerb(verb: string): never {
  const letter = verb.slice(0, 1);
  const known = Object.keys(verbs).filter((one) => one.startsWith(letter));
  const why =
    known.length === 0
      ? `put single quotes around text that is no part of the time: '${verb}'`
      : `${meanings[letter]} is written ${known
          .reverse()
          .join(", ")
          .replace(/, ([^,]*)$/, " or $1")}`;
  throw new FunctionError(`"${verb}" stands for nothing; ${why}`, 0);
}

// Reads formats such as "%-10s = %5.2f".
import { FunctionError } from "../../hcl/function.ts";

/** `%[flags][width][.precision][index]letter` */
export interface FormatVerb {
  readonly letter: string;
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width?: number | undefined;
  readonly precision?: number | undefined;
  /** Which argument, counted from 1. */
  readonly argument: number;
  /** As it was written. */
  readonly written: string;
}

/** What the verbs do, for messages and documentation. */
export const verbMeanings: Readonly<Record<string, string>> = {
  v: "any value",
  s: "a string",
  q: "a string in quotes",
  d: "a whole number",
  b: "a whole number in base 2",
  o: "a whole number in base 8",
  x: "a whole number in base 16",
  X: "a whole number in base 16, in upper case",
  f: "a number",
  e: "a number with an exponent",
  E: "a number with an exponent in upper case",
  g: "a number, with an exponent where that is shorter",
  G: "a number, with an exponent in upper case where that is shorter",
  t: "true or false",
};

/** Wider than this nothing can be asked for. */
const widest = 1_000_000;
const shape = /%(?:%|([-+# 0]*)([1-9]\d*)?(?:(\.)(\d*))?(?:\[([1-9]\d*)\])?([a-zA-Z]))/y;

/** The format as texts and verbs, in order. */
export function readFormat(format: string): readonly (string | FormatVerb)[] {
  const pieces: (string | FormatVerb)[] = [];
  let next = 1;
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent !== at) {
      pieces.push(format.slice(at, percent < 0 ? undefined : percent));
    }
    if (percent < 0) {
      break;
    }
    shape.lastIndex = percent;
    const match = shape.exec(format) ?? unreadable(format, percent);
    at = shape.lastIndex;
    if (match[0] === "%%") {
      pieces.push("%");
    } else {
      const verb = readVerb(match, next, percent);
      next = verb.argument + 1;
      pieces.push(verb);
    }
  }
  return pieces;
}

function readVerb(
  [written = "", flags = "", width, point, precision, index, letter = ""]: RegExpExecArray,
  next: number,
  at: number,
): FormatVerb {
  if (!Object.hasOwn(verbMeanings, letter)) {
    throw new FunctionError(
      `the verb %${letter} in "${written}" at position ${at} is not known; there are %${Object.keys(verbMeanings).join(", %")} and %%`,
      0,
    );
  }
  if (Number(width ?? 0) > widest || Number(precision ?? 0) > widest) {
    throw new FunctionError(`"${written}" asks for more than ${widest} characters`, 0);
  }
  return {
    letter,
    minus: flags.includes("-"),
    plus: flags.includes("+"),
    sharp: flags.includes("#"),
    space: flags.includes(" "),
    zero: flags.includes("0"),
    width: width === undefined ? undefined : Number(width),
    precision: point === undefined ? undefined : Number(precision),
    argument: index === undefined ? next : Number(index),
    written,
  };
}

function unreadable(format: string, at: number): never {
  const written = format.slice(at, at + 12);
  const why = /^%[-+# 0]*\d*\.?\d*(?:\[\d*\]?)?$/.test(written)
    ? "it has no letter at its end"
    : "it is written %, flags, width, .precision, [index], letter";
  throw new FunctionError(
    `the verb at position ${at} cannot be read, ${JSON.stringify(written)}: ${why}; a percent sign alone is %%`,
    0,
  );
}

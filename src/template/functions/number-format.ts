// Numbers in the notations %e, %f and %g, and whole numbers in other bases, as the format functions show them.
import { type BigFloat, truncate } from "../../cty/number.ts";
import { numberText } from "../../cty/number-text.ts";
import { type Decimal, roundDecimal } from "../../gotemplate/decimal.ts";
import type { FormatVerb } from "./format-verbs.ts";

/** A number under `%e`, `%E`, `%f`, `%g` or `%G`. */
export function formatNumber(n: BigFloat, verb: FormatVerb): string {
  const sign = chooseSign(n.negative, { plus: verb.plus || n.infinite, space: verb.space });
  if (n.infinite) {
    return padNumber(sign, "Inf", { ...verb, zero: false });
  }
  const precision = verb.precision ?? (verb.letter.toLowerCase() === "g" ? undefined : 6);
  const text = writeNotation(n, verb.letter.toLowerCase(), precision);
  return padNumber(sign, verb.letter === verb.letter.toLowerCase() ? text : text.toUpperCase(), verb);
}

/** A number as `%v` shows it: with an exponent from a million on. */
export function shortNumber(n: BigFloat): string {
  if (n.infinite) {
    return n.negative ? "-Inf" : "+Inf";
  }
  return (n.negative ? "-" : "") + writeNotation(n, "g", undefined);
}

function writeNotation(n: BigFloat, notation: string, precision: number | undefined): string {
  if (notation === "f") {
    return writeFixed(
      roundTo(n, (point) => point + (precision ?? 0)),
      precision ?? 0,
    );
  }
  if (notation === "e") {
    return writeExponential(
      roundTo(n, () => (precision ?? 0) + 1),
      precision ?? 0,
    );
  }
  // Without a precision as many digits as are needed, and the choice of the notation is that of six.
  const digits = precision === undefined ? findShortest(n) : roundTo(n, () => Math.max(precision, 1));
  const exponent = digits.point - 1;
  const places = precision === undefined ? 6 : wholeFits(digits, Math.max(precision, 1));
  if (digits.digits !== "" && (exponent < -4 || exponent >= places)) {
    return writeExponential(digits, digits.digits.length - 1);
  }
  return writeFixed(digits, Math.max(digits.digits.length - digits.point, 0));
}

/** A whole number that is shown in full needs no exponent for zeros that were not shown. */
function wholeFits({ digits, point }: Decimal, precision: number): number {
  return precision > digits.length && digits.length >= point ? digits.length : precision;
}

function findShortest(n: BigFloat): Decimal {
  const [whole = "", fraction = ""] = numberText({ ...n, negative: false }).split(".");
  const all = (whole + fraction).replace(/^0+/, "");
  const point = whole === "0" ? -(/^0*/.exec(fraction)?.[0].length ?? 0) : whole.length;
  const digits = all.replace(/0+$/, "");
  return digits === "" ? { digits, point: 0 } : { digits, point };
}

/** All digits of the number, rounded to as many as the place of its point asks for. */
function roundTo(n: BigFloat, count: (point: number) => number): Decimal {
  if (n.mantissa === 0n) {
    return { digits: "", point: 0 };
  }
  const all = (n.exponent >= 0 ? n.mantissa << BigInt(n.exponent) : n.mantissa * 5n ** BigInt(-n.exponent)).toString();
  const point = all.length + Math.min(n.exponent, 0);
  return roundDecimal({ digits: all.replace(/0+$/, ""), point }, count(point));
}

function writeFixed({ digits, point }: Decimal, places: number): string {
  const whole = point <= 0 ? "0" : digits.slice(0, point).padEnd(point, "0");
  if (places === 0) {
    return whole;
  }
  const fraction = point < 0 ? "0".repeat(Math.min(-point, places)) + digits : digits.slice(Math.max(point, 0));
  return `${whole}.${fraction.slice(0, places).padEnd(places, "0")}`;
}

function writeExponential({ digits, point }: Decimal, places: number): string {
  const fraction = places === 0 ? "" : `.${digits.slice(1, 1 + places).padEnd(places, "0")}`;
  const exponent = digits === "" ? 0 : point - 1;
  return `${digits.slice(0, 1) || "0"}${fraction}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

const bases: Readonly<Record<string, { readonly base: number; readonly prefix: string }>> = {
  d: { base: 10, prefix: "" },
  b: { base: 2, prefix: "0b" },
  o: { base: 8, prefix: "0" },
  x: { base: 16, prefix: "0x" },
  X: { base: 16, prefix: "0x" },
};

/** A whole number under `%d`, `%b`, `%o`, `%x` or `%X`. */
export function formatWhole(n: BigFloat, verb: FormatVerb): string {
  const { base, prefix } = bases[verb.letter] ?? { base: 10, prefix: "" };
  const whole = truncate(n);
  if (whole === 0n && verb.precision === 0) {
    return "";
  }
  const sign = chooseSign(whole < 0n, verb);
  const digits = (whole < 0n ? -whole : whole).toString(base).padStart(verb.precision ?? 0, "0");
  const upper = (text: string): string => (verb.letter === "X" ? text.toUpperCase() : text);
  const start = sign + (verb.sharp ? upper(prefix) : "");
  return padNumber(start, upper(digits), { ...verb, zero: verb.zero && verb.precision === undefined });
}

/** What stands before a number: a minus always, plus or blank where the verb asks for them. */
function chooseSign(isNegative: boolean, { plus, space }: Pick<FormatVerb, "plus" | "space">): string {
  if (isNegative) {
    return "-";
  }
  if (plus) {
    return "+";
  }
  return space ? " " : "";
}

/** Zeros stand between the sign and the digits, blanks around both. */
function padNumber(sign: string, digits: string, { width = 0, minus, zero }: FormatVerb): string {
  if (minus) {
    return (sign + digits).padEnd(width);
  }
  return zero ? sign + digits.padStart(width - sign.length, "0") : (sign + digits).padStart(width);
}

// Floats as text in Go's notations: %e, %f, %g, %b and %x.
import { binaryParts, type Decimal, exactDecimal, roundDecimal, shortestDecimal } from "./decimal.ts";

/** The float with its sign in front; without a precision as many digits as are needed. */
export function floatText(value: number, notation: string, precision: number | undefined): string {
  if (Number.isNaN(value)) {
    return "+NaN";
  }
  const sign = value < 0 || Object.is(value, -0) ? "-" : "+";
  if (!Number.isFinite(value)) {
    return `${sign}Inf`;
  }
  return sign + writeUnsigned(value, notation, precision);
}

function writeUnsigned(value: number, notation: string, precision: number | undefined): string {
  switch (notation) {
    case "b":
      return writeBinary(value);
    case "x":
      return writeHexadecimal(value, precision);
    case "e":
      return writeExponential(value, precision);
    case "f":
      return writeFixed(value, precision);
    case "g":
      return writeGeneral(value, precision);
    default:
      // E, G and X
      return writeUnsigned(value, notation.toLowerCase(), precision).toUpperCase();
  }
}

function writeExponential(value: number, precision: number | undefined): string {
  const decimal = precision === undefined ? shortestDecimal(value) : roundDecimal(exactDecimal(value), precision + 1);
  return withExponent(decimal, precision ?? Math.max(decimal.digits.length - 1, 0));
}

/** One digit before the point, `places` behind it, and an exponent of at least two digits. */
function withExponent({ digits, point }: Decimal, places: number): string {
  const exponent = digits === "" ? 0 : point - 1;
  const first = digits.slice(0, 1) || "0";
  const rest = places > 0 ? `.${digits.slice(1, places + 1).padEnd(places, "0")}` : "";
  return `${first}${rest}e${writeExponent(exponent)}`;
}

function writeExponent(exponent: number): string {
  return (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

function writeFixed(value: number, precision: number | undefined): string {
  if (precision === undefined) {
    const shortest = shortestDecimal(value);
    return withoutExponent(shortest, Math.max(shortest.digits.length - shortest.point, 0));
  }
  const exact = exactDecimal(value);
  return withoutExponent(roundDecimal(exact, exact.point + precision), precision);
}

function withoutExponent({ digits, point }: Decimal, places: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (places === 0) {
    return whole;
  }
  const fraction = point >= 0 ? digits.slice(point) : "0".repeat(Math.min(-point, places)) + digits;
  return `${whole}.${fraction.slice(0, places).padEnd(places, "0")}`;
}

/** With an exponent when that is very small or not below the precision, else without. */
function writeGeneral(value: number, precision: number | undefined): string {
  const wanted = precision === undefined ? undefined : Math.max(precision, 1);
  const decimal = wanted === undefined ? shortestDecimal(value) : roundDecimal(exactDecimal(value), wanted);
  const { digits, point } = decimal;
  let threshold = wanted ?? 6;
  if (wanted !== undefined && wanted > digits.length && digits.length >= point) {
    threshold = digits.length;
  }
  if (point - 1 < -4 || point - 1 >= threshold) {
    return withExponent(decimal, Math.max(Math.min(wanted ?? digits.length, digits.length) - 1, 0));
  }
  return withoutExponent(decimal, Math.max(digits.length - point, 0));
}

/** mantissa "p" exponent, both in decimal */
function writeBinary(value: number): string {
  const { mantissa, exponent } = binaryParts(value);
  return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
}

/** "0x1." digits "p" exponent */
function writeHexadecimal(value: number, precision: number | undefined): string {
  const parts = binaryParts(value);
  const bits = parts.mantissa.toString(2).length;
  let exponent = value === 0 ? 0 : parts.exponent + bits - 1;
  // The leading one at bit 60 leaves 15 digits of four bits behind it.
  let mantissa = parts.mantissa << BigInt(61 - bits);
  if (precision !== undefined && precision < 15) {
    mantissa = roundBits(mantissa, BigInt(60 - precision * 4));
    if (mantissa >> 61n === 1n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const digits = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
  const fraction =
    precision === undefined ? digits.replace(/0+$/, "") : digits.slice(0, precision).padEnd(precision, "0");
  return `0x${mantissa >> 60n}${fraction === "" ? "" : "."}${fraction}p${writeExponent(exponent)}`;
}

function roundBits(value: bigint, dropped: bigint): bigint {
  const half = 1n << (dropped - 1n);
  const kept = value >> dropped;
  const rest = value & ((1n << dropped) - 1n);
  return (rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept) << dropped;
}

// Numbers as HCL counts: binary floating point with up to 512 bits, rounded to the nearest, halves to even.

/** A number: (negative ? -1 : 1) * mantissa * 2^exponent, rounded to `precision` bits. Build it with the functions here only. */
export interface BigFloat {
  readonly negative: boolean;
  /** Never negative; odd, or zero, so that equal numbers look alike. */
  readonly mantissa: bigint;
  readonly exponent: number;
  /** The bits that arithmetic on this number keeps: 512 for what a template says, 64 for counts. */
  readonly precision: number;
  readonly infinite: boolean;
}

/** Arithmetic without a result, such as zero divided by zero. */
export class ArithmeticError extends Error {}

const FULL_PRECISION = 512;
const INTEGER_PRECISION = 64;
const DOUBLE_PRECISION = 53;
/** Beyond 2^±MAX_EXPONENT a number would take megabytes to write down. */
const MAX_EXPONENT = 1_000_000;
const MAX_DECIMAL_EXPONENT = 200_000;
/** Decimal exponents up to this size are worked out exactly. */
const EXACT_DECIMAL_EXPONENT = 2_000;

function bitLength(n: bigint): number {
  if (n === 0n) {
    return 0;
  }
  const hex = n.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.charAt(0), 16)));
}

function countTrailingZeros(n: bigint): number {
  return (n & 1n) === 1n ? 0 : bitLength(n & -n) - 1;
}

function makeInfinity(negative: boolean, precision: number): BigFloat {
  return { negative, mantissa: 0n, exponent: 0, precision, infinite: true };
}

function makeZero(negative: boolean, precision: number): BigFloat {
  return { negative, mantissa: 0n, exponent: 0, precision, infinite: false };
}

/** Rounds to `precision` bits. */
function roundToPrecision(negative: boolean, mantissa: bigint, exponent: number, precision: number): BigFloat {
  if (mantissa === 0n) {
    return makeZero(negative, precision);
  }
  let kept = mantissa;
  let power = exponent;
  const excess = bitLength(mantissa) - precision;
  if (excess > 0) {
    const shift = BigInt(excess);
    const rest = mantissa & ((1n << shift) - 1n);
    const half = 1n << (shift - 1n);
    kept = mantissa >> shift;
    power += excess;
    if (rest > half || (rest === half && (kept & 1n) === 1n)) {
      kept += 1n;
    }
  }
  const zeros = countTrailingZeros(kept);
  kept >>= BigInt(zeros);
  power += zeros;
  const top = power + bitLength(kept);
  if (top > MAX_EXPONENT) {
    throw new ArithmeticError("the result is too large");
  }
  if (top < -MAX_EXPONENT) {
    return makeZero(negative, precision);
  }
  return { negative, mantissa: kept, exponent: power, precision, infinite: false };
}

/** A whole number. Without a precision it keeps 64 bits, or as many as it needs. */
export function fromInteger(value: number | bigint, precision?: number): BigFloat {
  const whole = BigInt(value);
  const magnitude = whole < 0n ? -whole : whole;
  return roundToPrecision(whole < 0n, magnitude, 0, precision ?? Math.max(INTEGER_PRECISION, bitLength(magnitude)));
}

/** A JavaScript number, exactly; whole ones keep 64 bits, others 53. */
export function fromDouble(value: number): BigFloat {
  if (Number.isNaN(value)) {
    throw new ArithmeticError("not a number");
  }
  if (!Number.isFinite(value)) {
    return makeInfinity(value < 0, DOUBLE_PRECISION);
  }
  if (Number.isSafeInteger(value)) {
    return Object.is(value, -0) ? makeZero(true, INTEGER_PRECISION) : fromInteger(value);
  }
  let scaled = Math.abs(value);
  let exponent = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent -= 1;
  }
  return roundToPrecision(value < 0, BigInt(scaled), exponent, DOUBLE_PRECISION);
}

/** Longer texts than any number that makes a difference at full precision. */
const MAX_TEXT = 10_000;

const DECIMAL = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;

/** Reads a decimal number at full precision; undefined when the text is none. */
export function parseDecimal(text: string): BigFloat | undefined {
  const match = text.length > MAX_TEXT ? null : DECIMAL.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, sign, whole = "", fraction = match[4] ?? "", , exponentText = "0"] = match;
  const negative = sign === "-";
  const digits = BigInt(whole + fraction);
  if (digits === 0n) {
    return makeZero(negative, FULL_PRECISION);
  }
  const exponent = Number(exponentText) - fraction.length;
  if (exponent > MAX_DECIMAL_EXPONENT) {
    return undefined;
  }
  if (exponent < -MAX_DECIMAL_EXPONENT - whole.length - fraction.length) {
    return makeZero(negative, FULL_PRECISION);
  }
  if (exponent === 0) {
    return roundToPrecision(negative, digits, 0, FULL_PRECISION);
  }
  return scaleByTen(negative, digits, exponent);
}

function scaleByTen(negative: boolean, digits: bigint, exponent: number): BigFloat | undefined {
  try {
    if (exponent > 0) {
      const five = powerOfFive(exponent);
      return roundToPrecision(negative, digits * five.mantissa, five.exponent + exponent, FULL_PRECISION);
    }
    const five = powerOfFive(-exponent);
    return divideRounded({ negative, mantissa: digits, exponent }, five, FULL_PRECISION);
  } catch (thrown) {
    if (thrown instanceof ArithmeticError) {
      return undefined;
    }
    throw thrown;
  }
}

/** 5^power: exact while small, with spare bits beyond. */
function powerOfFive(power: number): BigFloat {
  const precision = power <= EXACT_DECIMAL_EXPONENT ? Number.MAX_SAFE_INTEGER : FULL_PRECISION + 64;
  let result = roundToPrecision(false, 1n, 0, precision);
  let base = roundToPrecision(false, 5n, 0, precision);
  for (let rest = power; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      result = roundToPrecision(false, result.mantissa * base.mantissa, result.exponent + base.exponent, precision);
    }
    if (rest > 1) {
      base = roundToPrecision(false, base.mantissa * base.mantissa, base.exponent * 2, precision);
    }
  }
  return result;
}

type Scaled = Pick<BigFloat, "negative" | "mantissa" | "exponent">;

function divideRounded(a: Scaled, b: Scaled, precision: number): BigFloat {
  const shift = Math.max(0, precision + 2 - (bitLength(a.mantissa) - bitLength(b.mantissa)));
  const dividend = a.mantissa << BigInt(shift);
  const whole = dividend / b.mantissa;
  // One bit more stands for all that is left, so that a half is not taken for exact.
  const mantissa = (whole << 1n) | (whole * b.mantissa === dividend ? 0n : 1n);
  return roundToPrecision(a.negative !== b.negative, mantissa, a.exponent - b.exponent - shift - 1, precision);
}

export function isZero(n: BigFloat): boolean {
  return !n.infinite && n.mantissa === 0n;
}

/** True when nothing stands behind the point. */
export function isWhole(n: BigFloat): boolean {
  return !n.infinite && n.exponent >= 0;
}

export function negate(n: BigFloat): BigFloat {
  return { ...n, negative: !n.negative };
}

/** Negative, zero or positive as a is smaller than, equal to or larger than b. */
export function compareNumbers(a: BigFloat, b: BigFloat): number {
  const signA = findSign(a);
  const signB = findSign(b);
  if (signA !== signB) {
    return signA - signB;
  }
  if (signA === 0) {
    return 0;
  }
  return signA * compareMagnitudes(a, b);
}

function findSign(n: BigFloat): -1 | 0 | 1 {
  if (isZero(n)) {
    return 0;
  }
  return n.negative ? -1 : 1;
}

function compareMagnitudes(a: BigFloat, b: BigFloat): number {
  if (a.infinite || b.infinite) {
    return Number(a.infinite) - Number(b.infinite);
  }
  const topA = a.exponent + bitLength(a.mantissa);
  const topB = b.exponent + bitLength(b.mantissa);
  if (topA !== topB) {
    return topA - topB;
  }
  const low = Math.min(a.exponent, b.exponent);
  const left = a.mantissa << BigInt(a.exponent - low);
  const right = b.mantissa << BigInt(b.exponent - low);
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}

export function add(a: BigFloat, b: BigFloat): BigFloat {
  const precision = Math.max(a.precision, b.precision);
  if (a.infinite || b.infinite) {
    if (a.infinite && b.infinite && a.negative !== b.negative) {
      throw new ArithmeticError("can't add opposing infinities");
    }
    return makeInfinity(a.infinite ? a.negative : b.negative, precision);
  }
  if (isZero(a) && isZero(b)) {
    return makeZero(a.negative && b.negative, precision);
  }
  if (isZero(a)) {
    return roundToPrecision(b.negative, b.mantissa, b.exponent, precision);
  }
  if (isZero(b)) {
    return roundToPrecision(a.negative, a.mantissa, a.exponent, precision);
  }
  const low = Math.min(a.exponent, b.exponent);
  const left = (a.negative ? -a.mantissa : a.mantissa) << BigInt(a.exponent - low);
  const right = (b.negative ? -b.mantissa : b.mantissa) << BigInt(b.exponent - low);
  const sum = left + right;
  return roundToPrecision(sum < 0n, sum < 0n ? -sum : sum, low, precision);
}

export function subtract(a: BigFloat, b: BigFloat): BigFloat {
  if (a.infinite && b.infinite && a.negative === b.negative) {
    throw new ArithmeticError("can't subtract infinity from itself");
  }
  return add(a, negate(b));
}

/** The product, exact where 512 bits can hold it. */
export function multiply(a: BigFloat, b: BigFloat): BigFloat {
  const negative = a.negative !== b.negative;
  const precision = Math.max(a.precision, b.precision);
  if (a.infinite || b.infinite) {
    if (isZero(a) || isZero(b)) {
      throw new ArithmeticError("can't multiply zero by infinity");
    }
    return makeInfinity(negative, precision);
  }
  const product = roundToPrecision(negative, a.mantissa * b.mantissa, a.exponent + b.exponent, FULL_PRECISION);
  return { ...product, precision: Math.max(precision, bitLength(product.mantissa)) };
}

export function divide(a: BigFloat, b: BigFloat): BigFloat {
  const negative = a.negative !== b.negative;
  const precision = Math.max(a.precision, b.precision);
  if ((isZero(a) && isZero(b)) || (a.infinite && b.infinite)) {
    throw new ArithmeticError("can't divide zero by zero or infinity by infinity");
  }
  if (a.infinite || isZero(b)) {
    return makeInfinity(negative, precision);
  }
  if (isZero(a) || b.infinite) {
    return makeZero(negative, precision);
  }
  return divideRounded(a, b, precision);
}

/** What is left of a after taking b as often as it fits; has the sign of a. A remainder by zero is a itself. */
export function remainder(a: BigFloat, b: BigFloat): BigFloat {
  if (isZero(b)) {
    return a;
  }
  if (a.infinite || b.infinite) {
    return multiply(a, b);
  }
  const times = roundToPrecision(a.negative !== b.negative, takeMagnitude(truncate(divide(a, b))), 0, FULL_PRECISION);
  const taken = roundToPrecision(
    a.negative,
    b.mantissa * times.mantissa,
    b.exponent + times.exponent,
    Math.max(a.precision, b.precision),
  );
  return subtract(a, taken);
}

function takeMagnitude(n: bigint): bigint {
  return n < 0n ? -n : n;
}

/** The whole part. */
export function truncate(n: BigFloat): bigint {
  if (n.infinite) {
    throw new ArithmeticError("infinity has no whole part");
  }
  const magnitude = n.exponent >= 0 ? n.mantissa << BigInt(n.exponent) : n.mantissa >> BigInt(-n.exponent);
  return n.negative ? -magnitude : magnitude;
}

/** The nearest JavaScript number. */
export function toDouble(n: BigFloat): number {
  const sign = n.negative ? -1 : 1;
  if (n.infinite) {
    return sign * Number.POSITIVE_INFINITY;
  }
  const top = n.exponent + bitLength(n.mantissa);
  if (top > 1024) {
    return sign * Number.POSITIVE_INFINITY;
  }
  if (top < -1080) {
    return sign * 0;
  }
  // Below 2^-1022 doubles have fewer bits: round once, to as many as there are.
  const bits = Math.max(1, Math.min(DOUBLE_PRECISION, top + 1074));
  const near = roundToPrecision(false, n.mantissa, n.exponent, bits);
  const half = Math.trunc(near.exponent / 2);
  return sign * Number(near.mantissa) * 2 ** half * 2 ** (near.exponent - half);
}

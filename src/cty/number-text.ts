// Writes numbers in decimal: as few digits as name the number at its precision.
import type { BigFloat } from "./number.ts";
import { truncate } from "./number.ts";

/** The number in decimal without an exponent, such as `1.5`, `1000000` or `+Inf`. */
export function numberText(n: BigFloat): string {
  if (n.infinite) {
    return n.negative ? "-Inf" : "+Inf";
  }
  if (n.exponent >= 0) {
    const whole = truncate(n).toString();
    const text = n.mantissa !== 0n && needsShortening(whole, n) ? writePlain(findShortest(n)) : whole.replace("-", "");
    return n.negative ? `-${text}` : text;
  }
  return `${n.negative ? "-" : ""}${writePlain(findShortest(n))}`;
}

/** Whole numbers within the precision have no shorter name; 512 bits are at least 154 digits, 53 bits at least 15. */
function needsShortening(whole: string, n: BigFloat): boolean {
  return whole.length > n.precision * 0.3;
}

interface Decimal {
  readonly digits: string;
  /** Where the point stands: value = 0.digits * 10^point. */
  readonly point: number;
}

function writePlain({ digits, point }: Decimal): string {
  if (point <= 0) {
    return `0.${"0".repeat(-point)}${digits}`;
  }
  if (point >= digits.length) {
    return digits + "0".repeat(point - digits.length);
  }
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The fewest digits that lie nearer to the number than to its neighbours. */
function findShortest(n: BigFloat): Decimal {
  const bits = n.mantissa.toString(2).length;
  const mantissa = n.mantissa << BigInt(n.precision - bits + 2);
  const exponent = n.exponent - (n.precision - bits + 2);
  const isPowerOfTwo = n.mantissa === 1n;
  const even = isPowerOfTwo || n.precision > bits;
  // Everything is scaled to whole numbers: value * 10^scale.
  const scale = Math.max(0, -exponent);
  const factor = exponent >= 0 ? 1n << BigInt(exponent) : 5n ** BigInt(scale);
  const value = mantissa * factor;
  const lower = (mantissa - (isPowerOfTwo ? 1n : 2n)) * factor;
  const upper = (mantissa + 2n) * factor;
  const all = value.toString();
  let low = 1;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (roundWithin(value, { lower, upper, inclusive: even }, all.length - middle) === undefined) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const chosen = (roundWithin(value, { lower, upper, inclusive: even }, all.length - low) ?? value).toString();
  return { digits: chosen.replace(/0+$/, "") || "0", point: chosen.length - scale };
}

/** The value with its last `drop` digits rounded away, when that stays between the bounds. */
function roundWithin(
  value: bigint,
  { lower, upper, inclusive }: { readonly lower: bigint; readonly upper: bigint; readonly inclusive: boolean },
  drop: number,
): bigint | undefined {
  const unit = 10n ** BigInt(drop);
  const rest = value % unit;
  if (rest === 0n) {
    return value;
  }
  const down = value - rest;
  const up = down + unit;
  const downFits = down > lower || (inclusive && down === lower);
  const upFits = up < upper || (inclusive && up === upper);
  if (downFits && upFits) {
    const twice = rest * 2n;
    if (twice !== unit) {
      return twice < unit ? down : up;
    }
    return (down / unit) % 2n === 0n ? down : up;
  }
  if (downFits) {
    return down;
  }
  return upFits ? up : undefined;
}

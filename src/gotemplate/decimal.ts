// Digits of floats: the exact ones, the fewest that tell a float from its neighbours, and rounding of them.

/** A positive number as `0.digits * 10^point`; zero has no digits. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** Sign-free parts of a float: `mantissa * 2^exponent`. */
export function binaryParts(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** Every digit of a finite float. */
export function exactDecimal(value: number): Decimal {
  const { mantissa, exponent } = binaryParts(value);
  if (mantissa === 0n) {
    return { digits: "", point: 0 };
  }
  const whole = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = whole.toString();
  return trimZeros(digits, digits.length + Math.min(exponent, 0));
}

/** The fewest digits that read back as the same float. */
export function shortestDecimal(value: number): Decimal {
  if (value === 0) {
    return { digits: "", point: 0 };
  }
  const [mantissa = "", exponent = ""] = Math.abs(value).toExponential().split("e");
  return trimZeros(mantissa.replace(".", ""), Number(exponent) + 1);
}

/** The first `count` digits, rounded half to even. */
export function roundDecimal(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) {
    return decimal;
  }
  if (count < 0) {
    return { digits: "", point: 0 };
  }
  const kept = digits.slice(0, count);
  if (!roundsUp(kept, digits.slice(count))) {
    return trimZeros(kept, point);
  }
  const next = (BigInt(kept === "" ? "0" : kept) + 1n).toString();
  return trimZeros(next, point + next.length - count);
}

function roundsUp(kept: string, rest: string): boolean {
  const first = rest.charCodeAt(0) - 48;
  if (first !== 5) {
    return first > 5;
  }
  const isTie = /^50*$/.test(rest);
  return !isTie || (kept.charCodeAt(kept.length - 1) - 48) % 2 === 1;
}

function trimZeros(digits: string, point: number): Decimal {
  const significant = digits.replace(/0+$/, "");
  return significant === "" ? { digits: "", point: 0 } : { digits: significant, point };
}

// Durations as text, the way Go and so Packer writes them.

/** `1h30m0s`, `1.5s`, `300ms`: a duration in milliseconds as Go prints it. */
export function writeDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? "-" : "";
  const nanoseconds = BigInt(Math.round(Math.abs(milliseconds) * 1e6));
  if (nanoseconds === 0n) {
    return "0s";
  }
  if (nanoseconds < 1_000n) {
    return `${sign}${nanoseconds}ns`;
  }
  if (nanoseconds < 1_000_000n) {
    return `${sign}${writeDecimal(nanoseconds, 3)}µs`;
  }
  if (nanoseconds < 1_000_000_000n) {
    return `${sign}${writeDecimal(nanoseconds, 6)}ms`;
  }
  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${writeDecimal(nanoseconds % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) {
    return `${sign}${seconds}`;
  }
  if (minutes < 60n) {
    return `${sign}${minutes}m${seconds}`;
  }
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** A number whose last `places` digits stand behind the point, without zeros at the end. */
function writeDecimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0");
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "");
}

const nanosecondsPerUnit: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** The longest duration that Go can hold, about 292 years. */
const longest = 2n ** 63n - 1n;

/** Milliseconds of a text such as `1h30m` or `1.5s`, or in Go's words why it is no duration. */
export function parseDuration(text: string): number | { readonly error: string } {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") {
    return 0;
  }
  let nanoseconds = 0n;
  let at = 0;
  do {
    const part = /^([0-9]*)(\.?)([0-9]*)([^.0-9]*)/.exec(body.slice(at));
    const [all = "", whole = "", point = "", fraction = "", unit = ""] = part ?? [];
    if (whole + fraction === "") {
      return { error: `time: invalid duration ${quote(text)}` };
    }
    if (unit === "") {
      return { error: `time: missing unit in duration ${quote(text)}` };
    }
    const size = Object.hasOwn(nanosecondsPerUnit, unit) ? nanosecondsPerUnit[unit] : undefined;
    if (size === undefined) {
      return { error: `time: unknown unit ${quote(unit)} in duration ${quote(text)}` };
    }
    nanoseconds += BigInt(whole || "0") * size;
    if (point !== "") {
      nanoseconds += scaleFraction(fraction, size);
    }
    if (nanoseconds > longest + (sign < 0 ? 1n : 0n)) {
      return { error: `time: invalid duration ${quote(text)}` };
    }
    at += all.length;
  } while (at < body.length);
  return nanoseconds === 0n ? 0 : (sign * Number(nanoseconds)) / 1e6;
}

/** Nanoseconds of the digits behind a point, with the float arithmetic of Go. */
function scaleFraction(digits: string, size: bigint): bigint {
  const kept = digits.slice(0, 18);
  return BigInt(Math.trunc(Number(kept) * (Number(size) / 10 ** kept.length)));
}

/** Go's quotes: everything outside printable ASCII shows as its bytes. */
function quote(text: string): string {
  const shown = text.replace(/["\\]/g, "\\$&").replace(/[^ -~]/gu, (character) => {
    const bytes = new TextEncoder().encode(character);
    return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  });
  return `"${shown}"`;
}

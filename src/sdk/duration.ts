// Durations as text, the way Go and so Packer writes them.

/** `1h30m0s`, `1.5s`, `300ms`: a duration in milliseconds as Go prints it. */
export function durationText(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  const sign = milliseconds < 0 ? "-" : "";
  const nanoseconds = Math.round(Math.abs(milliseconds) * 1e6);
  if (nanoseconds < 1e3) return `${sign}${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${sign}${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${sign}${nanoseconds / 1e6}ms`;
  const minutes = Math.floor(nanoseconds / 60e9);
  const seconds = `${(nanoseconds - minutes * 60e9) / 1e9}s`;
  if (minutes === 0) return `${sign}${seconds}`;
  if (minutes < 60) return `${sign}${minutes}m${seconds}`;
  return `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
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
  if (body === "0") return 0;
  let nanoseconds = 0n;
  let at = 0;
  do {
    const part = /^([0-9]*)(\.?)([0-9]*)([^.0-9]*)/.exec(body.slice(at));
    const [all = "", whole = "", point = "", fraction = "", unit = ""] = part ?? [];
    if (whole + fraction === "") return { error: `time: invalid duration ${quoted(text)}` };
    if (unit === "") return { error: `time: missing unit in duration ${quoted(text)}` };
    const size = Object.hasOwn(nanosecondsPerUnit, unit) ? nanosecondsPerUnit[unit] : undefined;
    if (size === undefined) return { error: `time: unknown unit ${quoted(unit)} in duration ${quoted(text)}` };
    nanoseconds += BigInt(whole || "0") * size;
    if (point !== "") nanoseconds += (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
    if (nanoseconds > longest + (sign < 0 ? 1n : 0n)) return { error: `time: invalid duration ${quoted(text)}` };
    at += all.length;
  } while (at < body.length);
  return nanoseconds === 0n ? 0 : (sign * Number(nanoseconds)) / 1e6;
}

/** Go's quotes: everything outside printable ASCII shows as its bytes. */
function quoted(text: string): string {
  const shown = text.replace(/["\\]/g, "\\$&").replace(/[^ -~]/gu, (character) => {
    const bytes = new TextEncoder().encode(character);
    return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  });
  return `"${shown}"`;
}

// How long a wait of a boot command is.

const WHOLE = String.raw`(?:0|[1-9]\d*)`;
const SPAN = String.raw`-?${WHOLE}(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h)`;

/** `<wait>`, `<wait5>`, `<wait1m30s>`; gives what stands behind the word. As Packer 1.6.6: in lower case only, unlike the names of keys. */
export const waitToken = new RegExp(`<wait((?:${SPAN})+|${WHOLE})?>`, "y");

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** The longest duration that Packer can hold, about 292 years. */
const LONGEST = 2 ** 63 / 1e6;

/** Milliseconds of a wait, or what is wrong with it. A number alone counts seconds; nothing is one second. */
export function waitLength(token: string, span: string | undefined): number | { readonly problem: string } {
  if (span === undefined) {
    return 1_000;
  }
  if (/^\d+$/.test(span)) {
    return withinLimit(token, Number(span) * 1_000);
  }
  if (span.lastIndexOf("-") > 0) {
    return {
      problem: `A minus sign may only stand at the beginning of a duration, unlike in ${token}. Write it like <wait1m30s>`,
    };
  }
  let total = 0;
  for (const [, amount = "", unit = ""] of span.matchAll(/([0-9.]+)([^0-9.-]+)/g)) {
    total += Number(amount) * (millisecondsPerUnit[unit] ?? 0);
  }
  // As Packer 1.6.6, which counts whole nanoseconds: less than one is none.
  if (span.startsWith("-") || total < 1e-6) {
    return { problem: `Expecting a positive wait value. Got ${token.slice(5, -1)}` };
  }
  return withinLimit(token, total);
}

/** Unlike Packer 1.6.6, where a number of seconds beyond the limit becomes another wait, or none. */
function withinLimit(token: string, milliseconds: number): number | { readonly problem: string } {
  if (milliseconds < LONGEST) {
    return milliseconds;
  }
  return { problem: `The wait ${token} is longer than 292 years` };
}

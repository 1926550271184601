// Which trouble of a request may pass by itself, and how long to wait for that.
import { readDiagnosticCode } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";

/** What a busy or restarting server answers. */
const PASSING_STATUS: readonly number[] = [408, 425, 429, 500, 502, 503, 504];
const PASSING: readonly string[] = ["http/connect", "http/dropped", "http/silent"];
const PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

/** True for an answer that another attempt may not get. */
export function mayStatusPass(status: number): boolean {
  return PASSING_STATUS.includes(status);
}

/**
 * True for a failure that another attempt may not meet. A name that is unknown is so once more at most, for a network that
 * is just coming up; a certificate, a proxy's refusal or an address that is none will be the same.
 */
export function mayFailurePass(thrown: unknown, attempt: number): boolean {
  const code = readDiagnosticCode(thrown);
  return PASSING.includes(code) || (code === "http/name" && attempt === 1);
}

/** True when nothing of the request can have reached the server. */
export function wasUnsent(thrown: unknown): boolean {
  return ["http/connect", "http/name"].includes(readDiagnosticCode(thrown));
}

/** Milliseconds before the next attempt: twice as long each time, and not the same for all who were turned away together. */
export function chooseBackOff(attempt: number, random: Host["random"]): number {
  const longest = Math.min(PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE);
  return longest / 2 + random.integer(Math.ceil(longest / 2) + 1);
}

/** Milliseconds that a server asks to be left alone; `undefined` when it does not. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) {
    return undefined;
  }
  if (/^\s*\d+\s*$/.test(text)) {
    return Number(text) * 1000;
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

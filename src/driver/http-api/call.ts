// One call of an HTTP interface: limited in time and size, and made again where that can help.
import type { FetchOptions, Host } from "../../host/host.ts";
import { readBody } from "./body.ts";
import { chooseBackOff, mayFailurePass, mayStatusPass, retryAfter, wasUnsent } from "./retry.ts";
import { type TimeLimits, Watch } from "./watch.ts";

const ATTEMPTS = 3;
const MOST_BYTES = 8 * 1024 * 1024;
const LIMITS: TimeLimits = { silence: 30_000, whole: 120_000 };
/** Milliseconds that a server may ask to be left alone. */
const LONGEST_WAIT = 30_000;

/** What a call may use. */
export type CallHost = Pick<Host, "network" | "clock" | "random">;

export interface ApiCall extends Omit<FetchOptions, "signal" | "redirect"> {
  readonly url: string | URL;
  readonly limits?: Partial<TimeLimits> | undefined;
  /** Bytes of an answer; 8 MiB by default. */
  readonly mostBytes?: number | undefined;
  /** How often it is made at most; three times by default. */
  readonly attempts?: number | undefined;
  /** Whether the same twice does no harm. For reading it never does. */
  readonly isRepeatable?: boolean | undefined;
  /** Looks at status and headers before the body is read; what it throws is thrown. */
  check?(answer: AnswerHead): void;
  /** Milliseconds until the server takes more, where it says so in a way of its own. */
  findPause?(answer: ApiAnswer): number | undefined;
}

export interface AnswerHead {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
}

export interface ApiAnswer extends AnswerHead {
  readonly text: string;
}

/** Makes a call and gives its answer, whatever its status. Throws `BuildError` with a code of `http/…` when there is none. */
export async function callApi(host: CallHost, call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
  const attempts = call.attempts ?? ATTEMPTS;
  for (let attempt = 1; ; attempt++) {
    const outcome = await makeAttempt(host, call, signal, attempt === attempts);
    if (attempt === attempts) {
      return settle(outcome);
    }
    const pause = pauseAfter(outcome, call, attempt, host);
    if (pause === undefined) {
      return settle(outcome);
    }
    await host.clock.sleep(pause, signal);
  }
}

type Outcome = { readonly answer: ApiAnswer } | { readonly thrown: unknown };

function settle(outcome: Outcome): ApiAnswer {
  if ("thrown" in outcome) {
    throw outcome.thrown;
  }
  return outcome.answer;
}

async function makeAttempt(host: CallHost, call: ApiCall, signal: AbortSignal, isLast: boolean): Promise<Outcome> {
  const { url, method, headers, body, netrc, direct, mostBytes = MOST_BYTES } = call;
  using watch = new Watch(host.clock, signal, { ...LIMITS, ...call.limits });
  try {
    const response = await host.network.fetch(url, { method, headers, body, netrc, direct, signal: watch.signal });
    watch.alive();
    const head = { status: response.status, ok: response.ok, headers: response.headers };
    try {
      if (isLast || !mayStatusPass(head.status)) {
        call.check?.(head);
      }
    } catch (thrown) {
      await response.body?.cancel().catch(() => {});
      return { thrown };
    }
    const text = (await readBody(response, mostBytes, watch)).toString("utf8");
    return { answer: { ...head, text } };
  } catch (thrown) {
    signal.throwIfAborted();
    return { thrown: watch.signal.aborted ? watch.signal.reason : thrown };
  }
}

/** Milliseconds before the next attempt; `undefined` when there should be none. */
function pauseAfter(outcome: Outcome, call: ApiCall, attempt: number, { clock, random }: CallHost): number | undefined {
  const isRepeatable = call.isRepeatable ?? ["GET", "HEAD", "OPTIONS"].includes(call.method ?? "GET");
  if ("thrown" in outcome) {
    // What was sent may have arrived: only what does no harm twice is repeated.
    const mayRepeat = isRepeatable || wasUnsent(outcome.thrown);
    return mayRepeat && mayFailurePass(outcome.thrown, attempt) ? chooseBackOff(attempt, random) : undefined;
  }
  const { answer } = outcome;
  const asked =
    call.findPause?.(answer) ?? (mayStatusPass(answer.status) ? retryAfter(answer.headers, clock.now()) : undefined);
  if (asked !== undefined) {
    return asked > LONGEST_WAIT ? undefined : Math.max(asked, chooseBackOff(attempt, random));
  }
  return isRepeatable && mayStatusPass(answer.status) ? chooseBackOff(attempt, random) : undefined;
}

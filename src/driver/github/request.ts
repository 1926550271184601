// One request to GitHub: asked again where that can help, and refused in words that say what to change.
import { failure, messageOf } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import type { GitHubAccess } from "./github.ts";

/** A server that is busy gets so many chances, with a pause that doubles. */
const ATTEMPTS = 3;
const PAUSE = 1000;
/** Milliseconds that are worth waiting for a limit to pass. */
const LONGEST_WAIT = 30_000;

/** What to ask for, and why. */
export interface Asking {
  readonly method: "GET" | "POST" | "PATCH";
  /** From the root of the interface. */
  readonly path: string;
  readonly body?: unknown;
  /** The line that the job's `permissions` need for it. */
  readonly permission: string;
  /** Completes "GitHub did not let the action …". */
  readonly purpose: string;
}

export interface Answered {
  readonly body: unknown;
  /** True when there is another page. */
  readonly hasNext: boolean;
}

type Surroundings = Pick<Host, "network" | "clock">;

/** Sends one request. Throws `BuildError` when there is no good answer. */
export async function request(access: GitHubAccess, asking: Asking, host: Surroundings, signal: AbortSignal): Promise<Answered> {
  for (let attempt = 1; ; attempt++) {
    const mayRepeat = attempt < ATTEMPTS;
    const pause = PAUSE * 2 ** (attempt - 1);
    const response = await send(access, asking, host, signal);
    // What was sent may have arrived: only what does no harm twice is repeated.
    if (response instanceof Error) {
      if (!mayRepeat || asking.method === "POST") throw response;
      await host.clock.sleep(pause, signal);
      continue;
    }
    const text = await response.text();
    if (response.ok) return { body: parsed(text), hasNext: /;\s*rel="?next"?/.test(response.headers.get("link") ?? "") };
    const wait = limitWait(response, text, host.clock.now());
    if (wait !== undefined) {
      if (!mayRepeat || wait > LONGEST_WAIT) throw limited(asking, wait, host.clock.now());
      await host.clock.sleep(Math.max(wait, pause), signal);
      continue;
    }
    if (response.status < 500 || asking.method === "POST" || !mayRepeat) throw refused(access, asking, response.status, text);
    await host.clock.sleep(pause, signal);
  }
}

async function send(access: GitHubAccess, asking: Asking, host: Surroundings, signal: AbortSignal): Promise<Response | Error> {
  const url = `${access.apiUrl.replace(/\/+$/, "")}${asking.path}`;
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${access.token}`,
    "user-agent": "packer-ts",
    "x-github-api-version": "2022-11-28",
    ...(asking.body === undefined ? {} : { "content-type": "application/json" }),
  };
  const body = asking.body === undefined ? {} : { body: JSON.stringify(asking.body) };
  try {
    return await host.network.fetch(url, { method: asking.method, headers, signal, ...body });
  } catch (thrown) {
    signal.throwIfAborted();
    const cause = thrown instanceof Error && thrown.cause !== undefined ? `: ${messageOf(thrown.cause)}` : "";
    // A token that cannot be sent as it is stands in the message about that.
    const detail = `${messageOf(thrown)}${cause}`.replaceAll(access.token, "<token>");
    return failure("network", "github/unreachable", `GitHub could not be reached at ${access.apiUrl}`, {
      detail,
      hint: "Check the network of the runner, and GITHUB_API_URL where GitHub is a server of your own.",
    });
  }
}

/** Milliseconds until GitHub takes more requests; `undefined` when there were not too many. */
function limitWait(response: Response, text: string, now: number): number | undefined {
  if (response.status !== 403 && response.status !== 429) return undefined;
  const after = Number(response.headers.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(after)) return after * 1000;
  if (response.headers.get("x-ratelimit-remaining") === "0")
    return Math.max(0, Number(response.headers.get("x-ratelimit-reset") ?? 0) * 1000 - now);
  // A secondary limit may come without a time: GitHub asks to wait a minute.
  return response.status === 429 || /secondary rate limit/i.test(text) ? 60_000 : undefined;
}

function limited({ purpose }: Asking, wait: number, now: number): Error {
  const until = new Date(now + wait).toISOString().slice(0, 16).replace("T", " ");
  return failure("capacity", "github/rate-limit", `GitHub did not let the action ${purpose}: there were too many requests`, {
    detail: `It takes more after ${until} UTC.`,
    hint: "Run the job again then, or give a token with a limit of its own as the input `github-token`.",
  });
}

function refused({ repository }: GitHubAccess, { purpose, permission }: Asking, status: number, text: string): Error {
  const { message } = (parsed(text) ?? {}) as { message?: unknown };
  const said = `HTTP status ${status}${typeof message === "string" && message !== "" ? `: ${message}` : ""}`;
  const summary = `GitHub did not let the action ${purpose}`;
  if (status === 401)
    return failure("auth", "github/token", `${summary}: the token is not valid`, {
      detail: said,
      hint: "Check the input `github-token`. The token of a job is valid only while that job runs.",
    });
  if (status === 403)
    return failure("auth", "github/permission", `${summary}: the token may not do that`, {
      detail: said,
      hint: `Add "${permission}" to the "permissions" of the job. In runs for pull requests from forks the token can only read, whatever the job says.`,
    });
  if (status === 404)
    return failure("auth", "github/missing", `${summary}: it is not there, or the token may not see it`, {
      detail: said,
      hint: `Check that ${repository} is the right repository, and that the "permissions" of the job have "${permission}".`,
    });
  return failure(status >= 500 ? "network" : "environment", "github/refused", summary, { detail: said });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Something in between answers at this address.
    return undefined;
  }
}

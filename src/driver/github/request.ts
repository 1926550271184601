// One request to GitHub: asked again where that can help, and refused in words that say what to change.
import { failure } from "../../diagnostic/build-error.ts";
import { type ApiAnswer, type ApiCall, type CallHost, callApi } from "../http-api/call.ts";
import { readJson, readJsonObject } from "../http-api/json.ts";
import { reportNoAnswer } from "../http-api/unreachable.ts";

/** Bytes of an answer: a page of a hundred files has their changes in it. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Where GitHub is, and as whom to ask. */
export interface GitHubAccess {
  /** `https://api.github.com`, or the address of a server of one's own. */
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
}

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

/** Sends one request. Throws `BuildError` when there is no good answer. */
export async function request(
  access: GitHubAccess,
  asking: Asking,
  host: CallHost,
  signal: AbortSignal,
): Promise<Answered> {
  const { clock } = host;
  const answer = await callApi(host, makeCall(access, asking, clock), signal).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw explainUnreachable(access, thrown);
  });
  const { ok, headers, text } = answer;
  if (ok) {
    return { body: readJson(text), hasNext: /;\s*rel="?next"?/.test(headers.get("link") ?? "") };
  }
  const wait = limitWait(answer, clock.now());
  if (wait !== undefined) {
    throw explainLimit(asking, wait, clock.now());
  }
  throw explainRefusal(access, asking, answer);
}

function makeCall(access: GitHubAccess, asking: Asking, clock: CallHost["clock"]): ApiCall {
  const headers: Record<string, string> = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${access.token}`,
    "user-agent": "packer-ts",
    "x-github-api-version": "2022-11-28",
  };
  if (asking.body !== undefined) {
    headers["content-type"] = "application/json";
  }
  return {
    url: `${access.apiUrl.replace(/\/+$/, "")}${asking.path}`,
    method: asking.method,
    headers,
    body: asking.body === undefined ? undefined : JSON.stringify(asking.body),
    mostBytes: MOST_BYTES,
    isRepeatable: asking.method !== "POST",
    findPause: (answer) => limitWait(answer, clock.now()),
  };
}

function explainUnreachable(access: GitHubAccess, thrown: unknown): Error {
  const hint = "Check the network of the runner, and GITHUB_API_URL where GitHub is a server of your own.";
  return reportNoAnswer("github/unreachable", `GitHub could not be reached at ${access.apiUrl}`, thrown, hint);
}

/** Milliseconds until GitHub takes more requests; `undefined` when there were not too many. */
function limitWait({ status, headers, text }: ApiAnswer, now: number): number | undefined {
  if (status !== 403 && status !== 429) {
    return undefined;
  }
  const after = Number(headers.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(after)) {
    return after * 1000;
  }
  if (headers.get("x-ratelimit-remaining") === "0") {
    return Math.max(0, Number(headers.get("x-ratelimit-reset") ?? 0) * 1000 - now);
  }
  // A secondary limit may come without a time: GitHub asks to wait a minute.
  return status === 429 || /secondary rate limit/i.test(text) ? 60_000 : undefined;
}

function explainLimit({ purpose }: Asking, wait: number, now: number): Error {
  const until = new Date(now + wait).toISOString().slice(0, 16).replace("T", " ");
  return failure(
    "capacity",
    "github/rate-limit",
    `GitHub did not let the action ${purpose}: there were too many requests`,
    {
      detail: `It takes more after ${until} UTC.`,
      hint: "Run the job again then, or give a token with a limit of its own as the input `github-token`.",
    },
  );
}

function explainRefusal(
  { repository }: GitHubAccess,
  { purpose, permission }: Asking,
  { status, text }: ApiAnswer,
): Error {
  const message = readJsonObject(text)?.["message"];
  const said = `HTTP status ${status}${typeof message === "string" && message !== "" ? `: ${message}` : ""}`;
  const summary = `GitHub did not let the action ${purpose}`;
  if (status === 401) {
    return failure("auth", "github/token", `${summary}: the token is not valid`, {
      detail: said,
      hint: "Check the input `github-token`. The token of a job is valid only while that job runs.",
    });
  }
  if (status === 403) {
    return failure("auth", "github/permission", `${summary}: the token may not do that`, {
      detail: said,
      hint: `Add "${permission}" to the "permissions" of the job. In runs for pull requests from forks the token can only read, whatever the job says.`,
    });
  }
  if (status === 404) {
    return failure("auth", "github/missing", `${summary}: it is not there, or the token may not see it`, {
      detail: said,
      hint: `Check that ${repository} is the right repository, and that the "permissions" of the job have "${permission}".`,
    });
  }
  return failure(status >= 500 ? "network" : "environment", "github/refused", summary, { detail: said });
}

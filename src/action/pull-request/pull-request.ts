// The pull request that a run is for, from the event that started it.
// https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
import { readFileSync } from "node:fs";
import { BuildError } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import type { GitHub } from "../../driver/github/github.ts";
import type { Host } from "../../host/host.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Values = Readonly<Record<string, unknown>>;

/** What the event says about the pull request. */
export interface PullRequest {
  readonly number: number;
  /** The commit that the pull request is to be merged into, when the event came. */
  readonly baseSha: string;
  readonly headSha: string;
  /** True when its branch lives in another repository: then the job's token can only read. */
  readonly isFork: boolean;
}

/** The pull request of the event; `undefined` when the run is for something else. */
export function readPullRequest(env: Environment): PullRequest | undefined {
  const event = asValues(readEvent(env)["pull_request"]);
  const [base, head] = [asValues(event["base"]), asValues(event["head"])];
  const { number } = event;
  const [baseSha, headSha] = [base["sha"], head["sha"]];
  if (typeof number !== "number" || !isSha(baseSha) || !isSha(headSha)) {
    return undefined;
  }
  // The repository of a fork that was deleted since is null.
  const isFork = asValues(head["repo"])["full_name"] !== asValues(base["repo"])["full_name"];
  return { number, baseSha, headSha, isFork };
}

/** The repository of the run, asked with a token; `undefined` without one. Loads the client. */
export async function openGitHub(
  env: Environment,
  token: string,
  host: Host,
  signal: AbortSignal,
): Promise<GitHub | undefined> {
  const repository = env["GITHUB_REPOSITORY"];
  if (token === "" || !repository) {
    return undefined;
  }
  const { openGitHub } = await import("../../driver/github/github.ts");
  return openGitHub({ apiUrl: env["GITHUB_API_URL"] || "https://api.github.com", token, repository }, host, signal);
}

/** Why GitHub did not do something, and what to do about it, in sentences. A bug is thrown on. */
export function explainFailure(thrown: unknown): string {
  if (!(thrown instanceof BuildError)) {
    throw thrown;
  }
  return thrown.diagnostics.map(joinSentences).join("\n");
}

function joinSentences({ summary, detail, hint }: Diagnostic): string {
  const parts = [summary, detail, hint].filter((part) => part !== undefined && part !== "");
  return parts.map((part) => (/[.!?]$/.test(part ?? "") ? part : `${part}.`)).join(" ");
}

/** What GitHub says of the event; empty without a payload that can be read. */
export function readEvent(env: Environment): Values {
  const path = env["GITHUB_EVENT_PATH"];
  if (!path) {
    return {};
  }
  try {
    return asValues(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return {};
  }
}

function isSha(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40,64}$/.test(value);
}

/** The value as an object; an empty one when it is none. */
export function asValues(value: unknown): Values {
  return typeof value === "object" && value !== null ? (value as Values) : {};
}

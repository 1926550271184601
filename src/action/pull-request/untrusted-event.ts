// Events that run the code of strangers with the rights of the repository: what their templates show, everybody reads.
// https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { asValues, readEvent } from "./pull-request.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Events that only people and programs with the right to write to the repository can start. */
const OF_THE_REPOSITORY = [
  "create",
  "dynamic",
  "merge_group",
  "push",
  "release",
  "repository_dispatch",
  "schedule",
  "workflow_dispatch",
];
const INPUT = "allow-untrusted-events";

/** The refusal to work out templates in a run that a stranger may have started; `undefined` when they can be. */
export function refuseUntrustedEvent(env: Environment): Diagnostic | undefined {
  const detail = findReason(env);
  if (detail === undefined) {
    return undefined;
  }
  return {
    code: "action/untrusted-event",
    severity: "error",
    summary: `Templates are not worked out in a run for "${env["GITHUB_EVENT_NAME"]}"`,
    detail: `${detail} Such a run has the secrets and the rights of the repository, and a template could show or use them.`,
    hint: `Use a workflow for "pull_request", which has neither. Set "${INPUT}" to true if the checkout holds no code of strangers.`,
  };
}

function findReason(env: Environment): string | undefined {
  const event = readEvent(env);
  switch (env["GITHUB_EVENT_NAME"]) {
    case "pull_request_target":
    case "pull_request_review":
    case "pull_request_review_comment":
      return isFromFork(event) ? "The pull request comes from another repository." : undefined;
    case "issue_comment":
      return "Everybody can write comments, also on pull requests from other repositories.";
    case "workflow_run":
      return followsStranger(event)
        ? "The run before it came from another repository, or was one that strangers can start."
        : undefined;
    default:
      return undefined;
  }
}

/** Also true when the event does not tell. */
function isFromFork(event: Readonly<Record<string, unknown>>): boolean {
  const pull = asValues(event["pull_request"]);
  return !isSame(readRepository(pull, "head"), readRepository(pull, "base"));
}

function readRepository(pull: Readonly<Record<string, unknown>>, side: "head" | "base"): unknown {
  return asValues(asValues(pull[side])["repo"])["full_name"];
}

/** Also true when the event does not tell. Who opens a pull request from a branch of the repository can write to it. */
function followsStranger(event: Readonly<Record<string, unknown>>): boolean {
  const run = asValues(event["workflow_run"]);
  const own = asValues(event["repository"])["full_name"];
  if (![...OF_THE_REPOSITORY, "pull_request"].includes(String(run["event"]))) {
    return true;
  }
  return !isSame(asValues(run["head_repository"])["full_name"], own);
}

function isSame(one: unknown, other: unknown): boolean {
  return typeof one === "string" && one !== "" && one === other;
}

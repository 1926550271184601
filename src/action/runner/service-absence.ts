// What GitHub's services of a run need, and what is missing of it here.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Why a service cannot be used, as a sentence; `undefined` when everything is there. */
export function explainAbsence(env: Environment, ...variables: readonly string[]): string | undefined {
  const absent = variables.filter((name) => !env[name]);
  if (absent.length > 0) {
    return `The runner did not set ${absent.join(" and ")}.`;
  }
  const server = (env["GITHUB_SERVER_URL"] || "https://github.com").replace(/\/+$/, "");
  const isOffered = /^https:\/\/(github\.com|[^/]+\.(ghe\.com|localhost))$/i.test(server);
  return isOffered ? undefined : `${server} does not offer it.`;
}

/** Why there is no service for workflow artifacts. What was to be uploaded then stays on the runner, and a warning says so; only `collect` has nothing to do. */
export function artifactServiceAbsence(env: Environment): string | undefined {
  return explainAbsence(env, "ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_URL");
}

/** The warning, whatever was to be uploaded. */
export function noArtifactService(what: string, absence: string): Diagnostic {
  return {
    code: "action/no-artifact-service",
    severity: "warning",
    summary: `${what}: this runner has no artifact service`,
    detail: absence,
    hint: `It is still on the runner. ${ARTIFACT_SERVICE_HINT}`,
  };
}

/** What helps then. */
export const ARTIFACT_SERVICE_HINT =
  "GitHub's runners have one. Under act, start it with --artifact-server-path, or leave the input out there.";

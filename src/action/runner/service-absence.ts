// What GitHub's services of a run need, and what is missing of it here.

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

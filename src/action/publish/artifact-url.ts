// Where people find a workflow artifact.

/** Its page, for people who are signed in. */
export function artifactUrl(env: Readonly<Record<string, string | undefined>>, id: number): string {
  const run = `${env["GITHUB_SERVER_URL"] ?? ""}/${env["GITHUB_REPOSITORY"] ?? ""}/actions/runs/${env["GITHUB_RUN_ID"] ?? ""}`;
  return `${run}/artifacts/${id}`;
}

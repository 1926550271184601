// The facts by which somebody who finds a resource knows which workflow run made it.

/** What the runner says about the run; a fact that it does not know is left out. */
export function runLabels(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const facts = {
    repository: env["GITHUB_REPOSITORY"],
    "run-id": env["GITHUB_RUN_ID"],
    "run-attempt": env["GITHUB_RUN_ATTEMPT"],
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value ? [[`packer-ts.${name}`, value]] : [])),
  );
}

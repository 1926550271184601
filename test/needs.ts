// Says what a test needs of the machine: missing tools skip it with a reason, and fail it in CI.
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

/** True when every program answers; otherwise the test is skipped with a reason, or fails when `CI=true`. */
export function needs(test: TestContext, ...tools: readonly string[]): boolean {
  const missing = tools.filter((tool) => !isPresent(tool));
  if (missing.length === 0) {
    return true;
  }
  const reason = `needs ${missing.join(" and ")}`;
  if (process.env["CI"] === "true") {
    throw new Error(`This test ${reason}, which CI must provide`);
  }
  test.skip(reason);
  return false;
}

const present = new Map<string, boolean>();

function isPresent(tool: string): boolean {
  const known = present.get(tool);
  if (known !== undefined) {
    return known;
  }
  const found =
    tool === "docker"
      ? spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0
      : spawnSync("sh", ["-c", `command -v -- "${tool}"`]).status === 0;
  present.set(tool, found);
  return found;
}

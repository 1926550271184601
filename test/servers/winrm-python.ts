// Python programs that speak WinRM and NTLM without any code of this project.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";

const FOLDER = join(import.meta.dirname, "winrm-peers");

/** The Python that has the peers' modules: `WINRM_TEST_PYTHON`, else `python3`. */
const PYTHON = process.env["WINRM_TEST_PYTHON"] || "python3";

/** True when Python has every module; otherwise the test is skipped with a reason, or fails when `CI=true`. */
export function needsPython(test: TestContext, ...modules: readonly string[]): boolean {
  if (spawnSync(PYTHON, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" }).status === 0) {
    return true;
  }
  const reason = `needs a Python with ${modules.join(" and ")}, named by WINRM_TEST_PYTHON`;
  if (process.env["CI"] === "true") {
    throw new Error(`This test ${reason}, which CI must provide`);
  }
  test.skip(reason);
  return false;
}

/** The command line of a peer. */
export function peerCommand(name: string, ...args: readonly string[]): [string, ...string[]] {
  return [PYTHON, join(FOLDER, name), ...args];
}

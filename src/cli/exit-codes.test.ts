import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandResult } from "../command/command.ts";
import type { BuildResult } from "../core/build.ts";
import type { FailureClass } from "../diagnostic/build-error.ts";
import { chooseExitCode, EXIT_CODES } from "./exit-codes.ts";

function build(outcome: BuildResult["outcome"], failure?: FailureClass): BuildResult {
  const facts = { name: "a", builderType: "null", outcome, diagnostics: [], artifacts: [], milliseconds: 1 };
  return failure === undefined ? facts : { ...facts, failure };
}

function result(builds: readonly BuildResult[], interrupted = false): CommandResult {
  const exitCode = builds.every(({ outcome }) => outcome === "built") ? 0 : 1;
  return { exitCode, diagnostics: [], run: { builds, interrupted, milliseconds: 1 } };
}

describe("cli/exit-codes", () => {
  it("gives no two classes the same code, and none of Packer's", () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code);
    assert.equal(new Set([0, 1, 127, ...codes]).size, codes.length + 3);
  });

  it("keeps to Packer's codes unless it is asked for more", () => {
    assert.equal(chooseExitCode(result([build("failed", "network")]), false), 1);
    assert.equal(chooseExitCode(result([build("built")]), true), 0);
  });

  it("tells the class of the first build that failed, and a fault of the program", () => {
    assert.equal(
      chooseExitCode(result([build("built"), build("failed", "network"), build("failed", "auth")]), true),
      12,
    );
    assert.equal(chooseExitCode(result([build("failed")]), true), 17);
  });

  it("puts an interrupt before everything, and knows an invalid template", () => {
    assert.equal(
      chooseExitCode(result([build("failed", "network"), build("cancelled", "cancelled")], true), true),
      130,
    );
    const diagnostics = [{ code: "x/y", severity: "error" as const, summary: "wrong" }];
    assert.equal(chooseExitCode({ exitCode: 1, diagnostics }, true), 10);
    assert.equal(chooseExitCode({ exitCode: 1, diagnostics: [] }, true), 1);
  });
});

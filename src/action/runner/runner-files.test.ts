// The runner's file protocol, and what templates may not see.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { values } from "../../../test/e2e/action-runner.ts";
import { openRunnerFiles, readEnvironmentForTemplates } from "./runner-files.ts";

let count = 0;
const random = { uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}` };

function files(test: TestContext): Record<"GITHUB_OUTPUT" | "GITHUB_STATE" | "GITHUB_STEP_SUMMARY", string> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-files-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const made = {
    GITHUB_OUTPUT: join(folder, "output"),
    GITHUB_STATE: join(folder, "state"),
    GITHUB_STEP_SUMMARY: join(folder, "summary"),
  };
  for (const file of Object.values(made)) {
    writeFileSync(file, "");
  }
  return made;
}

describe("action/runner/runner-files", () => {
  it("writes outputs and state as the toolkit does, but for the random delimiter", (t) => {
    const ours = files(t);
    const theirs = files(t);
    const values = ["plain", "", "two\nlines", "a<<b\nEOF", "ghadelimiter_\n::error::x"];
    const runner = openRunnerFiles(ours, random);
    for (const value of values) {
      runner.setOutput("out", value);
    }
    runner.saveState("main", "s");
    const code = `import * as core from "@actions/core";for (const v of ${JSON.stringify(values)}) core.setOutput("out", v);core.saveState("main", "s");`;
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { env: { ...process.env, ...theirs } });
    const plain = (file: string): string => readFileSync(file, "utf8").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "UUID");
    assert.equal(plain(ours.GITHUB_OUTPUT), plain(theirs.GITHUB_OUTPUT));
    assert.equal(plain(ours.GITHUB_STATE), plain(theirs.GITHUB_STATE));
  });

  it("never ends an entry inside its value", (t) => {
    const made = files(t);
    // The first delimiter that comes up stands in the value.
    const next = `ghadelimiter_00000000-0000-4000-8000-${String(count + 1).padStart(12, "0")}`;
    const value = `x\n${next}\noutcome<<E\nforged\nE`;
    openRunnerFiles(made, random).setOutput("artifacts", value);
    assert.deepEqual(values(readFileSync(made.GITHUB_OUTPUT, "utf8")), { artifacts: value });
  });

  it("does nothing where there is no runner", () => {
    const runner = openRunnerFiles({}, random);
    runner.setOutput("a", "b");
    runner.addSummary("c");
    assert.equal(runner.state("a"), "");
  });

  it("keeps the runner's files, tokens and inputs from templates", () => {
    const env = {
      PATH: "/bin",
      GITHUB_SHA: "1",
      GITHUB_ENV: "f",
      GITHUB_OUTPUT: "f",
      ACTIONS_RUNTIME_TOKEN: "t",
      INPUT_VARS: "v",
      STATE_main: "s",
      AWS_REGION: "r",
    };
    assert.deepEqual(readEnvironmentForTemplates(env), { PATH: "/bin", GITHUB_SHA: "1", AWS_REGION: "r" });
  });
});

// Exit codes as a script meets them: Packer's, and with -detailed-exitcode one for each class of failure.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith } from "../packer-ts.ts";
import { bundle } from "./action-runner.ts";

const local = (inline: string, more: object = {}): string =>
  JSON.stringify({
    builders: [{ type: "null", communicator: "none" }],
    provisioners: [{ type: "shell-local", inline: [inline], ...more }],
  });

function exitCode(cwd: string, args: readonly string[], interruptAt?: string): Promise<number | null> {
  const child = spawn(process.execPath, [join(bundle(), "cli.js"), ...args], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (interruptAt !== undefined && !said.includes(interruptAt) && (said + text).includes(interruptAt)) {
      child.kill("SIGINT");
    }
    said += text;
  });
  return new Promise((resolve) => child.once("close", resolve));
}

describe("e2e/exit codes", () => {
  it("tells the class of a failure when asked to, and 1 otherwise", async (t) => {
    const folder = folderWith(t, {
      "good.json": local("true"),
      "invalid.json": JSON.stringify({ builders: [{ type: "nul" }] }),
      "provisioner.json": local("exit 3"),
      "timeout.json": local("sleep 30", { timeout: "200ms" }),
      "environment.json": JSON.stringify({
        builders: [{ type: "docker", image: "x", commit: true, docker_path: "/nowhere/docker" }],
      }),
    });
    const expected: Readonly<Record<string, number>> = {
      good: 0,
      invalid: 10,
      provisioner: 14,
      timeout: 15,
      environment: 16,
    };
    for (const [name, code] of Object.entries(expected)) {
      assert.equal(await exitCode(folder, ["build", "-detailed-exitcode", `${name}.json`]), code, name);
      assert.equal(await exitCode(folder, ["build", `${name}.json`]), Math.min(code, 1), name);
    }
    assert.equal(await exitCode(folder, ["validate", "-detailed-exitcode", "invalid.json"]), 10);
    assert.equal(await exitCode(folder, ["validate", "invalid.json"]), 1);
    assert.equal(await exitCode(folder, ["inspect", "-detailed-exitcode", "good.json"]), 1);
  });

  it("is 130 after an interrupt, and Packer's 1 unless asked", async (t) => {
    const folder = folderWith(t, { "t.json": local("echo $((40 + 2)) is said; sleep 30") });
    assert.equal(await exitCode(folder, ["build", "-detailed-exitcode", "t.json"], "42 is said"), 130);
    assert.equal(await exitCode(folder, ["build", "t.json"], "42 is said"), 1);
  });
});

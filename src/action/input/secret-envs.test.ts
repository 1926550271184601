import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSecretEnvs } from "./secret-envs.ts";

const env = { A: "1", PKR_VAR_region: "2", "lower-case": "3", EMPTY: "" };

describe("names of environment variables with secrets", () => {
  it("stand alone, or behind the variable that they are for; Packer's own name theirs", () => {
    const { values, diagnostics } = readSecretEnvs(["A", "b=A", "c : A", "d: lower-case", "PKR_VAR_region"], env);
    assert.deepEqual(values, { A: "1", b: "1", c: "1", d: "3", region: "2" });
    assert.deepEqual(diagnostics, []);
  });

  it("are told when nothing is set under them, but for what may be a secret itself", () => {
    for (const [line, isShown] of [
      ["EMPTY", true],
      ["x=NOT_THERE", true],
      ["x=hunter22", false],
      ["x=A=B", false],
      ["=A", false],
      ["a b", false],
    ] as const) {
      const { diagnostics } = readSecretEnvs([line], env);
      assert.equal(diagnostics.length, 1, line);
      const text = JSON.stringify(diagnostics);
      const name = line.replace(/^.*?=/, "");
      assert.equal(text.includes(`variable ${name}, which is not set`), isShown, text);
      assert.ok(isShown || !text.includes("hunter22"), text);
    }
  });
});

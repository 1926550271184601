import assert from "node:assert/strict";
import { it } from "node:test";
import { isResult } from "./result-file-transfer.ts";

it("results are found by their whole name, not by one that only begins like it", () => {
  const uuid = "0a989c3e-8801-4b7f-a7ca-184df90cba2d";
  assert.equal(isResult(`packer-result-${uuid}`, "packer-result"), true);
  for (const other of [`packer-result-arm-${uuid}`, "packer-result-log", "packer-result", `x-packer-result-${uuid}`]) {
    assert.equal(isResult(other, "packer-result"), false, other);
  }
});

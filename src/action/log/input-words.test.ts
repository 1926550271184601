// What is said of flags on the command line is said of inputs in a workflow.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sayInputs } from "./input-words.ts";

const hints: readonly (readonly [said: string, instead: string])[] = [
  [
    "Set it with -var 'zone=…', in a -var-file, or as PKR_VAR_zone.",
    'Set it with the input vars ("zone: …"), in the input var-files, or as PKR_VAR_zone.',
  ],
  [
    "Remove it, or build with -force to have it replaced.",
    "Remove it, or build with the input force to have it replaced.",
  ],
  ["choose one of them with -only.", "choose one of them with the input only."],
  ["Patterns are for -only and -except; name them", "Patterns are for the input only and the input except; name them"],
  ["-older-than=0s removes it at once.", "the input older-than: 0s removes it at once."],
  ["a file-only option and rm -rf stay as they are", "a file-only option and rm -rf stay as they are"],
];

describe("action/log/input-words", () => {
  for (const [said, instead] of hints) {
    it(`says of inputs: ${said}`, () => {
      const { hint } = sayInputs({ code: "c", severity: "error", summary: "s", hint: said });
      assert.equal(hint, instead);
    });
  }

  it("speaks of the input vars where a flag gave a value", () => {
    const { summary, detail } = sayInputs({
      code: "variable/undeclared",
      severity: "error",
      summary: "Undefined -var variable",
      detail: 'A "x" variable was passed in the command line but was not found in known variables.',
    });
    assert.equal(summary, "Undefined variable in the input vars");
    assert.equal(detail, 'A "x" variable is given a value in the input vars but was not found in known variables.');
  });
});

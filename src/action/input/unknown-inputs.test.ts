import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findUnknownInputs } from "./unknown-inputs.ts";

const known = ["command", "template", "vars", "dry-run"];

function told(env: Readonly<Record<string, string>>, inherited: Readonly<Record<string, string>> = {}): string[] {
  const found = findUnknownInputs(env, known, { onUnknown: "fail", inherited });
  return found.map(({ severity, summary }) => `${severity}: ${/"(.*)"/.exec(summary)?.[1] ?? ""}`);
}

describe("inputs that the action does not have", () => {
  it("are those among the inputs, which the runner sets one after another", () => {
    const env = {
      INPUT_EARLY: "x",
      HOME: "/",
      INPUT_FOO: "x",
      INPUT_COMMAND: "build",
      INPUT_VARS: "",
      PATH: "/",
      INPUT_LATE: "x",
    };
    assert.deepEqual(told(env), ["error: foo"]);
    assert.deepEqual(told({ INPUT_COMMAND: "build", INPUT_DRY_RUN: "true" }), ["error: dry_run"]);
    assert.deepEqual(told({ INPUT_FOO: "x" }), ["error: foo"]);
  });

  it("are none that the machine has had before, that are empty, or that no runner would write", () => {
    assert.deepEqual(told({ INPUT_COMMAND: "build", INPUT_FOO: "x" }, { INPUT_FOO: "x" }), []);
    assert.deepEqual(told({ INPUT_COMMAND: "build", INPUT_FOO: "y" }, { INPUT_FOO: "x" }), ["error: foo"]);
    assert.deepEqual(told({ INPUT_COMMAND: "build", INPUT_FOO: "", INPUT_bar: "x", INPUT_: "x" }), []);
  });

  it("are told by their names where the order says nothing", () => {
    const mixed = { INPUT_VARS: "a", A: "1", INPUT_COMMAND: "build", B: "2" };
    assert.deepEqual(told({ ...mixed, INPUT_COLOUR: "x" }), ["warning: colour"]);
    assert.deepEqual(told({ ...mixed, INPUT_COMAND: "x", "INPUT_SOME-THING": "x" }), [
      "error: comand",
      "error: some-thing",
    ]);
  });

  it("lead to what was meant, also by those who come from another action", () => {
    const hints = (name: string): string =>
      findUnknownInputs({ [`INPUT_${name}`]: "x" }, known, { onUnknown: "warn", inherited: {} })[0]?.hint ?? "";
    assert.equal(hints("VARIABLES"), 'did you mean "vars"?');
    assert.equal(hints("TEMPLATES"), 'did you mean "template"?');
    assert.match(hints("VERSION"), /behind the @ of `uses`/);
    assert.match(hints("SOMETHING"), /set "unknown-inputs" to "warn"/);
  });
});

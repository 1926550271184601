import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configOf } from "../../../test/fakes/prepare.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { nullSource } from "./null.ts";

describe("datasource/null", () => {
  test("gives back what it was given", async () => {
    assert.deepEqual(await nullSource.read(await configOf(nullSource, { input: "hello" }), fakeRun()), {
      output: "hello",
    });
  });
});

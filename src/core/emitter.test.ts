import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBuilder, anArtifact, planOf, runFakePlan } from "../../test/fakes/plan.ts";

describe("core/emitter", () => {
  test("a sink that throws at every event ends no build, and the run tells of it", async () => {
    const begun: string[] = [];
    const builder = aBuilder(async (run) => {
      begun.push(run.build.name);
      run.ui.say("working");
      await run.step("Work", async () => run.ui.message("still"));
      return anArtifact(run.build.name);
    });
    const broken = new RangeError("no room");
    const { builds, fault } = await runFakePlan(planOf({ name: "a", builder }, { name: "b", builder }), {
      watch: () => {
        throw broken;
      },
    });
    assert.deepEqual(begun, ["a", "b"]);
    assert.deepEqual(
      builds.map(({ outcome }) => outcome),
      ["built", "built"],
    );
    assert.equal(fault?.thrown, broken);
  });
});

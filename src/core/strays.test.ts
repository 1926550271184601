import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBuilder, anArtifact, aThing, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { failItsBuild } from "./strays.ts";

/** Works until it is cancelled. */
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** A builder in whose work something is thrown where nobody waits for it, after it made a thing. */
const straying = (thrown: unknown, undone: string[]) => {
  const thing = aThing(async ({ made }) => void undone.push(String(made)));
  return aBuilder(
    async (run) => {
      await run.acquire(thing, run.build.name);
      setTimeout(() => assert.equal(failItsBuild(thrown), true), 1);
      return endless(run.signal);
    },
    { resources: [thing] },
  );
};

describe("core/strays", () => {
  test("what is thrown in a callback fails the build it belongs to, as a fault of ours, and no other", async () => {
    const undone: string[] = [];
    const slow = aBuilder(async () => new Promise((resolve) => setTimeout(() => resolve(anArtifact("c")), 30)));
    const plan = planOf(
      { name: "a", builder: straying(new TypeError("x is no function"), undone) },
      {
        name: "b",
        builder: straying(Object.assign(new Error("reset"), { code: "ECONNRESET", syscall: "read" }), undone),
      },
      { name: "c", builder: slow },
    );
    const { builds, interrupted, fault } = await runFakePlan(plan);
    assert.deepEqual(
      builds.map(({ name, outcome, failure, diagnostics }) => [name, outcome, failure, diagnostics[0]?.code]),
      [
        ["a", "failed", undefined, "run/bug"],
        ["b", "failed", "network", "run/connection-failed"],
        ["c", "built", undefined, undefined],
      ],
    );
    assert.deepEqual(undone.sort(), ["a", "b"]);
    assert.equal(interrupted, false);
    assert.equal(fault, undefined);
  });

  test("what breaks while everything is cancelled only says that it was", async () => {
    const cancel = new AbortController();
    const builder = aBuilder((run) => {
      run.signal.addEventListener("abort", () => failItsBuild(new Error("torn down")));
      setTimeout(() => cancel.abort(), 1);
      return endless(run.signal);
    });
    const { builds } = await runFakePlan(planOf({ builder }), { signal: cancel.signal });
    assert.deepEqual([builds[0]?.outcome, builds[0]?.failure], ["cancelled", "cancelled"]);
  });

  test("outside of builds there is nothing to fail", () => {
    assert.equal(failItsBuild(new Error("stray")), false);
  });
});

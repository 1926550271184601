import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBuilder, anArtifact, aProvisioner, aThing, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { failure } from "../diagnostic/build-error.ts";

const broken = (text = "broken") => failure("provisioner", "test/broken", text);

/** A build of three steps of which each makes something; the last fails as often as told. */
function threeSteps(fails: number) {
  const made: string[] = [];
  const removed: string[] = [];
  let left = fails;
  const thing = aThing(async ({ made: name }) => void removed.push(String(name)));
  const builder = aBuilder(
    async (run) => {
      const make = (name: string) =>
        run.acquire(thing, {}, async () => {
          made.push(name);
          return `${name}${made.length}`;
        });
      await run.step("One", () => make("one"));
      await run.step("Two", () => make("two"));
      await run.step("Three", async () => {
        await make("three");
        if (left-- > 0) {
          throw broken();
        }
      });
      return anArtifact("x");
    },
    { resources: [thing] },
  );
  return { plan: planOf({ builder }), made, removed };
}

describe("core/step-runner", () => {
  test("a failed step is told and everything is removed, the newest first", async () => {
    const { plan, removed } = threeSteps(1);
    const { lines, builds } = await runFakePlan(plan);
    assert.deepEqual(removed, ["three3", "two2", "one1"]);
    assert.deepEqual(lines, ["!!! test: broken"]);
    assert.equal(builds[0]?.error, "broken");
    assert.equal(builds[0]?.failedIn, "Three");
  });

  test("a build that succeeds is cleaned up in every mode", async () => {
    for (const onError of ["cleanup", "abort", "ask", "run-cleanup-provisioner"] as const) {
      const { plan, removed } = threeSteps(0);
      const { builds, asked } = await runFakePlan(plan, { settings: { onError } });
      assert.deepEqual([builds[0]?.outcome, removed.length, asked.length], ["built", 3, 0], onError);
    }
  });

  test("-on-error=abort leaves everything in place and says so", async () => {
    const { plan, removed } = threeSteps(1);
    const { lines } = await runFakePlan(plan, { settings: { onError: "abort" } });
    assert.deepEqual(removed, []);
    assert.deepEqual(lines, [
      "!!! test: broken",
      '!!! test: Step "Three" failed, aborting...',
      '!!! test: aborted: skipping cleanup of step "Two"',
      '!!! test: aborted: skipping cleanup of step "One"',
      "    test: Left in place: thing three3",
      "    test: Left in place: thing two2",
      "    test: Left in place: thing one1",
    ]);
  });

  test("-on-error=ask repeats the step after a wrong and an r answer, without what the first attempt made", async () => {
    const { plan, made, removed } = threeSteps(1);
    const { lines, asked, builds } = await runFakePlan(plan, { settings: { onError: "ask" }, answers: ["x", "r"] });
    assert.equal(builds[0]?.outcome, "built");
    assert.deepEqual(lines, ["!!! test: broken", '!!! test: Step "Three" failed', '==> test: Incorrect input: "x"']);
    assert.equal(asked.length, 2);
    assert.equal(
      asked[0],
      "[c] Clean up and exit, [a] abort without cleanup, or [r] retry step (build may fail even if retry succeeds)?",
    );
    assert.deepEqual(made, ["one", "two", "three", "three"]);
    assert.deepEqual(removed, ["three3", "three4", "two2", "one1"]);
  });

  for (const [answer, what] of [
    ["c", "cleans up"],
    ["", "cleans up"],
    [undefined, "cleans up when nobody answers"],
  ] as const) {
    test(`-on-error=ask ${what} on ${JSON.stringify(answer)}`, async () => {
      const { plan, removed } = threeSteps(1);
      const { builds } = await runFakePlan(plan, {
        settings: { onError: "ask" },
        answers: answer === undefined ? [] : [answer],
      });
      assert.equal(removed.length, 3);
      assert.equal(builds[0]?.error, "broken");
    });
  }

  test("-on-error=ask leaves everything on a", async () => {
    const { plan, removed } = threeSteps(1);
    const { lines } = await runFakePlan(plan, { settings: { onError: "ask" }, answers: ["a"] });
    assert.deepEqual(removed, []);
    assert.ok(lines.includes('!!! test: Step "Three" failed, aborting...'));
    assert.ok(lines.includes('!!! test: aborted: skipping cleanup of step "One"'));
  });

  test("-debug stops after each step and before each clean-up", async () => {
    const { plan } = threeSteps(0);
    const { asked } = await runFakePlan(plan, { settings: { debug: true } });
    assert.deepEqual(asked, [
      "Pausing after run of step 'One'. Press enter to continue.",
      "Pausing after run of step 'Two'. Press enter to continue.",
      "Pausing after run of step 'Three'. Press enter to continue.",
      "Pausing before cleanup of step 'Three'. Press enter to continue.",
      "Pausing before cleanup of step 'Two'. Press enter to continue.",
      "Pausing before cleanup of step 'One'. Press enter to continue.",
    ]);
  });

  test("a cancelled build is cleaned up without a question, and left alone with -on-error=abort", async () => {
    for (const [onError, removedCount] of [
      ["ask", 2],
      ["abort", 0],
    ] as const) {
      const cancel = new AbortController();
      const removed: string[] = [];
      const thing = aThing(async ({ made }, { signal }) => void (signal.aborted || removed.push(String(made))));
      const builder = aBuilder(
        async (run) => {
          for (const name of ["a", "b"]) {
            await run.acquire(thing, name);
          }
          return run.step("Wait", async () => {
            cancel.abort();
            run.signal.throwIfAborted();
            return undefined;
          });
        },
        { resources: [thing] },
      );
      const { asked, builds, lines } = await runFakePlan(planOf({ builder }), {
        settings: { onError },
        signal: cancel.signal,
      });
      assert.equal(builds[0]?.outcome, "cancelled");
      assert.deepEqual(asked, []);
      assert.equal(removed.length, removedCount, onError);
      assert.equal(lines.includes('!!! test: Step "Wait" failed, aborting...'), onError === "abort");
    }
  });

  const failing = aProvisioner(async () => {
    throw broken("exit 3");
  });

  function cleaner(ran: string[], thrown?: Error) {
    return aProvisioner(async () => {
      ran.push("cleaner");
      if (thrown !== undefined) {
        throw thrown;
      }
    });
  }

  test("a failed provisioner is not told twice; the error-cleanup provisioner runs", async () => {
    const ran: string[] = [];
    const plan = planOf({ provisioners: [failing], errorCleanupProvisioner: cleaner(ran) });
    const { lines, builds } = await runFakePlan(plan);
    assert.deepEqual(ran, ["cleaner"]);
    assert.deepEqual(lines, [
      "==> test: Using fake communicator to connect: 10.0.0.1",
      "==> test: Provisioning step had errors: Running the cleanup provisioner, if present...",
    ]);
    assert.equal(builds[0]?.error, "exit 3");
    assert.equal(builds[0]?.failedIn, "fake");
  });

  test("without an error-cleanup provisioner it is announced all the same", async () => {
    const { lines } = await runFakePlan(planOf({ provisioners: [failing] }));
    assert.equal(
      lines.at(-1),
      "==> test: Provisioning step had errors: Running the cleanup provisioner, if present...",
    );
  });

  test("when the error-cleanup provisioner fails too, both are told", async () => {
    const plan = planOf({ provisioners: [failing], errorCleanupProvisioner: cleaner([], broken("exit 5")) });
    const { builds } = await runFakePlan(plan);
    assert.equal(builds[0]?.error, "Cleanup failed: exit 5. Original Provisioning error: exit 3");
    assert.deepEqual(
      builds[0]?.diagnostics.map(({ code, summary }) => [code, summary]),
      [
        ["test/broken", "exit 3"],
        ["run/cleanup-provisioner-failed", "The error-cleanup provisioner failed as well: exit 5"],
      ],
    );
  });

  test("-on-error=abort skips the error-cleanup provisioner", async () => {
    const ran: string[] = [];
    const plan = planOf({ provisioners: [failing], errorCleanupProvisioner: cleaner(ran) });
    const { lines } = await runFakePlan(plan, { settings: { onError: "abort" } });
    assert.deepEqual(ran, []);
    assert.deepEqual(lines.slice(1), [
      "!!! test: exit 3",
      '!!! test: Step "StepProvision" failed, aborting...',
      '!!! test: aborted: skipping cleanup of step "StepConnect"',
    ]);
  });

  test("-on-error=run-cleanup-provisioner runs that and leaves the rest", async () => {
    const ran: string[] = [];
    const removed: string[] = [];
    const thing = aThing(async () => void removed.push("t"));
    const builder = aBuilder(
      async (run) => {
        await run.acquire(thing, "t");
        await run.provision(undefined);
        return undefined;
      },
      { resources: [thing] },
    );
    const plan = planOf({ builder, provisioners: [failing], errorCleanupProvisioner: cleaner(ran) });
    const { lines } = await runFakePlan(plan, { settings: { onError: "run-cleanup-provisioner" } });
    assert.deepEqual([ran, removed], [["cleaner"], []]);
    assert.deepEqual(lines, [
      "==> test: Provisioning step had errors: Running the cleanup provisioner, if present...",
      "!!! test: exit 3",
      '!!! test: Step "StepProvision" failed, aborting...',
      "    test: Left in place: thing t",
    ]);
  });

  test("-on-error=ask can provision again over the same connection", async () => {
    let tries = 0;
    const flaky = aProvisioner(async () => {
      if (++tries === 1) {
        throw broken("exit 3");
      }
    });
    const { builds, lines } = await runFakePlan(planOf({ provisioners: [flaky] }), {
      settings: { onError: "ask" },
      answers: ["r"],
    });
    assert.equal(builds[0]?.outcome, "built");
    assert.equal(tries, 2);
    assert.ok(!lines.some((line) => line.includes("cleanup provisioner")));
  });
});

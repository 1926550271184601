import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock, fakeHost, settled } from "../../test/fakes/host.ts";
import { aBuilder, aProvisioner, aThing, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { failure } from "../diagnostic/build-error.ts";
import type { PlannedProvisioner } from "../template/plan.ts";

const broken = (text: string) => failure("provisioner", "test/broken", text);
const builder = aBuilder(async (run) => void (await run.provision(undefined)) as undefined);

function buildWith(...provisioners: readonly PlannedProvisioner[]) {
  return planOf({ builder, provisioners });
}

/** Fails with `exit 1`, `exit 2`, … as often as told. */
function failing(times: number, more: Partial<PlannedProvisioner> = {}) {
  let tries = 0;
  return aProvisioner(async (run) => {
    run.ui.message(`try ${++tries}`);
    if (tries <= times) {
      throw broken(`exit ${tries}`);
    }
  }, more);
}

describe("core/provision", () => {
  test("provisioners run in order, each in its span, and the first that fails is the last", async () => {
    const second = aProvisioner(
      async () => {
        throw broken("exit 1");
      },
      { type: "second", name: "named" },
    );
    const { events, lines } = await runFakePlan(buildWith(failing(0), second, failing(0)));
    const spans = events.flatMap((event) =>
      event.type === "span-started" ? [[event.kind, event.title, event.componentType]] : [],
    );
    assert.deepEqual(spans, [
      ["provisioner", "fake", "fake"],
      ["provisioner", "second (named)", "second"],
    ]);
    assert.equal(lines.filter((line) => line.includes("try")).length, 1);
  });

  test("retries repeat the pause, count down and give the last error", async () => {
    const host = fakeHost();
    const { lines, builds } = await runFakePlan(buildWith(failing(9, { maxRetries: 2, pauseBefore: 1500 })), { host });
    assert.deepEqual(lines, [
      "==> test: Pausing 1.5s before the next provisioner...",
      "    test: try 1",
      '==> test: Provisioner failed with "exit 1", retrying with 2 trie(s) left',
      "==> test: Pausing 1.5s before the next provisioner...",
      "    test: try 2",
      '==> test: Provisioner failed with "exit 2", retrying with 1 trie(s) left',
      "==> test: Pausing 1.5s before the next provisioner...",
      "    test: try 3",
      "==> test: retry limit reached.",
      "==> test: Provisioning step had errors: Running the cleanup provisioner, if present...",
    ]);
    assert.equal(builds[0]?.error, "exit 3");
  });

  test("a retry that succeeds saves the build", async () => {
    const { builds, lines } = await runFakePlan(buildWith(failing(1, { maxRetries: 1 })));
    assert.equal(builds[0]?.outcome, "built");
    assert.ok(!lines.includes("==> test: retry limit reached."));
  });

  test("a cancel ends pauses and retries", async () => {
    for (const more of [{ pauseBefore: 5000 }, { maxRetries: 5 }]) {
      const cancel = new AbortController();
      const provisioner = aProvisioner(async (run) => {
        cancel.abort();
        run.signal.throwIfAborted();
      }, more);
      const { builds, lines } = await runFakePlan(buildWith(provisioner), {
        signal: cancel.signal,
        host: fakeHost({ clock: fakeClock("manual") }),
        watch: (event) =>
          event.type === "said" && event.text.startsWith("Pausing") && setImmediate(() => cancel.abort()),
      });
      assert.equal(builds[0]?.outcome, "cancelled");
      assert.ok(
        !lines.some((line) => line.includes("retrying") || line.includes("cleanup provisioner")),
        lines.join("\n"),
      );
    }
  });

  test("a provisioner that takes too long is cancelled, and the failure says so", async () => {
    const clock = fakeClock("manual");
    const seen: unknown[] = [];
    const slow = aProvisioner(
      (run) =>
        new Promise((_, reject) => run.signal.addEventListener("abort", () => reject(seen.push(run.signal.reason)))),
      { timeout: 1000 },
    );
    const running = runFakePlan(buildWith(slow), { host: fakeHost({ clock }) });
    await settled();
    await clock.advance(1000);
    const { lines, builds } = await running;
    assert.deepEqual(lines.slice(0, 2), [
      "==> test: Setting a 1s timeout for the next provisioner...",
      "!!! test: Cancelling provisioner after a timeout...",
    ]);
    assert.deepEqual(
      [builds[0]?.outcome, builds[0]?.failure, builds[0]?.diagnostics[0]?.code],
      ["failed", "timeout", "run/provisioner-timeout"],
    );
  });

  test("a provisioner that ends in time is not disturbed, and a pause before it does not count", async () => {
    const quick = await runFakePlan(buildWith(failing(0, { timeout: 60_000 })), {
      host: fakeHost({ clock: fakeClock("manual") }),
    });
    assert.equal(quick.builds[0]?.outcome, "built");
    const paused = await runFakePlan(buildWith(failing(0, { timeout: 500, pauseBefore: 1000 })));
    assert.deepEqual(paused.lines, [
      "==> test: Pausing 1s before the next provisioner...",
      "==> test: Setting a 500ms timeout for the next provisioner...",
      "    test: try 1",
    ]);
  });

  test("a timeout ends a provisioner that paused before", async () => {
    const clock = fakeClock("manual");
    const slow = aProvisioner((run) => run.host.clock.sleep(60_000, run.signal), { timeout: 1000, pauseBefore: 2000 });
    const running = runFakePlan(buildWith(slow), { host: fakeHost({ clock }) });
    for (let step = 0; step < 8; step++) {
      await settled();
      await clock.advance(500);
    }
    const { builds } = await running;
    assert.equal(builds[0]?.diagnostics[0]?.code, "run/provisioner-timeout");
  });

  test("each retry has the whole timeout", async () => {
    const clock = fakeClock("manual");
    let tries = 0;
    const slow = aProvisioner(
      async (run) => {
        if (++tries === 1) {
          await run.host.clock.sleep(5000, run.signal);
        } else {
          await run.host.clock.sleep(900, run.signal);
        }
      },
      { timeout: 1000, maxRetries: 1 },
    );
    const running = runFakePlan(buildWith(slow), { host: fakeHost({ clock }) });
    for (let step = 0; step < 4; step++) {
      await clock.advance(500);
    }
    assert.equal((await running).builds[0]?.outcome, "built");
    assert.equal(tries, 2);
  });

  test("-debug asks before each provisioner, once for all its retries", async () => {
    const { asked } = await runFakePlan(buildWith(failing(1, { maxRetries: 1 })), { settings: { debug: true } });
    assert.deepEqual(asked, [
      "Pausing before the next provisioner . Press enter to continue.",
      "Pausing after run of step 'StepProvision'. Press enter to continue.",
    ]);
  });

  test("a provisioner is prepared with the build's data; what that finds ends the build", async () => {
    const given: unknown[] = [];
    let ran = false;
    const provisioner = aProvisioner(
      async () => {
        ran = true;
      },
      {
        diagnostics: (generated) => {
          given.push(generated?.["ID"]);
          return [{ code: "option/x", severity: "error", summary: `bad ${generated?.["ID"]}` }];
        },
      },
    );
    const publishing = aBuilder(async (run) => {
      run.publish({ ID: "c0ffee" });
      await run.provision(undefined);
      return undefined;
    });
    const { builds } = await runFakePlan(planOf({ builder: publishing, provisioners: [provisioner] }));
    assert.deepEqual(given, ["c0ffee"]);
    assert.deepEqual([builds[0]?.error, builds[0]?.failure, ran], ["bad c0ffee", "template", false]);
  });

  test("what a provisioner makes is gone when it ends, also before it is repeated", async () => {
    const story: string[] = [];
    const thing = aThing(async () => void story.push("removed"));
    let tries = 0;
    const provisioner = aProvisioner(
      async (run) => {
        await run.acquire(thing, {}, async () => story.push("made"));
        if (++tries === 1) {
          throw broken("exit 1");
        }
      },
      { maxRetries: 1, resources: [thing] },
    );
    const last = aProvisioner(async () => void story.push("next"));
    await runFakePlan(buildWith(provisioner, last));
    assert.deepEqual(story, ["made", "removed", "made", "removed", "next"]);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock, fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeProvisionRun } from "../../../test/fakes/run.ts";
import { cancelled, rejectsWith } from "../../../test/rejects.ts";
import { sleep } from "./sleep.ts";

describe("provisioner/sleep", () => {
  test("waits as long as it is told and says nothing", async () => {
    const run = fakeProvisionRun();
    await sleep.provision(await configOf(sleep, { duration: "1m30s" }), run);
    assert.deepEqual(run.host.clock.sleeps, [90_000]);
    assert.deepEqual(run.lines, []);
  });

  test("a cancelled run does not wait any longer", async () => {
    const stop = new AbortController();
    const run = fakeProvisionRun({ host: fakeHost({ clock: fakeClock("manual") }), signal: stop.signal });
    const sleeping = sleep.provision(await configOf(sleep, { duration: "24h" }), run);
    stop.abort(cancelled());
    await rejectsWith(sleeping, { code: "host/cancelled" });
    assert.equal(run.host.clock.waiting, 0);
  });

  test("a text that is no duration is refused", async () => {
    const { problems } = await prepareOptions(sleep, { duration: "abc" });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /"abc"/);
  });
});

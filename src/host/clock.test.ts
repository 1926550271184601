import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock } from "../../test/fakes/host.ts";
import { nodeHost } from "./node.ts";

const late = (): Error => new Error("it took too long");

describe("waiting with a limit", () => {
  test("work that is done in time gives its result, and nothing waits any longer", async () => {
    const clock = fakeClock("manual");
    assert.equal(await clock.within(1000, undefined, async () => "done", late), "done");
    assert.equal(clock.waiting, 0);
  });

  test("work that takes too long is told so by its signal, and nobody waits for it", async () => {
    const clock = fakeClock("manual");
    let told: unknown;
    const work = clock.within(
      1000,
      undefined,
      (signal) => new Promise<never>(() => signal.addEventListener("abort", () => (told = signal.reason))),
      late,
    );
    const failed = assert.rejects(work, /it took too long/);
    await clock.advance(1000);
    await failed;
    assert.equal((told as Error).message, "it took too long");
  });

  test("a signal that fires ends the wait with its own reason, whatever the work makes of it", async () => {
    const clock = fakeClock("manual");
    const cancel = new AbortController();
    const work = clock.within(
      1000,
      cancel.signal,
      (signal) =>
        new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("broken pipe")))),
      late,
    );
    cancel.abort(new Error("nobody wants it"));
    await assert.rejects(work, /nobody wants it/);
    await assert.rejects(
      clock.within(1000, cancel.signal, async () => assert.fail("it was begun"), late),
      /nobody wants it/,
    );
    assert.equal(clock.waiting, 0);
  });

  test("a failure of the work is what is thrown", async () => {
    const clock = fakeClock("manual");
    const work = clock.within(1000, undefined, async () => Promise.reject(new Error("no such file")), late);
    await assert.rejects(work, /no such file/);
    assert.equal(clock.waiting, 0);
  });

  test("an infinite limit never ends, and asks the clock for nothing", async () => {
    const clock = fakeClock("manual");
    const cancel = new AbortController();
    const work = clock.within(Number.POSITIVE_INFINITY, cancel.signal, () => new Promise<never>(() => {}), late);
    assert.equal(clock.waiting, 0);
    cancel.abort(new Error("enough"));
    await assert.rejects(work, /enough/);
  });

  test("what is put off happens once, and not when it was given up before", async () => {
    const clock = fakeClock("manual");
    const said: string[] = [];
    clock.later(500, () => said.push("kept"));
    {
      using _ = clock.later(500, () => said.push("given up"));
    }
    await clock.advance(2000);
    assert.deepEqual(said, ["kept"]);
  });

  test("the real clock keeps a limit, too", async () => {
    const { clock } = nodeHost();
    const begun = clock.elapsed();
    await assert.rejects(
      clock.within(30, undefined, (signal) => clock.sleep(10_000, signal), late),
      /it took too long/,
    );
    assert.ok(clock.elapsed() - begun < 5_000);
  });
});

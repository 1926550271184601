import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock } from "../../test/fakes/host.ts";
import { BuildError, failure } from "../diagnostic/build-error.ts";
import { retry } from "./retry.ts";

const never = new AbortController().signal;

describe("core/retry", () => {
  test("tries every two seconds until the time is over, and gives the last error", async () => {
    const clock = fakeClock();
    let tries = 0;
    await assert.rejects(
      retry(clock, never, 7000, async () => Promise.reject(new Error(`try ${++tries}`))),
      /try 4/,
    );
    assert.deepEqual(clock.sleeps, [2000, 2000, 2000]);
  });

  test("gives what the first success gives", async () => {
    let tries = 0;
    const value = await retry(fakeClock(), never, 60_000, async () =>
      ++tries < 3 ? Promise.reject(new Error("no")) : tries,
    );
    assert.equal(value, 3);
  });

  test("a cancel ends the wait", async () => {
    const cancel = new AbortController();
    const running = retry(fakeClock("manual"), cancel.signal, 0, async () => Promise.reject(new Error("no")));
    setImmediate(() => cancel.abort());
    await assert.rejects(running, (thrown) => thrown instanceof BuildError && thrown.failure === "cancelled");
  });

  test("a mistake in the template is not waited for", async () => {
    const clock = fakeClock();
    await assert.rejects(
      retry(clock, never, 60_000, async () => Promise.reject(failure("template", "x/y", "wrong"))),
      /wrong/,
    );
    assert.deepEqual(clock.sleeps, []);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FakeClock, fakeClock } from "../../test/fakes/host.ts";
import { BuildError, failure } from "../diagnostic/build-error.ts";
import { retry } from "./retry.ts";

const never = new AbortController().signal;

const said: string[] = [];
const on = (clock: FakeClock, signal = never) => ({
  clock,
  signal,
  ui: { message: (text: string) => void said.push(text) },
});

describe("core/retry", () => {
  test("tries every two seconds until the time is over, and gives the last error", async () => {
    const clock = fakeClock();
    let tries = 0;
    await assert.rejects(
      retry(on(clock), 7000, async () => Promise.reject(new Error(`try ${++tries}`))),
      /try 4/,
    );
    assert.deepEqual(clock.sleeps, [2000, 2000, 2000]);
  });

  test("gives what the first success gives", async () => {
    let tries = 0;
    const value = await retry(on(fakeClock()), 60_000, async () =>
      ++tries < 3 ? Promise.reject(new Error("no")) : tries,
    );
    assert.equal(value, 3);
  });

  test("a cancel ends the wait", async () => {
    const cancel = new AbortController();
    const running = retry(on(fakeClock("manual"), cancel.signal), 0, async () => Promise.reject(new Error("no")));
    setImmediate(() => cancel.abort());
    await assert.rejects(running, (thrown) => thrown instanceof BuildError && thrown.failure === "cancelled");
  });

  test("a mistake in the template is not waited for", async () => {
    const clock = fakeClock();
    await assert.rejects(
      retry(on(clock), 60_000, async () => Promise.reject(failure("template", "x/y", "wrong"))),
      /wrong/,
    );
    assert.deepEqual(clock.sleeps, []);
  });

  test("what is refused for a reason that stays is given up soon, long before the time is over", async () => {
    const clock = fakeClock();
    const refused = () => Promise.reject(failure("provisioner", "x/y", "no such folder", { lasts: true }));
    await assert.rejects(retry(on(clock), 300_000, refused), /no such folder/);
    assert.deepEqual(clock.sleeps, [2000, 2000, 2000, 2000, 2000]);
  });

  test("a machine that restarts may refuse for a moment", async () => {
    let tries = 0;
    const restarting = async (): Promise<number> => {
      tries++;
      if (tries === 20) {
        return tries;
      }
      throw tries < 3 || tries > 16
        ? failure("provisioner", "x/y", "read-only", { lasts: true })
        : failure("network", "x/z", "nobody there");
    };
    assert.equal(await retry(on(fakeClock()), 300_000, restarting), 20);
  });

  test("the log is told what is waited for, after a while and then once a minute", async () => {
    said.length = 0;
    const gone = () => Promise.reject(failure("network", "x/y", "The machine is gone", { detail: "refused" }));
    await assert.rejects(retry(on(fakeClock()), 150_000, gone), /gone/);
    assert.deepEqual(said, Array(3).fill("Still trying again: The machine is gone refused"));
  });
});

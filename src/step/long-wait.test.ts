// What somebody reads who waits for a machine, by a clock that is moved by hand.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clock } from "../host/host.ts";
import type { Observation } from "../sdk/communicator-kind.ts";
import type { Run } from "../sdk/run.ts";
import { describeObserved, tellLongWait } from "./long-wait.ts";

/** A clock that stands until it is moved on. */
function handClock(): { readonly clock: Clock; advance(milliseconds: number): Promise<void> } {
  let now = 0;
  const due: { at: number; action(): void }[] = [];
  const clock = {
    now: () => now,
    elapsed: () => now,
    later(milliseconds: number, action: () => void) {
      const entry = { at: now + milliseconds, action };
      due.push(entry);
      return {
        [Symbol.dispose]() {
          due.splice(due.indexOf(entry), due.includes(entry) ? 1 : 0);
        },
      };
    },
  } as Partial<Clock> as Clock;
  const advance = async (milliseconds: number): Promise<void> => {
    for (const end = now + milliseconds; now < end; ) {
      const next = Math.min(end, ...due.map(({ at }) => at));
      now = next;
      for (const entry of due.filter(({ at }) => at <= now)) {
        due.splice(due.indexOf(entry), 1);
        entry.action();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, advance };
}

describe("step/long-wait", () => {
  it("says every minute for how long it has been waited, for what, of how long, and what is seen", async () => {
    const { clock, advance } = handClock();
    const lines: string[] = [];
    const run = { ui: { message: (text: string) => void lines.push(text) }, host: { clock } } as unknown as Run;
    const seen: Observation = { facts: ["It has restarted once.", "Its disk has grown by 7 MiB."] };
    let reason: string | undefined;
    const target = { observe: async () => seen };
    const told = tellLongWait({ what: "SSH", limit: 1_200_000, target, hangsOn: () => reason }, run);
    await advance(59_000);
    assert.deepEqual(lines, []);
    await advance(1_000);
    assert.deepEqual(lines.splice(0), [
      "Waiting for SSH for 1m0s of 20m0s. It has restarted once. Its disk has grown by 7 MiB.",
    ]);
    reason = "nobody is there";
    await advance(60_000);
    assert.match(lines.splice(0)[0] ?? "", /^Waiting for SSH for 2m0s of 20m0s: nobody is there\. It has/);
    await advance(480_000);
    assert.equal(lines.splice(0).length, 8);
    // Later on they become fewer.
    await advance(600_000);
    assert.equal(lines.splice(0).length, 2);
    told[Symbol.dispose]();
    await advance(600_000);
    assert.deepEqual(lines, []);
  });

  it("gives in the end what was seen and what was said last, and nothing when that fails", async () => {
    const seen = { facts: ["A.", "B."], words: "It said last:\nx" };
    assert.deepEqual(await describeObserved({ observe: async () => seen }), ["A. B.", "It said last:\nx"]);
    assert.deepEqual(await describeObserved({ observe: () => Promise.reject(new Error("gone")) }), []);
    assert.deepEqual(await describeObserved({}), []);
  });
});

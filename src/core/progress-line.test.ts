// When lines about a transfer come, and what they say.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { watchProgress } from "./progress-line.ts";

const at = (seconds: number, done: number, more: { id?: number; total?: number; ended?: boolean } = {}) => ({
  ...{
    type: "progress" as const,
    at: seconds * 1000,
    id: 1,
    label: "disk.img",
    done,
    ended: false,
    speaker: { build: "b" },
  },
  ...more,
});

describe("core/progress lines", () => {
  it("come every ten seconds, with amount, rate and what is left", () => {
    const line = watchProgress(10_000, 10_000);
    const total = 1e9;
    const shown = [0, 1, 9.9, 10, 10.1, 19, 20.5, 30].map((seconds) => line(at(seconds, seconds * 5e6, { total })));
    assert.deepEqual(shown, [
      ...[undefined, undefined, undefined],
      "disk.img: 50.0 MB of 1.0 GB (5 %), 5.0 MB/s, 3 min 10 s left",
      ...[undefined, undefined],
      "disk.img: 103 MB of 1.0 GB (10 %), 5.0 MB/s, 3 min 0 s left",
      undefined,
    ]);
  });

  it("say nothing of what is done soon, and of several transfers each", () => {
    const line = watchProgress(2_000, 100);
    assert.equal(line(at(0, 0)), undefined);
    assert.equal(line(at(5, 0, { id: 2 })), undefined);
    assert.equal(line(at(3, 900, { ended: true })), undefined);
    assert.equal(line(at(8, 1500, { id: 2 })), "disk.img: 1.5 kB, 500 B/s");
    assert.equal(line(at(9, 0, { total: 10 })), undefined, "the first has ended: this is another");
  });
});

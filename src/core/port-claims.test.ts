import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PortClaims } from "./port-claims.ts";

const { signal } = new AbortController();

describe("core/port-claims", () => {
  it("gives a port to one build at a time, and wakes who waits for it when that one is done", async () => {
    const claims = new PortClaims();
    const [a, b] = [claims.forBuild("a"), claims.forBuild("b")];
    assert.equal(a.claim(80), undefined);
    assert.deepEqual(a.claim(80), { build: "a", isOwn: true });
    assert.deepEqual(b.claim(80), { build: "a", isOwn: false });
    // What somebody else holds is not given back.
    b.giveBack(80);
    const waited = b.untilGivenBack([80], signal);
    assert.equal(await Promise.race([waited, new Promise((done) => setTimeout(done, 20))]), undefined);
    claims.release("a");
    assert.equal(await waited, true);
    assert.equal(b.claim(80), undefined);
    assert.equal(await a.untilGivenBack([81, 80], signal), true);
  });

  it("does not wait for a build that waits for this one, also by way of a third", async () => {
    const claims = new PortClaims();
    const [a, b, c] = [claims.forBuild("a"), claims.forBuild("b"), claims.forBuild("c")];
    a.claim(1);
    b.claim(2);
    c.claim(3);
    const first = a.untilGivenBack([2], signal);
    const second = b.untilGivenBack([3], signal);
    assert.equal(await c.untilGivenBack([1], signal), false);
    claims.release("c");
    assert.equal(await second, true);
    claims.release("b");
    assert.equal(await first, true);
  });

  it("stops waiting when the run is cancelled", async () => {
    const claims = new PortClaims();
    claims.forBuild("a").claim(1);
    const stop = new AbortController();
    const waited = claims.forBuild("b").untilGivenBack([1], stop.signal);
    stop.abort(new Error("cancelled"));
    await assert.rejects(waited, /cancelled/);
    await assert.rejects(claims.forBuild("b").untilGivenBack([1], stop.signal), /cancelled/);
  });
});

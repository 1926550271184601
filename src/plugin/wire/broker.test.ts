// Numbered streams: who dials and who waits, and what becomes of numbers that nobody knows.
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fakeClock } from "../../../test/fakes/host.ts";
import { connectedPair } from "../../../test/plugins/wire-pair.ts";
import { nodeHost } from "../../host/node.ts";
import { Broker } from "./broker.ts";

function brokers(clock = nodeHost().clock): readonly [Broker, Broker] {
  const [left, right] = connectedPair();
  return [new Broker(left, "client", clock), new Broker(right, "server", clock)];
}

describe("a broker", () => {
  it("joins a dial and an accept of one number, whoever comes first", async () => {
    const [host, plugin] = brokers();
    const early = host.dial(1);
    const late = plugin.accept(1);
    const accepted = plugin.accept(2);
    const dialled = host.dial(2);
    const pairs = [
      [await early, await late],
      [await dialled, await accepted],
    ] as const;
    for (const [from, to] of pairs) {
      from.end("over here");
      assert.equal((await buffer(to)).toString(), "over here");
    }
  });

  it("keeps the numbers of both sides apart", async () => {
    const [host, plugin] = brokers();
    const [theirs, ours] = [plugin.accept(1), host.accept(1)];
    (await host.dial(1)).end("from the host");
    (await plugin.dial(1)).end("from the plugin");
    assert.equal((await buffer(await theirs)).toString(), "from the host");
    assert.equal((await buffer(await ours)).toString(), "from the plugin");
  });

  it("closes a stream that nobody asks for within five seconds, so that its dialler does not wait for ever", async () => {
    const clock = fakeClock("manual");
    const [left, right] = connectedPair();
    const host = new Broker(left, "client", nodeHost().clock);
    new Broker(right, "server", clock);
    const dialled = assert.rejects(host.dial(9), /stream 9 was not taken/);
    await clock.advance(4_999);
    assert.ok([...host.session.streams].length === 1, "it was closed before its time");
    await clock.advance(1);
    await dialled;
  });

  it("gives up waiting for a dial after five seconds", async () => {
    const clock = fakeClock("manual");
    const [host] = brokers(clock);
    const accepted = assert.rejects(host.accept(7), /nobody dialled stream 7 within five seconds/);
    await clock.advance(5_000);
    await accepted;
  });
});

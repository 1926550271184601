// Calls and answers: side by side, in any order, and what is said when the other side cannot or is gone.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encode } from "@msgpack/msgpack";
import { connectedPair, looseEnd } from "../../../test/plugins/wire-pair.ts";
import { RpcClient, RpcFault, type RpcService, serveCalls } from "./rpc.ts";

function serving(services: Readonly<Record<string, RpcService>>): RpcClient {
  const [left, right] = connectedPair();
  void serveCalls(right, (name) => (Object.hasOwn(services, name) ? services[name] : undefined));
  return new RpcClient(left);
}

describe("calls over a stream", () => {
  it("are answered in whatever order they end", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const client = serving({ Ui: { Slow: () => held.then(() => "slow"), Quick: (what) => `quick ${what}` } });
    const slow = client.call("Ui.Slow");
    assert.equal(await client.call("Ui.Quick", "one"), "quick one");
    release();
    assert.equal(await slow, "slow");
  });

  it("find a service by what stands before the last dot", async () => {
    const client = serving({ "Uia.b c/d": { Add: (bytes) => Number(bytes) + 1 } });
    assert.equal(await client.call("Uia.b c/d.Add", 41), 42);
  });

  it("reject with the words of the other side when it fails or does not know the method", async () => {
    const client = serving({
      Ui: {
        Fail: () => {
          throw new Error("no paper");
        },
      },
    });
    await assert.rejects(
      client.call("Ui.Fail"),
      (thrown) => thrown instanceof RpcFault && thrown.message === "no paper",
    );
    await assert.rejects(client.call("Ui.Other"), /can't find method Ui\.Other/);
    await assert.rejects(client.call("Nobody.Home"), /can't find service Nobody\.Home/);
    await assert.rejects(client.call("Ui.constructor"), /can't find method/);
  });

  it("fail when the stream ends before the answer", async () => {
    const [left, right] = connectedPair();
    const client = new RpcClient(left);
    const waiting = assert.rejects(client.call("Ui.Say", "x"), (thrown) => !(thrown instanceof RpcFault));
    right.end();
    await waiting;
    await assert.rejects(client.call("Ui.Say", "y"));
  });

  const noise = [
    { what: "an answer that nobody waits for", bytes: [encode({ Seq: 7, Error: "" }), encode(null)] },
    { what: "what is no MessagePack", bytes: [Uint8Array.of(0xc1, 0xc1)] },
    { what: "a text that is said to be 4 GB long", bytes: [Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff)] },
    { what: "an array that is said to have 4 billion items", bytes: [Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)] },
  ];
  for (const { what, bytes } of noise) {
    it(`fail at ${what}`, async () => {
      const end = looseEnd();
      const client = new RpcClient(end);
      const waiting = assert.rejects(client.call("Ui.Say", "x"));
      for (const piece of bytes) {
        end.push(piece);
      }
      await waiting;
    });
  }
});

// Ports of this machine for a machine of QEMU.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import { nodeHost } from "../../host/node.ts";
import { freePort } from "./free-port.ts";

describe("driver/qemu/free-port", () => {
  test("a port that somebody listens on is given back, and one that is free is taken", async () => {
    const host = nodeHost();
    const taken = await host.network.listen({ host: "127.0.0.1", port: 0 }, () => {});
    const { port } = taken;
    const givenBack: number[] = [];
    const taker = { claim: () => true, giveBack: (back: number) => void givenBack.push(back) };
    const find = () => freePort("127.0.0.1", { from: port, to: port + 1 }, taker, host);
    await rejectsWith(find(), { code: "qemu/no-port", message: /is free on 127\.0\.0\.1/ });
    assert.deepEqual(givenBack, [port]);
    await taken.close();
    assert.equal(await find(), port);
  });
});

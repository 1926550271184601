// Plugins that take their time: they are not waited for without an end.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type FakeClock, fakeClock } from "../../test/fakes/host.ts";
import { needs } from "../../test/needs.ts";
import { buildPeer } from "../../test/plugins/peer.ts";
import { rejectsWith } from "../../test/rejects.ts";
import { nodeHost } from "../host/node.ts";
import { type PluginPart, type PluginWorld, startPlugin } from "./process.ts";

function world(clock: FakeClock, more: Partial<PluginWorld> = {}): PluginWorld {
  return { host: { ...nodeHost(), clock }, log: () => {}, ...more };
}

function part(): PluginPart {
  return { path: buildPeer("protobuf"), title: "peer v1.2.3", kind: "builder", name: "machine", usesProtobuf: true };
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await wait(50);
  }
  return false;
}

describe("a plugin", { timeout: 120_000 }, () => {
  it("that does not introduce itself is given up after a minute", async (test: TestContext) => {
    if (!needs(test, "go")) {
      return;
    }
    const clock = fakeClock("manual");
    const started = startPlugin(part(), world(clock, { env: { PEER_START: "silent" } }));
    const refused = rejectsWith(started, { code: "plugin/silent", message: /peer v1\.2\.3 .*within a minute/ });
    await wait(500);
    await clock.advance(60_000);
    await refused;
  });

  it("that does not answer a question is ended after two minutes, with what hangs in it", async (test: TestContext) => {
    if (!needs(test, "go")) {
      return;
    }
    const clock = fakeClock("manual");
    const plugin = await startPlugin(part(), world(clock));
    const config = { folder: "machine", misbehave: "prepare:hang" };
    const asked = plugin.ask("Builder.Prepare", { Configs: [config] });
    const refused = rejectsWith(asked, { code: "plugin/silent", message: /within two minutes/ });
    await wait(500);
    await clock.advance(120_000);
    await refused;
    assert.ok(await isGone(plugin.pid), "it still runs");
  });

  it("is let go at once when the run is cancelled while it starts", async (test: TestContext) => {
    if (!needs(test, "go")) {
      return;
    }
    const cancelled = new AbortController();
    const more = { env: { PEER_START: "silent" }, signal: cancelled.signal };
    const started = startPlugin(part(), world(fakeClock("manual"), more));
    const refused = assert.rejects(started, /enough/);
    await wait(500);
    cancelled.abort(new Error("enough"));
    await refused;
  });
});

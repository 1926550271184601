// The sign of life of a silent run.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock } from "../../../test/fakes/host.ts";
import { recordInto, startRecord } from "../result/run-record.ts";
import { startHeartbeat } from "./heartbeat.ts";

describe("action/log/heartbeat", () => {
  it("says what runs after a minute of silence, and nothing while there is output", async () => {
    const clock = fakeClock("manual");
    const record = startRecord();
    const take = recordInto(record, "t.json");
    const said: string[] = [];
    const log = { lines: 0, now: (text: string) => void said.push(text) };
    const end = new AbortController();
    const running = startHeartbeat(clock, log, record, end.signal);
    take({
      at: clock.now(),
      type: "run-started",
      runUuid: "u",
      builds: [{ name: "web", builderType: "docker" }],
      debug: false,
    });
    take({ at: clock.now(), type: "build-started", build: "web", builderType: "docker" });
    take({ at: clock.now(), type: "span-started", build: "web", id: 1, kind: "provisioner", title: "shell" });
    await clock.advance(61_000);
    assert.deepEqual(said, ["Still running: web, shell (1 min 0 s)"]);
    log.lines++;
    await clock.advance(60_000);
    assert.equal(said.length, 1);
    await clock.advance(60_000);
    assert.equal(said.length, 2);
    end.abort();
    await running;
  });

  it("is silent when nothing runs", async () => {
    const clock = fakeClock("manual");
    const said: string[] = [];
    const end = new AbortController();
    const running = startHeartbeat(clock, { lines: 0, now: (text) => void said.push(text) }, startRecord(), end.signal);
    await clock.advance(300_000);
    assert.deepEqual(said, []);
    end.abort();
    await running;
  });
});

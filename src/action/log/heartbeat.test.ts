// The sign of life of a silent run.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeClock } from "../../../test/fakes/host.ts";
import type { BuildEvent, NewEvent } from "../../core/build-event.ts";
import { recordInto, startRecord } from "../result/run-record.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { RunnerOutput } from "./runner-output.ts";
import { WorkflowLog } from "./workflow-log.ts";

describe("action/log/heartbeat", () => {
  it("says what runs after a minute of silence, and nothing while there is output", async () => {
    const clock = fakeClock("manual");
    const record = startRecord();
    const take = recordInto(record, "t.json");
    const said: string[] = [];
    const log = { shown: 0, waiting: () => 0, now: (text: string) => void said.push(text) };
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
    log.shown++;
    await clock.advance(60_000);
    assert.equal(said.length, 1);
    await clock.advance(60_000);
    assert.equal(said.length, 2);
    end.abort();
    await running;
  });

  it("tells of a build whose lines wait, also while another one talks", async () => {
    const clock = fakeClock("manual");
    const record = startRecord();
    const take = recordInto(record, "t.json");
    const written: string[] = [];
    const output = new RunnerOutput({ write: (text) => void written.push(text), hide: (text) => text });
    const log = new WorkflowLog({
      output,
      place: { folder: "/nowhere", name: () => "none" },
      colour: false,
      debug: false,
      conceal: (diagnostic) => diagnostic,
      cwd: "/",
      workspace: undefined,
    });
    const emit = (event: NewEvent): void => {
      const whole = { ...event, at: clock.now() } as BuildEvent;
      take(whole);
      log.sink(whole);
    };
    const builds = ["a", "b"].map((name) => ({ name, builderType: "null" }));
    const say = (build: string, text: string): void =>
      emit({ type: "said", level: "message", text, speaker: { build } });
    emit({ type: "run-started", runUuid: "u", builds, debug: false });
    for (const [id, { name: build }] of builds.entries()) {
      emit({ type: "build-started", build, builderType: "null" });
      emit({ type: "span-started", build, id, kind: "provisioner", title: "shell" });
    }
    const end = new AbortController();
    const running = startHeartbeat(clock, log, record, end.signal);
    const waits = "Still running: b, shell (1 min 0 s, 2 lines to come below)";
    say("a", "first");
    say("b", "one\ntwo");
    await clock.advance(60_000);
    assert.ok(written.join("").includes(`${waits}\n`), written.join(""));
    say("b", "three");
    await clock.advance(60_000);
    const both = "Still running: a, shell (2 min 0 s); b, shell (2 min 0 s, 3 lines to come below)";
    assert.ok(written.join("").includes(`${both}\n`), written.join(""));
    say("a", "second");
    emit({ type: "span-ended", build: "a", id: 0, milliseconds: 1, outcome: "done" });
    await clock.advance(60_000);
    assert.equal(written.join("").match(/Still running/g)?.length, 2, written.join(""));
    end.abort();
    await running;
  });

  it("is silent when nothing runs", async () => {
    const clock = fakeClock("manual");
    const said: string[] = [];
    const end = new AbortController();
    const running = startHeartbeat(
      clock,
      { shown: 0, waiting: () => 0, now: (text) => void said.push(text) },
      startRecord(),
      end.signal,
    );
    await clock.advance(300_000);
    assert.deepEqual(said, []);
    end.abort();
    await running;
  });
});

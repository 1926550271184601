import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock } from "../../test/fakes/host.ts";
import { recordingSink } from "../../test/fakes/plan.ts";
import type { Speaker } from "./build-event.ts";
import { createEmitter } from "./emitter.ts";
import { createUi } from "./speech.ts";

function speaking(speaker: Speaker = { build: "web" }) {
  const clock = fakeClock("manual");
  const recording = recordingSink();
  const emitter = createEmitter(recording.sink, clock);
  const asked: unknown[] = [];
  const ask = async (...question: unknown[]) => {
    asked.push(question);
    return "yes";
  };
  return { clock, emitter, recording, asked, ui: createUi(emitter, clock, ask, speaker) };
}

describe("core/speech", () => {
  test("progress is reported at its beginning and end and not more than ten times a second between", async () => {
    const { ui, clock, recording } = speaking();
    const progress = ui.progress("disk.img", 1000);
    for (let i = 0; i < 100; i++) {
      progress.advance(10);
      await clock.advance(5);
    }
    progress.end();
    progress.end();
    const reports = recording.events.map((event) => event.type === "progress" && [event.done, event.ended]);
    assert.deepEqual(reports, [
      [0, false],
      [210, false],
      [410, false],
      [610, false],
      [810, false],
      [1000, true],
    ]);
    assert.ok(
      recording.events.every(
        (event) => event.type === "progress" && event.label === "disk.img" && event.total === 1000,
      ),
    );
  });

  test("a question goes to whoever can answer, under the speaker's name", async () => {
    const { ui, asked } = speaking();
    assert.equal(await ui.ask("Sure?"), "yes");
    assert.deepEqual(asked, [["Sure?", { build: "web" }]]);
  });

  test("events are data: they leave as they were said, whatever is secret", () => {
    const { emitter, ui, recording } = speaking({ build: "vagrant-images" });
    ui.say("for vagrant");
    emitter.emit({ type: "span-ended", build: "vagrant-images", id: 1, milliseconds: 5, outcome: "failed" });
    const [said, ended] = recording.events;
    assert.deepEqual(said, {
      at: said?.at,
      type: "said",
      level: "say",
      text: "for vagrant",
      speaker: { build: "vagrant-images" },
    });
    assert.deepEqual(ended, {
      at: ended?.at,
      type: "span-ended",
      build: "vagrant-images",
      id: 1,
      milliseconds: 5,
      outcome: "failed",
    });
  });
});

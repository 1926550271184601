import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock } from "../../test/fakes/host.ts";
import { recordingSink } from "../../test/fakes/plan.ts";
import type { Speaker } from "./build-event.ts";
import { createEmitter } from "./emitter.ts";
import { Secrets } from "./secrets.ts";
import { createUi } from "./speech.ts";

function speaking(speaker: Speaker = { build: "web" }) {
  const clock = fakeClock("manual");
  const secrets = new Secrets();
  const recording = recordingSink();
  const emitter = createEmitter(recording.sink, clock, secrets);
  const asked: unknown[] = [];
  const ask = async (...question: unknown[]) => {
    asked.push(question);
    return "yes";
  };
  return { clock, secrets, emitter, recording, asked, ui: createUi(emitter, clock, ask, speaker) };
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
    assert.ok(recording.events.every((event) => event.type === "progress" && event.label === "disk.img" && event.total === 1000));
  });

  test("a question goes to whoever can answer, under the speaker's name", async () => {
    const { ui, asked } = speaking();
    assert.equal(await ui.ask("Sure?"), "yes");
    assert.deepEqual(asked, [["Sure?", { build: "web" }]]);
  });

  test("a secret that is a word of ours hides in texts and leaves the words alone", () => {
    const { secrets, emitter, ui, recording } = speaking({ build: "failed-images" });
    ui.say("one");
    for (const word of ["failed", "say", "span-ended", "error"]) secrets.register(word);
    ui.say("it failed");
    emitter.emit({ type: "span-ended", build: "failed-images", id: 1, milliseconds: 5, outcome: "failed" });
    const [, said, ended] = recording.events;
    assert.deepEqual(said, { at: said?.at, type: "said", level: "say", text: "it <sensitive>", speaker: { build: "<sensitive>-images" } });
    assert.deepEqual(ended, { ...ended, type: "span-ended", build: "<sensitive>-images", outcome: "failed" });
  });
});

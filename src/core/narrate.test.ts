// Packer's lines, from events.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BuildEvent, NewEvent } from "./build-event.ts";
import { narrate } from "./narrate.ts";
import { speakDuration } from "./spoken-duration.ts";

function told(...events: readonly NewEvent[]): string[] {
  const lines: string[] = [];
  const sink = narrate((one) =>
    lines.push(one.is === "ui" ? `${one.level}|${one.text}` : `${one.target},${one.type},${one.data.join(",")}`),
  );
  for (const event of events) {
    sink({ at: 0, ...event } as BuildEvent);
  }
  return lines;
}

const said = (level: "say" | "message" | "error", text: string, postProcessor?: string): NewEvent => ({
  type: "said",
  level,
  text,
  speaker: { build: "b", postProcessor },
});
const ended = (build: string, more: Partial<Extract<BuildEvent, { type: "build-ended" }>>): NewEvent => ({
  ...{ type: "build-ended", build, milliseconds: 1500, outcome: "built", diagnostics: [], artifacts: [] },
  ...more,
});

describe("core/narrate", () => {
  it("puts the build's name in front of every line and drops blanks at the end", () => {
    assert.deepEqual(
      told(
        said("say", "a\nb"),
        said("message", "c  "),
        said("message", ""),
        said("error", "d"),
        said("say", "e", "checksum"),
      ),
      ["say|==> b: a\n==> b: b", "message|    b: c", "message|    b:", "error|==> b: d", "say|==> b (checksum): e"],
    );
  });

  it("tells of a transfer that lasts, every ten seconds", () => {
    const lines: string[] = [];
    const sink = narrate((one) => lines.push(one.is === "ui" ? `${one.level}|${one.text}` : one.type));
    for (const at of [0, 5_000, 10_000, 12_000]) {
      sink({
        at,
        type: "progress",
        speaker: { build: "b" },
        id: 1,
        label: "disk",
        done: at * 1000,
        total: 20e6,
        ended: at === 12_000,
      });
    }
    assert.deepEqual(lines, ["message|    b: disk: 10.0 MB of 20.0 MB (50 %), 1.0 MB/s, 10 s left"]);
  });

  it("ends a run with its failures first and then the artifacts of what succeeded", () => {
    const lines = told(
      ended("ok", { artifacts: [{ builderId: "id", id: "x", text: "Made x", files: ["f"] }] }),
      ended("bad", { outcome: "failed", error: "broken" }),
      { type: "run-ended", milliseconds: 2000, interrupted: false },
    );
    assert.deepEqual(lines, [
      "say|Build 'ok' finished after 1 second 500 milliseconds.",
      "error|Build 'bad' errored after 1 second 500 milliseconds: broken",
      "say|\n==> Wait completed after 2 seconds",
      ",error-count,1",
      "error|\n==> Some builds didn't complete successfully and had errors:",
      "bad,error,broken",
      "error|--> bad: broken",
      "say|\n==> Builds finished. The artifacts of successful builds are:",
      "ok,artifact-count,1",
      "ok,artifact,0,builder-id,id",
      "ok,artifact,0,id,x",
      "ok,artifact,0,string,Made x",
      "ok,artifact,0,files-count,1",
      "ok,artifact,0,file,0,f",
      "ok,artifact,0,end",
      "say|--> ok: Made x",
    ]);
  });

  it("says so when nothing was made and when the run was interrupted", () => {
    assert.deepEqual(told({ type: "run-ended", milliseconds: 0.004, interrupted: false }), [
      "say|\n==> Wait completed after 4 microseconds",
      "say|\n==> Builds finished but no artifacts were created.",
    ]);
    assert.deepEqual(
      told({ type: "run-ended", milliseconds: 1, interrupted: true })[1],
      "say|Cleanly cancelled builds after being interrupted.",
    );
  });
});

describe("core/spoken-duration", () => {
  it("names the two most significant units that are not zero", () => {
    const cases: readonly (readonly [number, string])[] = [
      [123_000, "2 minutes 3 seconds"],
      [26.712, "26 milliseconds 712 microseconds"],
      [1769, "1 second 769 milliseconds"],
      [3_600_000, "1 hour"],
      [90_061_000, "1 day 1 hour"],
      [604_800_000.001, "1 week 1 microsecond"],
      [0, "0 microseconds"],
    ];
    for (const [milliseconds, words] of cases) {
      assert.equal(speakDuration(milliseconds), words);
    }
  });
});

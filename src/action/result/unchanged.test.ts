import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeOutcome, writeOutputs } from "./outputs.ts";
import { recordInto, startRecord } from "./run-record.ts";
import { writeChangesSection } from "./unchanged.ts";

const facts = { builderId: "b", id: "id-1", text: "made", files: [] };
const fine = { succeeded: "built" as const, interrupted: false, invalid: false, failed: false };

/** What a step has come to when each build ended like this. */
function recordOf(builds: Readonly<Record<string, "unchanged" | "built" | "failed">>): ReturnType<typeof startRecord> {
  const record = startRecord();
  const sink = recordInto(record, "t.json");
  const at = 0;
  for (const [build, outcome] of Object.entries(builds)) {
    const same = outcome === "unchanged";
    sink({
      at,
      type: "build-compared",
      build,
      builderType: "null",
      reasons: same ? [] : ["file a|b: changed"],
      builtAt: "2026-01-02T03:04:05Z",
    });
    if (same) {
      sink({
        at,
        type: "build-unchanged",
        build,
        builderType: "null",
        artifacts: [facts],
        builtAt: "2026-01-02T03:04:05Z",
      });
    }
  }
  const made = Object.keys(builds).filter((name) => builds[name] !== "unchanged");
  sink({
    at,
    type: "run-started",
    runUuid: "u",
    builds: made.map((name) => ({ name, builderType: "null" })),
    debug: false,
  });
  for (const build of made) {
    const outcome = builds[build] === "built" ? "built" : "failed";
    sink({ at, type: "build-ended", build, milliseconds: 1, outcome, diagnostics: [], artifacts: [] });
  }
  return record;
}

describe("action/result/unchanged", () => {
  for (const [builds, ending, outcome] of [
    [{ a: "unchanged" }, fine, "unchanged"],
    [{ a: "unchanged", b: "built" }, fine, "built"],
    [{ a: "unchanged", b: "failed" }, fine, "partial"],
    [{ a: "unchanged" }, { ...fine, refused: true }, "unchanged"],
    [{ a: "built", b: "unchanged" }, { ...fine, refused: true }, "partial"],
    [{ a: "unchanged" }, { ...fine, invalid: true }, "partial"],
    [{ a: "unchanged" }, { ...fine, interrupted: true }, "cancelled"],
  ] as const) {
    it(`calls ${JSON.stringify(builds)} ${outcome}${"refused" in ending ? " when that is refused" : ""}`, () => {
      assert.equal(describeOutcome(recordOf(builds), ending), outcome);
    });
  }

  it("says in its outputs whether and why", () => {
    const { changed, reasons } = writeOutputs(
      recordOf({ a: "unchanged", b: "built" }),
      { outcome: "built", failureClass: "" },
      [],
    );
    assert.equal(changed, "true");
    assert.deepEqual(JSON.parse(reasons), [
      { template: "t.json", build: "a", changed: false, reasons: [] },
      { template: "t.json", build: "b", changed: true, reasons: ["file a|b: changed"] },
    ]);
    assert.equal(
      writeOutputs(recordOf({ a: "unchanged" }), { outcome: "unchanged", failureClass: "" }, []).changed,
      "false",
    );
    assert.equal(writeOutputs(startRecord(), { outcome: "built", failureClass: "" }, []).changed, "");
  });

  it("shows the changes as text, whatever stands in it", () => {
    const section = writeChangesSection(recordOf({ a: "unchanged", b: "built" }).compared);
    assert.match(section, /^#### What changed since the last build\n/);
    assert.match(section, /\| <code>a<\/code> \| 2026-01-02T03&#58;04&#58;05Z \| nothing \|/);
    assert.match(section, /\| file a&#124;b&#58; changed \|/);
    assert.equal(writeChangesSection([{ template: "t", build: "a", reasons: ["x"], builtAt: undefined }]), "");
    assert.equal(writeChangesSection([]), "");
  });

  it("cuts long lists", () => {
    const reasons = Array.from({ length: 500 }, (_, i) => `file ${i}: changed`);
    assert.match(
      writeChangesSection([{ template: "t", build: "a", reasons, builtAt: "x" }]),
      /file 19&#58; changed<br>… and 480 more \|$/,
    );
  });
});

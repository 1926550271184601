import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { RunnerOutput } from "./runner-output.ts";
import { WorkflowLog } from "./workflow-log.ts";

const AT = Date.UTC(2026, 1, 3, 4, 5, 6, 78);

function scene(): { readonly log: WorkflowLog; readonly written: () => string } {
  let written = "";
  const log = new WorkflowLog({
    output: new RunnerOutput({
      write: (text) => {
        written += text;
      },
      hide: (text) => text,
    }),
    place: { folder: tmpdir(), name: () => "packer-ts-log-test" },
    colour: true,
    debug: false,
    cwd: "/",
    workspace: undefined,
    conceal: (same) => same,
  });
  return { log, written: () => written };
}

/** One build that says three things, the last one outside of every step, and fails. */
function tell({ sink }: WorkflowLog): void {
  const speaker = { build: "web" };
  sink({ type: "span-started", at: AT, build: "web", id: 1, kind: "step", title: "Work" });
  sink({ type: "said", at: AT, level: "message", text: "one\n::error::two", speaker });
  sink({ type: "said", at: AT + 1, level: "error", text: "three", speaker });
  sink({ type: "span-ended", at: AT + 2, build: "web", id: 1, milliseconds: 2, outcome: "failed" });
  sink({ type: "said", at: AT + 3, level: "say", text: "after", speaker });
  const failed = { outcome: "failed", error: "it broke", diagnostics: [], artifacts: [] } as const;
  sink({ type: "build-ended", at: AT + 4, build: "web", milliseconds: 4, ...failed });
}

describe("action/log/workflow-log", () => {
  it("puts the time in UTC before every line of a build when asked to, and before nothing else", () => {
    const { log, written } = scene();
    log.showTimes();
    tell(log);
    const lines = written().split("\n");
    assert.deepEqual(lines.slice(0, 6), [
      "::group::web: Work",
      "2026-02-03T04:05:06.078Z one",
      "2026-02-03T04:05:06.078Z ::error::two",
      "2026-02-03T04:05:06.079Z \u001b[31mthree\u001b[0m",
      "::endgroup::",
      "2026-02-03T04:05:06.081Z ==> web: after",
    ]);
    assert.doesNotMatch(lines.slice(6).join("\n"), /2026-02-03T/);
  });

  it("shows a failure that nobody explained under a code of its own", () => {
    const { log, written } = scene();
    tell(log);
    assert.match(written(), /^::error title=Build 'web' failed \[action\/build-failed\]::.*%0A {2}it broke%0A/m);
  });

  it("has no times unless asked to", () => {
    const { log, written } = scene();
    tell(log);
    assert.doesNotMatch(written(), /2026-02-03T/);
  });
});

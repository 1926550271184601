// The summary: true, safe and never too long.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Secrets } from "../../core/secrets.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { escapeText, writeBlock, writeDuration } from "./markdown.ts";
import { type BuildRecord, startRecord } from "./run-record.ts";
import { type SummaryFacts, writeStepSummary } from "./step-summary.ts";
import { drawTimeline } from "./timeline.ts";

function buildRecord(name: string, more: Partial<BuildRecord> = {}): BuildRecord {
  return {
    template: "t.json",
    name,
    builderType: "docker",
    startedAt: 1_700_000_000_000,
    outcome: "built",
    milliseconds: 1234,
    error: undefined,
    failure: undefined,
    failedIn: undefined,
    artifacts: [],
    spans: [],
    ...more,
  };
}

function facts(builds: BuildRecord[], more: Partial<SummaryFacts> = {}): SummaryFacts {
  const record = { ...startRecord(), builds };
  return {
    command: "build",
    templates: ["t.json"],
    record,
    outcome: "built",
    artifacts: [],
    diagnostics: [],
    unannotated: 0,
    milliseconds: 5000,
    findings: [],
    ...more,
  };
}

const same = new Secrets();

function span(id: number, title: string, milliseconds: number): BuildRecord["spans"][number] {
  return {
    id,
    kind: "provisioner",
    title,
    componentType: "shell",
    parent: undefined,
    startedAt: 1_700_000_000_000 + id,
    milliseconds,
    outcome: "done",
  };
}

describe("action/result/step-summary", () => {
  it("says in the table why a post-processor failed, not how many errors there were", () => {
    const error = "1 error(s) occurred:\n\n* Post-processor failed: the registry is full\nand more";
    const summary = writeStepSummary(facts([buildRecord("web", { outcome: "failed", error })]), same);
    assert.match(summary, /\| Post-processor failed&#58; the registry is full \|/);
  });

  it("tells scripts of one name apart", () => {
    const spans = [span(1, "shell", 400), span(2, "shell", 500), span(3, "file", 600)];
    const summary = writeStepSummary(facts([buildRecord("web", { spans })]), same);
    assert.match(summary, /provisioner shell \(1 of 2\) \| 400 ms/);
    assert.match(summary, /provisioner shell \(2 of 2\) \| 500 ms/);
    assert.match(summary, /provisioner file \| 600 ms/);
    assert.match(drawTimeline([buildRecord("web", { spans })]), /provisioner shell \(2 of 2\) :/);
  });

  it("has no columns for sizes and checksums where nothing has one, and shows the digest of what was pushed", () => {
    const image = { template: "t.json", build: "web", builder: "docker", builder_id: "b", description: "", files: [] };
    const artifacts = [{ ...image, id: "acme/web:1" }];
    assert.match(writeStepSummary(facts([], { artifacts }), same), /^\| Build \| Artifact \|$/m);
    const digest = `acme/web@sha256:${"c".repeat(64)}`;
    const pushed = writeStepSummary(facts([], { artifacts: [{ ...image, id: "acme/web:1", digest }] }), same);
    assert.match(pushed, /^\| Build \| Artifact \| SHA-256 \|$/m);
    assert.match(pushed, new RegExp(`<code>${"c".repeat(64)}</code>`));
  });

  it("has a heading without a gap where there is no template, and does not praise a step that failed", () => {
    const done = facts([], { command: "reap", templates: [], outcome: "done" });
    assert.match(writeStepSummary(done, same), /^### reap: ✅ done in 5\.0 s$/m);
    const failing = writeStepSummary(facts([buildRecord("web")], { isFailing: true }), same);
    assert.match(failing, /^### build <code>t\.json<\/code>: ⚠️ built, but the step failed in/m);
    assert.match(writeStepSummary(facts([], { outcome: "failed", isFailing: true }), same), /: ❌ failed in/);
  });

  it("shows what outsiders wrote as text, not as markup", () => {
    const name = "</code><img src=x> | [a](javascript:x) `b` *c* @octocat <!-- -->\n# d";
    const shown = writeStepSummary(
      facts([buildRecord(name, { outcome: "failed", error: name, failedIn: name })]),
      same,
    );
    assert.doesNotMatch(shown, /<img|\]\(|<!--|^# |@octocat|`b`/m);
    assert.equal(shown.split("\n").filter((line) => line.startsWith("| <code>")).length, 1);
    assert.equal(
      shown
        .split("\n")
        .find((line) => line.startsWith("| <code>"))
        ?.match(/ \| /g)?.length,
      4,
    );
  });

  it("stays below one MiB with ten thousand builds, steps and messages", () => {
    const long = "ä".repeat(5000);
    const builds = Array.from({ length: 10_000 }, (_, i) =>
      buildRecord(`build ${i} ${long}`, {
        outcome: "failed",
        error: long,
        spans: [span(i, long, i), span(i + 20_000, long, i)],
      }),
    );
    const diagnostics = Array.from(
      { length: 10_000 },
      (_, i): Diagnostic => ({
        code: "a/b",
        severity: i % 2 ? "error" : "warning",
        summary: `${i} ${long}`,
        detail: long,
        hint: long,
      }),
    );
    const artifacts = builds.map(({ name }) => ({
      template: "t",
      build: name,
      builder: "file",
      builder_id: "f",
      id: long,
      description: long,
      files: [{ path: long, size: 1, sha256: "0" }],
    }));
    const shown = writeStepSummary(facts(builds, { diagnostics, artifacts, unannotated: 9990 }), same);
    assert.ok(Buffer.byteLength(shown) < 1024 * 1024, `${Buffer.byteLength(shown)} bytes`);
    assert.match(shown, /and 9800 more/);
  });

  it("draws a timeline that no title can break", () => {
    const builds = [buildRecord("a: b; #c", { spans: [span(1, "x:y,z\n end %% `", 20), span(2, "🎉::", 0.2)] })];
    assert.deepEqual(drawTimeline(builds).split("\n"), [
      "```mermaid",
      "gantt",
      "    dateFormat x",
      "    axisFormat %H:%M:%S",
      "    section a b c",
      "    provisioner x y z end :1700000000001, 20ms",
      "    provisioner :1700000000002, 1ms",
      "```",
    ]);
  });

  it("hides secrets before it writes them as Markdown or cuts them", () => {
    const secrets = new Secrets();
    const awkward = "a_b*c[d]|e:f@g$h#i<j>k";
    const long = "s3cr3t-".repeat(40);
    for (const secret of [awkward, long]) {
      secrets.register(secret);
    }
    const error = `${awkward} ${"x".repeat(200)} ${long}`;
    const shown = writeStepSummary(facts([buildRecord("web", { outcome: "failed", error })]), secrets);
    assert.match(shown, /&lt;sensitive&gt; x+ &lt;sensitive&gt; \|$/m);
  });

  it("tells durations as people do", () => {
    assert.deepEqual([12.4, 1500, 61_000, 3_720_000].map(writeDuration), ["12 ms", "1.5 s", "1 min 1 s", "1 h 2 min"]);
  });

  it("keeps blank lines and markup inside a block", () => {
    assert.equal(writeBlock("a\n\n<b>&"), "<pre>a\n&#8203;\n&lt;b&gt;&amp;</pre>");
    assert.equal(escapeText("a|b"), "a&#124;b");
  });
});

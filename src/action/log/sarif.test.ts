import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { makeRange, makeTextFile } from "../../diagnostic/text-file.ts";
import type { Found } from "./log.ts";
import { renderSarif } from "./sarif.ts";

function workspaceFor(t: TestContext): string {
  const workspace = mkdtempSync(join(tmpdir(), "packer-ts-sarif-"));
  t.after(() => rmSync(workspace, { recursive: true, force: true }));
  return workspace;
}

async function runOf(found: readonly Found[], workspace: string, hide = (text: string): string => text) {
  const workflow = ".github/workflows/a b.yml";
  const { runs } = JSON.parse(await renderSarif(found, { cwd: workspace, workspace, workflow, hide }));
  return runs[0];
}

const wrong: Diagnostic = { code: "option/unknown", severity: "error", summary: "Unsupported option" };

describe("SARIF", () => {
  it("counts columns in UTF-16, as GitHub does, whatever stands before the place", async (t) => {
    const text = '{\n  "a": "👩‍👩‍👧‍👦é🙂", "b": 1\n}';
    const file = makeTextFile("t.json", text);
    const at = text.indexOf('"b"');
    const subject = makeRange(file, at, at + 3);
    const { columnKind, results } = await runOf(
      [{ diagnostic: { ...wrong, subject }, file, template: "t.json" }],
      workspaceFor(t),
    );
    assert.equal(columnKind, "utf16CodeUnits");
    const startColumn = at - text.lastIndexOf("\n", at);
    assert.deepEqual(results[0].locations[0].physicalLocation, {
      artifactLocation: { uri: "t.json", uriBaseId: "%SRCROOT%" },
      region: { startLine: 2, startColumn, endLine: 2, endColumn: startColumn + 3 },
    });
  });

  it("gives what has no place in the repository the first line of its template, or of the workflow", async (t) => {
    const workspace = workspaceFor(t);
    mkdirSync(join(workspace, "images/web"), { recursive: true });
    writeFileSync(join(workspace, "images/web/b.pkr.hcl"), "");
    writeFileSync(join(workspace, "images/web/a.pkr.hcl"), "");
    const outside = makeTextFile("../x.pkr.hcl", "abc\ndef");
    const subject = makeRange(outside, 4, 7);
    const { results } = await runOf(
      [
        { diagnostic: wrong, file: undefined, template: "images/web" },
        { diagnostic: wrong, file: undefined, template: "t #1.json" },
        { diagnostic: { ...wrong, subject, within: "build" }, file: outside, template: undefined },
        {
          diagnostic: { ...wrong, subject: { ...subject, filename: "<stdin>" } },
          file: undefined,
          template: undefined,
        },
      ],
      workspace,
    );
    const workflow = ".github/workflows/a%20b.yml";
    const places = results.map(({ locations }: { locations: { physicalLocation: unknown }[] }) => locations);
    assert.deepEqual(
      places.map((each: { physicalLocation: { artifactLocation: { uri: string } } }[]) =>
        each.map(({ physicalLocation }) => physicalLocation.artifactLocation.uri),
      ),
      [["images/web/a.pkr.hcl"], ["t%20%231.json"], [workflow], [workflow]],
    );
    assert.match(results[2].message.text, /^Unsupported option\n\nIn \.\.\/x\.pkr\.hcl, line 2\.\n\nIn build\.$/);
  });

  it("keeps to GitHub's limits: errors before warnings, and a width for every place", async (t) => {
    const file = makeTextFile("t.json", "x\ny");
    const subject = makeRange(file, 1, 1);
    const warning: Found = { diagnostic: { ...wrong, severity: "warning" }, file: undefined, template: "t.json" };
    const error: Found = { diagnostic: { ...wrong, subject }, file, template: "t.json" };
    const { results } = await runOf([...Array.from({ length: 6000 }, () => warning), error], workspaceFor(t));
    assert.equal(results.length, 5000);
    assert.equal(results[0].level, "error");
    const { startColumn, endColumn } = results[0].locations[0].physicalLocation.region;
    assert.deepEqual([startColumn, endColumn], [2, 3]);
  });

  it("explains every rule that it names", async (t) => {
    const more: Found = { diagnostic: { ...wrong, code: "hcl/type" }, file: undefined, template: undefined };
    const found: Found[] = [{ diagnostic: wrong, file: undefined, template: undefined }, more];
    const { tool, results } = await runOf(found, workspaceFor(t));
    const { rules } = tool.driver;
    assert.equal(rules.length, 2);
    for (const rule of rules) {
      for (const text of [rule.shortDescription.text, rule.fullDescription.text, rule.help.text, rule.help.markdown]) {
        assert.ok(text.length > 3);
      }
      assert.match(rule.helpUri, /^https:\/\//);
    }
    for (const { ruleId, ruleIndex } of results) {
      assert.equal(rules[ruleIndex].id, ruleId);
    }
  });

  it("hides secrets in texts and keeps them in places", async (t) => {
    const file = makeTextFile("hush.json", "x");
    const diagnostic = { ...wrong, detail: "It is hush.", subject: makeRange(file, 0, 1) };
    const hide = (text: string): string => text.replaceAll("hush", "***");
    const { results } = await runOf([{ diagnostic, file, template: "hush.json" }], workspaceFor(t), hide);
    assert.match(results[0].message.text, /It is \*\*\*\./);
    assert.equal(results[0].locations[0].physicalLocation.artifactLocation.uri, "hush.json");
  });
});

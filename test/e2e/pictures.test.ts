// The pictures of the README show what the action prints today.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { writeAnnotationPage, writeSummaryPage } from "../../docs/pictures/page.ts";
import { leaveOutChance, placeOf, readTemplate, runAction } from "../../docs/pictures/runs.ts";
import { projectRoot } from "../packer-ts.ts";
import { fakeRunner } from "./action-runner.ts";

const kept = (path: string): string => readFileSync(placeOf(path), "utf8");

describe("pictures of the README", () => {
  it("are drawn from what the action prints: after a change, run `npm run pictures`", async (t) => {
    const { summary, annotation } = await runAction(fakeRunner(t));
    assert.deepEqual(leaveOutChance(kept("summary.md")), leaveOutChance(summary));
    assert.equal(kept("annotation.txt").trimEnd(), annotation);
  });

  it("show every row, and the annotation below its line", () => {
    const summary = writeSummaryPage(kept("summary.md"));
    for (const piece of ["<h3>build <code>images/web.pkr.hcl</code>", "<td><code>web.file.notes</code></td>"]) {
      assert.ok(summary.includes(piece), summary);
    }
    assert.doesNotMatch(summary, /^[|#]/m);
    const annotation = writeAnnotationPage(kept("annotation.txt").trimEnd(), readTemplate("mistaken"));
    assert.match(annotation, /<span> {4}inlin = .*<\/span><\/div><div class="annotation">/);
    assert.match(annotation, /Hint: did you mean "inline"\?/);
  });

  it("are in the README, and small", () => {
    const readme = readFileSync(join(projectRoot, "README.md"), "utf8");
    for (const name of ["summary", "annotation"]) {
      assert.match(readme, new RegExp(`!\\[[^\\]]{20,}\\]\\(docs/pictures/${name}\\.png\\)`));
      assert.ok(statSync(placeOf(`${name}.png`)).size < 200_000, name);
    }
  });
});

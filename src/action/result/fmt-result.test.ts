// What `fmt` found, as messages and as Markdown.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatMistakes, formatSection, formattable } from "./fmt-result.ts";

function file(path: string, diff = "--- a\n+++ b\n@@ -1 +1 @@\n-a=1\n+a = 1\n", line = 1) {
  return { path, diff, line };
}

describe("action/result/fmt-result", () => {
  it("takes HCL2 files from patterns, and whatever was named", () => {
    const found = ["a.pkr.hcl", "a.json", "b.pkrvars.hcl", "images"];
    assert.deepEqual(formattable(found, ["**"]), ["a.pkr.hcl", "b.pkrvars.hcl"]);
    assert.deepEqual(formattable(found, ["**", "a.json", "images"]), found);
    assert.deepEqual(formattable(["."], []), ["."]);
  });

  it("points at the first line that would change", () => {
    const [mistake] = formatMistakes([file("images/a.pkr.hcl", "", 12)]);
    assert.equal(mistake?.subject?.filename, "images/a.pkr.hcl");
    assert.equal(mistake?.subject?.start.line, 12);
    assert.match(mistake?.hint ?? "", /fmt images\/a\.pkr\.hcl/);
  });

  it("shows differences as a listing that their text cannot leave", () => {
    const section = formatSection([file("a<b>.pkr.hcl", "-x\n+```\n+````\n")], false);
    assert.match(section, /`````diff\n-x\n\+```\n\+````\n`````\n/);
    assert.match(section, /a&lt;b&gt;/);
    assert.match(formatSection([file("a")], true), /that were formatted: 1/);
    assert.equal(formatSection([], false), "");
  });

  it("cuts long differences at a line and says how many files it leaves out", () => {
    const long = "+0123456789\n".repeat(10_000);
    const section = formatSection(
      Array.from({ length: 40 }, (_, i) => file(`${i}`, long)),
      false,
    );
    assert.ok(section.length < 250_000);
    assert.match(section, /\+0123456789\n… \(shortened\)\n```/);
    assert.match(section, /: 40\n/);
    const shown = section.match(/<details>/g)?.length ?? 0;
    assert.match(section, new RegExp(`… and ${40 - shown} more\\.$`));
  });
});

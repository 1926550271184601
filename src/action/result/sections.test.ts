// What a command shows, as Markdown.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Section } from "../../command/section.ts";
import { Secrets } from "../../core/secrets.ts";
import { writeSection } from "./sections.ts";

function file(path: string, diff = "--- a\n+++ b\n@@ -1 +1 @@\n-a=1\n+a = 1\n", line = 1) {
  return { path, diff, line };
}

function differences(...files: readonly ReturnType<typeof file>[]): string {
  return writeSection({ is: "differences", title: "Files that differ", files }, new Secrets());
}

describe("action/result/sections", () => {
  it("shows differences as a listing that their text cannot leave", () => {
    const section = differences(file("a<b>.pkr.hcl", "-x\n+```\n+````\n"));
    assert.match(section, /^#### Files that differ: 1\n/);
    assert.match(section, /`````diff\n-x\n\+```\n\+````\n`````\n/);
    assert.match(section, /a&lt;b&gt;/);
    assert.equal(differences(), "");
  });

  it("cuts long differences at a line and says how many files it leaves out", () => {
    const long = "+0123456789\n".repeat(10_000);
    const section = differences(...Array.from({ length: 40 }, (_, i) => file(`${i}`, long)));
    assert.ok(section.length < 250_000);
    assert.match(section, /\+0123456789\n… \(shortened\)\n```/);
    assert.match(section, /: 40\n/);
    const shown = section.match(/<details>/g)?.length ?? 0;
    assert.match(section, new RegExp(`… and ${40 - shown} more\\.$`));
  });

  it("shows a table as text, whatever stands in it, and no more rows than a page can hold", () => {
    const columns = [{ title: "Name", isCode: true }, { title: "Runner" }];
    const table: Section = { is: "table", title: "Rows", columns, rows: [["a|b", "<x>"]] };
    assert.equal(
      writeSection(table, new Secrets()),
      "#### Rows: 1\n\n| Name | Runner |\n| --- | --- |\n| <code>a&#124;b</code> | &lt;x&gt; |",
    );
    const rows = Array.from({ length: 450 }, () => ["a", "b"]);
    assert.match(writeSection({ ...table, rows }, new Secrets()), /^#### Rows: 450\n.*\n\n… and 150 more\.$/s);
  });

  it("hides secrets in cells and listings before it cuts them", () => {
    const secrets = new Secrets();
    secrets.register("correct-horse-battery");
    const columns = [{ title: "Name", isCode: true }];
    const rows = [[`${"x".repeat(190)}correct-horse-battery`]];
    assert.doesNotMatch(writeSection({ is: "table", title: "Rows", columns, rows }, secrets), /correct/);
    const files = [file("a", "+password = correct-horse-battery\n")];
    assert.doesNotMatch(writeSection({ is: "differences", title: "Files", files }, secrets), /correct/);
  });
});

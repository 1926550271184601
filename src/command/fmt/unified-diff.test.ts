import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { needs } from "../../../test/needs.ts";
import { folderWith } from "../../../test/packer-ts.ts";
import { writeUnifiedDiff } from "./unified-diff.ts";

const names = { old: "old/x", new: "new/x" };
const lines = (...changed: readonly number[]): string =>
  Array.from({ length: 30 }, (_, i) => `line ${i}${changed.includes(i) ? " is other" : ""}\n`).join("");

const cases: Readonly<Record<string, readonly [string, string]>> = {
  "one line": ["a\n", "b\n"],
  "a line without an end": ["a\nb", "a\nc"],
  "changes far apart": [lines(), lines(2, 25)],
  "changes whose surroundings touch": [lines(), lines(5, 12)],
  "changes whose surroundings do not quite touch": [lines(), lines(5, 13)],
  "several lines in a row": [lines(), lines(0, 1, 2, 29)],
};

describe("command/fmt/unified-diff", () => {
  it("is empty for equal texts", () => assert.equal(writeUnifiedDiff("a\n", "a\n", names), ""));

  for (const [name, [before, after]] of Object.entries(cases)) {
    it(`writes ${name} as diff -u does`, (t) => {
      if (!needs(t, "diff")) {
        return;
      }
      const folder = folderWith(t, { before, after });
      const { stdout } = spawnSync("diff", ["-u", "--label=old/x", "--label=new/x", "before", "after"], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.equal(writeUnifiedDiff(before, after, names), stdout);
    });
  }
});

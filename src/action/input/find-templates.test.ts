// Which templates a pattern finds.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { findTemplates, isTakenBy } from "./find-templates.ts";

const folder = mkdtempSync(join(tmpdir(), "packer-ts-find-"));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const path of [
  "a.json",
  "b.json",
  "c.pkr.hcl",
  "sub/d.json",
  "sub/deep/e.json",
  "node_modules/x.json",
  ".git/y.json",
  "we[i]rd.json",
  "sub/README.md",
]) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), "{}");
}

const cases: readonly [patterns: string[], found: string[]][] = [
  [[], ["."]],
  [["a.json"], ["a.json"]],
  [
    ["./b.json", "a.json"],
    ["./b.json", "a.json"],
  ],
  [["*.json"], ["a.json", "b.json", "we[i]rd.json"]],
  [["**/*.json"], ["a.json", "b.json", "sub/d.json", "sub/deep/e.json", "we[i]rd.json"]],
  [["sub/**"], ["sub/README.md", "sub/d.json", "sub/deep", "sub/deep/e.json"]],
  [["{a,sub/d}.json"], ["a.json", "sub/d.json"]],
  [["[ab].json"], ["a.json", "b.json"]],
  [["[!a].json"], ["b.json"]],
  [["?.json", "!b.json"], ["a.json"]],
  [
    ["**/*.json", "!**/sub/**"],
    ["a.json", "b.json", "we[i]rd.json"],
  ],
  [["we[i]rd.json"], ["we[i]rd.json"]],
  [
    ["a.json", "a.json", "*.json"],
    ["a.json", "b.json", "we[i]rd.json"],
  ],
];

describe("action/input/find-templates", () => {
  for (const [patterns, found] of cases) {
    it(`finds ${found.join(" ")} with ${patterns.join(" ") || "nothing"}`, () => {
      const result = findTemplates(patterns, folder);
      assert.deepEqual(result.diagnostics, []);
      assert.deepEqual(result.templates, found);
    });
  }

  it("says what there is when nothing fits, also for a pattern that is none", () => {
    for (const pattern of ["[z-a].json", "x*.json", "*.yaml"]) {
      const { templates, diagnostics } = findTemplates([pattern], folder);
      assert.deepEqual(templates, []);
      assert.equal(diagnostics[0]?.code, "action/no-template");
      assert.match(diagnostics[0]?.hint ?? "", /a\.json/);
    }
  });

  it("leaves to a command the files it takes from patterns, and whatever was named", () => {
    const command = { takesFiles: /\.(pkr|pkrvars)\.hcl$/ };
    const found = ["a.pkr.hcl", "a.json", "b.pkrvars.hcl", "images"];
    assert.deepEqual(isTakenBy(command, found, ["**"]), ["a.pkr.hcl", "b.pkrvars.hcl"]);
    assert.deepEqual(isTakenBy(command, found, ["**", "a.json", "images"]), found);
    assert.deepEqual(isTakenBy(command, ["."], []), ["."]);
    assert.deepEqual(isTakenBy({}, found, ["**"]), found);
  });
});

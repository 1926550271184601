// What patterns mean in repositories as people have them: folders of files, files of other tools, folders of others.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { findTemplates } from "./find-templates.ts";
import { joinFolders } from "./template-folders.ts";

const folder = mkdtempSync(join(tmpdir(), "packer-ts-folders-"));
after(() => {
  chmodSync(join(folder, "pgdata"), 0o755);
  rmSync(folder, { recursive: true, force: true });
});
chmodSync(folder, 0o755);
const BUILD = 'build {\n  sources = ["null.a"]\n}\n';
const JSON_TEMPLATE = '{ "builders": [] }';
const files = {
  "images/web/variables.pkr.hcl": 'variable "a" {}\n',
  "images/web/sources.pkr.hcl": 'source "null" "a" {}\n',
  "images/web/build.pkr.hcl": BUILD,
  "images/web/prod.pkrvars.hcl": "a = 1\n",
  "images/alone/one.pkr.hcl": BUILD,
  "images/alone/two.pkr.hcl": BUILD,
  "images/single/only.pkr.hcl": BUILD,
  "images/README.md": "# Images\n",
  "images/package.json": '{ "name": "x" }',
  "images/old.json": JSON_TEMPLATE,
  "images/broken.json": '{ "biulders": [',
  "images/new.yaml": "builders: []\n",
  "images/.github.yml": "on: push\n",
  "images/notes/a.txt": "x",
  "pgdata/data.json": JSON_TEMPLATE,
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const cases: readonly (readonly [patterns: readonly string[], templates: readonly string[]])[] = [
  [
    ["images/**/*.pkr.hcl"],
    ["images/alone/one.pkr.hcl", "images/alone/two.pkr.hcl", "images/single/only.pkr.hcl", "images/web"],
  ],
  [["images/*/"], ["images/web"]],
  [["images/w*"], ["images/web"]],
  [["images/web/*"], ["images/web"]],
  [["images/web/**"], ["images/web"]],
  [["images/*"], ["images/broken.json", "images/new.yaml", "images/old.json", "images/web"]],
  [["images/web/build.pkr.hcl"], ["images/web/build.pkr.hcl"]],
  [
    ["images/web/*.pkr.hcl", "!images/web/build.pkr.hcl"],
    ["images/web/sources.pkr.hcl", "images/web/variables.pkr.hcl"],
  ],
  [["images/alone"], ["images/alone"]],
  [[], ["."]],
];

describe("action/input/template-folders", () => {
  for (const [patterns, templates] of cases) {
    it(`takes ${templates.join(" ")} for ${patterns.join(" ") || "no pattern"}`, () => {
      const { templates: found, diagnostics } = findTemplates(patterns, folder);
      assert.deepEqual(diagnostics, []);
      assert.deepEqual([...joinFolders(found, patterns, folder).templates].sort(), [...templates]);
    });
  }

  it("tells what patterns find beside templates", () => {
    const { templates: found } = findTemplates(["images/*"], folder);
    assert.deepEqual([...joinFolders(found, ["images/*"], folder).leftOut].sort(), [
      "images/.github.yml",
      "images/README.md",
      "images/alone",
      "images/notes",
      "images/package.json",
      "images/single",
    ]);
  });

  it("refuses patterns that leave nothing", () => {
    for (const patterns of [["!images/old.json"], ["images/old.json", "!images/*"]]) {
      const { templates, diagnostics } = findTemplates(patterns, folder);
      assert.deepEqual(templates, []);
      assert.deepEqual(
        diagnostics.map(({ code, severity }) => [code, severity]),
        [["action/no-template", "error"]],
      );
    }
  });

  it("passes over folders that it may not read, and names them", () => {
    chmodSync(join(folder, "pgdata"), 0o000);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) {
      process.seteuid?.(65534);
    }
    try {
      const { templates, diagnostics, unreadable } = findTemplates(["**/*.json"], folder);
      assert.deepEqual([diagnostics, unreadable], [[], ["pgdata"]]);
      assert.ok(templates.includes("images/old.json"));
    } finally {
      if (isRoot) {
        process.seteuid?.(0);
      }
    }
  });
});

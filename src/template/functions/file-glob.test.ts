// Patterns of files that are made to be searched for ever.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { folderWith } from "../../../test/packer-ts.ts";
import { globFiles } from "./file-glob.ts";

describe("template/functions file patterns", () => {
  test("stars over a long name, and any depth many times over deep folders, are through in a moment", (t) => {
    const folder = folderWith(t, {});
    const deep = join(folder, ...Array.from({ length: 40 }, () => "d"));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, "a".repeat(250)), "");
    const begun = performance.now();
    assert.deepEqual(
      globFiles(folder, `**/${"*a".repeat(60)}b`, () => {}),
      [],
    );
    assert.equal(globFiles(folder, `${"**/".repeat(20)}${"*a".repeat(60)}*`, () => {}).length, 1);
    assert.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`);
  });
});

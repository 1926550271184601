// What a build may not replace or remove, although its template says so.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { BuildError } from "../../diagnostic/build-error.ts";
import { nodeHost } from "../../host/node.ts";
import { refuseIfSpared } from "./own-path.ts";

describe("driver/local-files/own-path", () => {
  test("the current folder and what holds it are refused, and what is in it is not", (t) => {
    const cwd = mkdtempSync(join(tmpdir(), "packer-ts-own-"));
    t.after(() => rmSync(cwd, { recursive: true }));
    const refuse = (path: string) => refuseIfSpared("The output directory", path, { ...nodeHost(), cwd }, {});
    for (const [path, reason] of [
      [".", 'The output directory "." is the current folder'],
      ["..", 'The output directory ".." holds the '],
      ["/", 'The output directory "/" is the root of a file system'],
    ] as const) {
      assert.throws(
        () => refuse(path),
        (thrown) =>
          thrown instanceof BuildError &&
          thrown.diagnostics[0]?.code === "output/not-ours" &&
          thrown.message.startsWith(reason),
        path,
      );
    }
    refuse("made");
  });
});

// Headers that real tar programs read.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { needs } from "../../../test/needs.ts";
import { makeTarHeader, makeTarPadding, tarEnd } from "./tar-header.ts";

describe("driver/ssh tar headers", () => {
  test("tar lists what was written: short, long and foreign names, modes and sizes", (t) => {
    if (!needs(t, "tar")) {
      return;
    }
    const entries = [
      { path: "folder/", mode: 0o711, size: 0 },
      { path: "folder/file", mode: 0o640, size: 5 },
      { path: `folder/${"n".repeat(93)}`, mode: 0o644, size: 512 },
      { path: `folder/${"n".repeat(94)}`, mode: 0o644, size: 513 },
      { path: `${"deep/".repeat(60)}ümläut 名前`, mode: 0o755, size: 0 },
    ];
    const archive = Buffer.concat([
      ...entries.flatMap((entry) => [makeTarHeader(entry), Buffer.alloc(entry.size, 7), makeTarPadding(entry.size)]),
      tarEnd,
    ]);
    const listed = spawnSync("tar", ["tvf", "-", "--quoting-style=literal", "--numeric-owner"], {
      input: archive,
      encoding: "utf8",
    });
    assert.equal(listed.stderr, "");
    const lines = listed.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/));
    assert.deepEqual(
      lines.map(([mode, , size, , , ...name]) => [mode, Number(size), name.join(" ")]),
      [
        ["drwx--x--x", 0, "folder/"],
        ["-rw-r-----", 5, "folder/file"],
        ["-rw-r--r--", 512, entries[2]?.path],
        ["-rw-r--r--", 513, entries[3]?.path],
        ["-rwxr-xr-x", 0, entries[4]?.path],
      ],
    );
  });

  test("a file too large for the old format has its size written the new way", (t) => {
    if (!needs(t, "tar")) {
      return;
    }
    const header = makeTarHeader({ path: "huge", mode: 0o644, size: 20 * 1024 ** 3 });
    const listed = spawnSync("tar", ["tvf", "-"], { input: header, encoding: "utf8" });
    assert.match(listed.stdout, / 21474836480 /);
  });
});

// What is read of a file that anybody may have put there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { folderWith, packerTs } from "../../test/packer-ts.ts";
import { readSmallFile } from "./read-small-file.ts";

describe("command/read-small-file", { skip: process.platform === "win32" }, () => {
  test("a file is read, also through a link, and nothing that is none or too large", async (t) => {
    const folder = folderWith(t, { file: "text", large: "" });
    symlinkSync("file", join(folder, "link"));
    symlinkSync("/dev/zero", join(folder, "zeros"));
    mkdirSync(join(folder, "folder"));
    truncateSync(join(folder, "large"), 5_000_000_000);
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const read = (name: string): Promise<Buffer> => readSmallFile(join(folder, name), 100);
    assert.equal(String(await read("file")), "text");
    assert.equal(String(await read("link")), "text");
    for (const name of ["zeros", "folder", "pipe"]) {
      await assert.rejects(read(name), /not a file/, name);
    }
    await assert.rejects(read("large"), /5000000000 bytes; at most 100 are read/);
    await assert.rejects(read("missing"), { code: "ENOENT" });
  });

  test("a fingerprint file that leads to a device is said to be unusable, and the build goes on", async (t) => {
    const cwd = folderWith(t, {
      "t.json": JSON.stringify({ builders: [{ type: "file", target: "out", content: "x" }] }),
    });
    symlinkSync("/dev/zero", join(cwd, "fp.json"));
    const { code, stdout } = await packerTs(["build", "-if-unchanged=skip", "-fingerprint-file=fp.json", "t.json"], {
      cwd,
    });
    assert.match(stdout, /it is not a file/);
    assert.equal(code, 0, stdout);
  });
});

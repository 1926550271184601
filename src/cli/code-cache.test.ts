// The cache of compiled code: what is read back, and what is never run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { bundle } from "../../test/e2e/action-runner.ts";
import { readCompiled, writeCompiled } from "./code-cache.ts";

const chunks = new Map([
  ["a.js", new Uint8Array([1, 2, 3])],
  ["b.js", new Uint8Array(1000).fill(7)],
]);

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "packer-ts-code-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe("cli/code-cache", () => {
  it("gives back what an earlier run of the same edition wrote, each chunk where V8 wants it", (t) => {
    const file = join(folder(t), "packer-ts", "v20");
    writeCompiled(file, "one", chunks);
    const found = readCompiled(file, "one");
    assert.deepEqual(
      [...found].map(([name, code]) => [name, [...code]]),
      [...chunks].map(([name, code]) => [name, [...code]]),
    );
    assert.deepEqual(readdirSync(join(file, "..")), ["v20"], "nothing half-written stays");
  });

  it("runs nothing that another edition wrote", (t) => {
    const file = join(folder(t), "packer-ts", "v20");
    writeCompiled(file, "one", chunks);
    assert.equal(readCompiled(file, "two").size, 0);
  });

  it("runs nothing that others could have written", { skip: process.platform === "win32" }, (t) => {
    const file = join(folder(t), "packer-ts", "v20");
    writeCompiled(file, "one", chunks);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    for (const mode of [0o644, 0o620, 0o602]) {
      chmodSync(file, mode);
      assert.equal(readCompiled(file, "one").size, 0, mode.toString(8));
    }
    chmodSync(file, 0o600);
    assert.equal(readCompiled(file, "one").size, 2);
    chmodSync(join(file, ".."), 0o755);
    assert.equal(readCompiled(file, "one").size, 0, "a folder that others can look into");
    writeCompiled(file, "one", chunks);
    assert.equal(readCompiled(file, "one").size, 2, "and is made private again");
  });

  it("runs nothing that a link or a second name leads to", { skip: process.platform === "win32" }, (t) => {
    const place = folder(t);
    const file = join(place, "packer-ts", "v20");
    writeCompiled(file, "one", chunks);
    linkSync(file, join(place, "second"));
    assert.equal(readCompiled(file, "one").size, 0);
    renameSync(file, join(place, "moved"));
    rmSync(join(place, "second"));
    symlinkSync(join(place, "moved"), file);
    assert.equal(readCompiled(file, "one").size, 0);
    rmSync(file);
    mkdirSync(join(place, "other"));
    symlinkSync(join(place, "packer-ts"), join(place, "other", "packer-ts"));
    writeCompiled(join(place, "other", "packer-ts", "v20"), "one", chunks);
    assert.deepEqual(readdirSync(join(place, "packer-ts")), [], "nor is anything written through one");
  });

  it("takes a damaged or cut file for none", (t) => {
    const file = join(folder(t), "packer-ts", "v20");
    writeCompiled(file, "one", chunks);
    truncateSync(file, statSync(file).size - 1);
    assert.equal(readCompiled(file, "one").size, 0);
    writeCompiled(file, "one", chunks);
    for (const at of [0, 5, 20, statSync(file).size - 1]) {
      const bytes = readFileSync(file);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      assert.equal(readCompiled(file, "one").size, 0, `byte ${at}`);
      writeCompiled(file, "one", chunks);
    }
    for (const text of ["", "abc", "\u0001\u0000\u0000\u0000", "\u0002\u0000\u0000\u0000{}"]) {
      writeFileSync(file, text);
      assert.equal(readCompiled(file, "one").size, 0);
    }
  });

  it("does without where it cannot write", (t) => {
    const home = folder(t);
    writeFileSync(join(home, "packer-ts"), "a file where the folder would be");
    writeCompiled(join(home, "packer-ts", "v20"), "one", chunks);
    assert.equal(readFileSync(join(home, "packer-ts"), "utf8"), "a file where the folder would be");
  });

  it("lets the program say the same with and without it, and keeps it for the next run", (t) => {
    const home = folder(t);
    const cli = join(bundle(), "cli.js");
    const run = (env: Readonly<Record<string, string>>): string =>
      execFileSync(
        process.execPath,
        [cli, "inspect", fileURLToPath(new URL("../../examples/quickstart/template.json", import.meta.url))],
        {
          encoding: "utf8",
          env: { ...process.env, XDG_CACHE_HOME: home, LOCALAPPDATA: home, ...env },
        },
      );
    const file = join(home, "packer-ts", `${process.version}-${process.arch}`);
    const without = run({ NODE_DISABLE_COMPILE_CACHE: "1" });
    assert.ok(!existsSync(file), "a person can do without the cache");
    assert.equal(run({}), without);
    const shared = join(home, "packer_cache");
    rmSync(file);
    assert.equal(run({ PACKER_CACHE_DIR: shared }), without);
    assert.ok(!existsSync(shared), "nothing that runs lies in PACKER_CACHE_DIR");
    assert.ok(existsSync(file));
    rmSync(file);
    assert.equal(run({ PACKER_CACHE_DIR: home }), without);
    assert.ok(!existsSync(file), "nor in a folder that it leads to");
    assert.equal(run({}), without);
    const written = statSync(file).ino;
    assert.equal(run({}), without);
    assert.equal(statSync(file).ino, written, "nothing new, nothing written");
    writeFileSync(file, Buffer.alloc(statSync(file).size, 7));
    assert.equal(run({}), without, "a damaged cache harms nothing");
  });
});

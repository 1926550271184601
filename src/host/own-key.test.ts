// Who gets which key, and that a key is believed only where nobody else could have put it.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { openSeal } from "./own-key.ts";

function makeHome(t: TestContext): { home: string; env: Readonly<Record<string, string>>; key: string } {
  const home = mkdtempSync(join(tmpdir(), "packer-ts-key-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return { home, env: { XDG_CACHE_HOME: home, LOCALAPPDATA: home }, key: join(home, "packer-ts", "notes.key") };
}

describe("host/own-key", () => {
  test("a later program of the same user knows a seal again, another user's does not", (t) => {
    const { env, home, key } = makeHome(t);
    const seal = openSeal(env)("text");
    assert.equal(openSeal(env)("text"), seal);
    assert.notEqual(openSeal(env)("texts"), seal);
    assert.notEqual(openSeal(makeHome(t).env)("text"), seal);
    assert.deepEqual(readdirSync(join(home, "packer-ts")), ["notes.key"]);
    if (process.platform !== "win32") {
      assert.equal(statSync(key).mode & 0o777, 0o600);
    }
  });

  test("a key that others can read, or of another length, is not used", { skip: process.platform === "win32" }, (t) => {
    const { env, key } = makeHome(t);
    const seal = openSeal(env)("text");
    chmodSync(key, 0o644);
    assert.notEqual(openSeal(env)("text"), seal);
    chmodSync(key, 0o600);
    assert.equal(openSeal(env)("text"), seal);
    writeFileSync(key, "short");
    assert.notEqual(openSeal(env)("text"), openSeal(env)("text"), "each has one of its own then");
  });

  test("without a folder of one's own the key lasts as long as the program, and lies nowhere", (t) => {
    const { home, env } = makeHome(t);
    for (const none of [
      {},
      { XDG_CACHE_HOME: "relative", LOCALAPPDATA: "relative" },
      { ...env, PACKER_CACHE_DIR: home },
    ]) {
      const seal = openSeal(none);
      assert.equal(seal("text"), seal("text"));
      assert.notEqual(openSeal(none)("text"), seal("text"));
    }
    assert.ok(!existsSync(join(home, "packer-ts")));
    mkdirSync(join(home, "packer-ts.d"));
    writeFileSync(join(home, "packer-ts"), "in the way");
    assert.notEqual(openSeal(env)("text"), "");
  });
});

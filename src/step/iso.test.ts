import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fakeHost } from "../../test/fakes/host.ts";
import { configOf } from "../../test/fakes/prepare.ts";
import { fakeBuildRun } from "../../test/fakes/run.ts";
import { qemu } from "../builder/qemu/qemu.ts";
import { openFileGate } from "../host/file-gate.ts";
import type { BaseFacts } from "../sdk/builder.ts";
import { findCurrentIso, getIso } from "./iso.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("step/iso", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "qemu-iso-"));
    writeFileSync(join(folder, "a.iso"), "first");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const runHere = () => fakeBuildRun({ host: fakeHost({ cwd: folder, tempDir: folder }), component: qemu });
  const configured = (given: Readonly<Record<string, unknown>>) =>
    configOf(qemu, given, {
      host: {
        platform: "linux",
        cwd: folder,
        env: {},
        homeDir: folder,
        files: openFileGate(),
        tempDir: "/nowhere/tmp",
        cacheDir: "/nowhere/cache",
      },
    });
  const base = async (given: Readonly<Record<string, unknown>>): Promise<BaseFacts | undefined> =>
    findCurrentIso(await configured(given), runHere());

  test("is another one when its checksum is, without a look at the file", async () => {
    const iso_url = "https://user:hunter2@example.invalid/os.iso";
    const found = await base({ iso_url, iso_checksum: `sha256:${"AB".repeat(32)}` });
    assert.equal(found?.digest, `sha256:${"ab".repeat(32)}`);
    assert.match(found?.what ?? "", /example\.invalid\/os\.iso$/);
    assert.doesNotMatch(found?.what ?? "", /hunter2/);
  });

  test("is another one when the file with checksums says so", async () => {
    writeFileSync(join(folder, "SUMS"), `${"0".repeat(64)}  b.iso\n${sha256("first")}  a.iso\n`);
    assert.equal((await base({ iso_url: "a.iso", iso_checksum: "file:SUMS" }))?.digest, `sha256:${sha256("first")}`);
  });

  test("is another one when a file without a checksum has another content", async () => {
    const before = await base({ iso_url: "a.iso", iso_checksum: "none" });
    assert.deepEqual(await base({ iso_url: "a.iso", iso_checksum: "none" }), before);
    writeFileSync(join(folder, "a.iso"), "later");
    assert.notDeepEqual(await base({ iso_url: "a.iso", iso_checksum: "none" }), before);
  });

  test("is read by QEMU itself when nothing is to be downloaded", async () => {
    const iso_url = "https://example.invalid/os.iso";
    assert.equal(await getIso(await configured({ iso_url, iso_skip_cache: true }), runHere()), iso_url);
    assert.equal(
      await getIso(await configured({ iso_url: "a.iso", iso_skip_cache: true }), runHere()),
      join(folder, "a.iso"),
    );
  });
});

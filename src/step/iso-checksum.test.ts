import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type PreparedOptions, prepareOptions } from "../../test/fakes/prepare.ts";
import { openFileGate } from "../host/file-gate.ts";
import { defineBuilder } from "../sdk/builder.ts";
import { isoStep, listIsoSources, parseIsoChecksum } from "./iso.ts";

const builder = defineBuilder({
  type: "test",
  summary: "Starts from an ISO.",
  options: isoStep.options,
  communicators: [],
  prepare: isoStep.check,
  build: async () => undefined,
});
const sha256 = "f2ca259777c75c6bfa5348f88ae038fbf32a13477358e5be4234dda3884bd82b";
const url = "https://example.org/a.iso";

describe("step/iso checksum", () => {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-iso-options-"));
  after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, "a.iso"), "iso");
  writeFileSync(join(cwd, "SHA256SUMS"), `${sha256}  a.iso\n`);
  const host = {
    platform: "linux" as const,
    cwd,
    env: {},
    homeDir: "/home/tester",
    files: openFileGate(),
    tempDir: "/nowhere/tmp",
    cacheDir: "/nowhere/cache",
  };
  const prepare = (given: Readonly<Record<string, unknown>>): Promise<PreparedOptions<typeof isoStep.options>> =>
    prepareOptions(builder, given, { host });

  test("an ISO with its checksum is fine in every form that Packer takes", async () => {
    for (const iso_checksum of [
      sha256,
      sha256.toUpperCase(),
      `sha256:${sha256}`,
      `SHA256:${sha256}`,
      "md5:d41d8cd98f00b204e9800998ecf8427e",
      "a".repeat(40),
      "a".repeat(128),
      "file:https://example.org/SHA256SUMS",
      "file:SHA256SUMS",
      `file:file://${cwd}/SHA256SUMS`,
    ]) {
      assert.deepEqual(
        { ...(await prepare({ iso_url: url, iso_checksum })), config: {} },
        { ...nothing, config: {} },
        iso_checksum,
      );
    }
  });

  test("one place is needed, in one of the two options", async () => {
    assert.deepEqual((await prepare({ iso_checksum: sha256 })).problems, [
      ": One of iso_url or iso_urls must be specified",
    ]);
    assert.deepEqual((await prepare({ iso_urls: [], iso_checksum: sha256 })).problems, [
      ": One of iso_url or iso_urls must be specified",
    ]);
    assert.deepEqual((await prepare({ iso_url: url, iso_urls: [url], iso_checksum: sha256 })).problems, [
      "iso_urls: Only one of iso_url or iso_urls must be specified",
    ]);
    assert.deepEqual((await prepare({ iso_url: "", iso_urls: [url], iso_checksum: sha256 })).problems, []);
  });

  for (const [iso_checksum, problem] of [
    ["", "A checksum must be specified"],
    ["None", 'invalid checksum: "N" is not a hexadecimal digit in "None"'],
    [` ${sha256}`, `invalid checksum: " " is not a hexadecimal digit in " ${sha256}"`],
    ["sha256:zz", 'invalid checksum: "z" is not a hexadecimal digit in "sha256:zz"'],
    ["sha256:abcd", 'invalid checksum: sha256 has 64 hexadecimal digits, not 4 in "sha256:abcd"'],
    [`md5:${sha256}`, `invalid checksum: md5 has 32 hexadecimal digits, not 64 in "md5:${sha256}"`],
    [`sha224:${sha256}`, `unsupported checksum type: sha224 in "sha224:${sha256}"`],
    ["none:", 'unsupported checksum type: none in "none:"'],
    ["file:", 'the file with the checksums is missing in "file:"'],
    ["abcd", 'Unknown type for checksum of 4 digits; md5 has 32, sha1 has 40, sha256 has 64, sha512 has 128 in "abcd"'],
    ["file:gone", "Error downloading checksum file: source path error: stat gone: no such file or directory"],
    ["file:https://example.org/b.ISO", "Error parsing checksum: .iso is not a valid checksum ending"],
  ] as const) {
    test(`the checksum ${JSON.stringify(iso_checksum)} is refused`, async () => {
      assert.deepEqual((await prepare({ iso_url: url, iso_checksum })).problems, [`iso_checksum: ${problem}`]);
    });
  }

  test("to check nothing is possible, with a warning", async () => {
    const { problems, warnings } = await prepare({ iso_url: url, iso_checksum: "none" });
    assert.deepEqual(problems, []);
    assert.deepEqual(warnings, [
      "A checksum of 'none' was specified. Since ISO files are so big,\na checksum is highly recommended.",
    ]);
  });

  test("a local ISO that is missing is a warning, because it may come before the build", async () => {
    assert.deepEqual((await prepare({ iso_url: "a.iso", iso_checksum: sha256 })).warnings, []);
    const { problems, warnings } = await prepare({ iso_url: "b.iso", iso_checksum: sha256 });
    assert.deepEqual(problems, []);
    assert.deepEqual(warnings, [
      `The ISO is not there (yet): stat b.iso: no such file or directory. Paths are relative to the current folder, ${cwd}.`,
    ]);
  });

  test("what is only known during the run is not judged before", async () => {
    const { problems, warnings } = await prepareOptions(
      builder,
      { iso_url: "x", iso_checksum: "x" },
      { host, isPending: () => true },
    );
    assert.deepEqual([problems, warnings], [[], []]);
  });

  test("sources are tried in order, without empty ones", () => {
    assert.deepEqual(listIsoSources({ iso_url: undefined, iso_urls: ["a", "", "b"] }), ["a", "b"]);
    assert.deepEqual(listIsoSources({ iso_url: "c", iso_urls: [] }), ["c"]);
  });

  test("a checksum's kind follows from its length, and its letters are small", () => {
    assert.deepEqual(parseIsoChecksum("A".repeat(32)), { kind: "digest", algorithm: "md5", hex: "a".repeat(32) });
    assert.deepEqual(parseIsoChecksum(`SHA512:${"B".repeat(128)}`), {
      kind: "digest",
      algorithm: "sha512",
      hex: "b".repeat(128),
    });
    assert.deepEqual(parseIsoChecksum("file:../SHA256SUMS"), { kind: "file", source: "../SHA256SUMS" });
  });
});

const nothing = { problems: [], warnings: [], generates: [] };

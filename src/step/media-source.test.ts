// Options of the HTTP server, the floppy disk and the CD as a template writes them.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { prepareOptions } from "../../test/fakes/prepare.ts";
import { openFileGate } from "../host/file-gate.ts";
import { defineBuilder } from "../sdk/builder.ts";
import { cdStep } from "./cd.ts";
import { floppyStep } from "./floppy.ts";
import { httpServerStep } from "./http-server.ts";

const builder = defineBuilder({
  type: "test",
  summary: "Gives its machine files.",
  options: { ...httpServerStep.options, ...floppyStep.options, ...cdStep.options },
  communicators: [],
  prepare(config, context) {
    httpServerStep.check(config, context);
    floppyStep.check(config, context);
    cdStep.check(config, context);
  },
  build: async () => undefined,
});

describe("step/media-source", () => {
  const cwd = mkdtempSync(join(tmpdir(), "media-options-"));
  after(() => rmSync(cwd, { recursive: true, force: true }));
  mkdirSync(join(cwd, "www"));
  writeFileSync(join(cwd, "a.txt"), "a");
  const host = {
    platform: "linux" as const,
    cwd,
    env: {},
    homeDir: "/home/tester",
    files: openFileGate(),
    tempDir: "/nowhere/tmp",
    cacheDir: "/nowhere/cache",
  };
  const problems = async (given: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
    (await prepareOptions(builder, given, { host })).problems;

  it("takes what exists, and patterns whether they fit anything or not", async () => {
    const { problems, warnings, config } = await prepareOptions(
      builder,
      {
        http_directory: "www",
        http_port_min: 8080,
        http_port_max: 8080,
        floppy_files: ["a.txt", "nope*", "[!a]\\[.txt", "[^a-c].t?t"],
        floppy_dirs: ["www", "nope/*"],
        cd_files: ["www/", "*"],
        cd_content: { "user-data": "" },
        cd_label: "cidata",
      },
      { host },
    );
    assert.deepEqual([...problems, ...warnings], []);
    assert.equal(config.floppy_label, "packer");
  });

  it("names files that are not there and patterns that are none", async () => {
    assert.deepEqual(
      await problems({ floppy_files: ["nope", "[a"], floppy_dirs: ["nope", "x/[]/y"], cd_files: ["nope", "a[b-"] }),
      [
        "floppy_files: Bad Floppy disk file 'nope': stat nope: no such file or directory",
        "floppy_files: Bad Floppy disk file '[a': syntax error in pattern",
        "floppy_dirs: Bad Floppy disk directory 'nope': stat nope: no such file or directory",
        "floppy_dirs: Bad Floppy disk directory 'x/[]/y': syntax error in pattern",
        "cd_files: Bad CD disk file 'nope': stat nope: no such file or directory",
        "cd_files: Bad CD disk file 'a[b-': syntax error in pattern",
      ],
    );
  });

  it("names labels that cannot be written", async () => {
    assert.deepEqual(await problems({ floppy_label: "twelve chars", cd_label: "x".repeat(33) }), [
      "floppy_label: The floppy_label 'twelve chars' is too long",
      `cd_label: The cd_label '${"x".repeat(33)}' is too long`,
    ]);
    assert.deepEqual(await problems({ floppy_label: "a/b", cd_label: "x".repeat(32) }), [
      "floppy_label: The floppy_label 'a/b' has characters that a label cannot have",
    ]);
    assert.equal((await problems({ floppy_label: "ü" })).length, 1);
  });

  it("names what the HTTP server cannot do", async () => {
    assert.deepEqual(await problems({ http_port_min: 9, http_port_max: 8, http_content: { "a/b": "", "/c": "" } }), [
      "http_port_min: http_port_min must be less than http_port_max",
      "http_content: The path 'a/b' in http_content does not start with a slash",
    ]);
    for (const [first, second] of [
      [{ http_directory: "www" }, { http_content: { "/a": "" } }],
      [{ http_bind_address: "127.0.0.1" }, { http_interface: "lo" }],
    ] as const) {
      assert.match(
        (await problems({ ...first, ...second })).join(),
        /^option\/conflict: Only one of "\w+" and "\w+" can be set$/,
      );
    }
    assert.equal((await problems({ http_network_protocol: "unix" })).length, 1);
    assert.equal((await problems({ http_port_max: 70_000 })).length, 1);
  });

  it("warns of an http_directory that is not there, as packer serves nothing from it", async () => {
    const { problems, warnings } = await prepareOptions(builder, { http_directory: "nope" }, { host });
    assert.deepEqual(problems, []);
    assert.match(
      warnings.join(),
      /^Bad http_directory 'nope': stat nope: no such file or directory\. Requests for its files will fail\. /,
    );
  });

  it("tells what is read, for patterns the folder they look in", () => {
    assert.deepEqual(floppyStep.reads({ floppy_files: ["a.txt", "b/*.inf", "*"], floppy_dirs: ["c/", "d/[ab]/e"] }), [
      "a.txt",
      "b",
      ".",
      "c/",
      "d",
    ]);
    assert.deepEqual(cdStep.reads({ cd_files: ["/x/y?/z", "q"] }), ["/x", "q"]);
    assert.deepEqual(httpServerStep.reads({ http_directory: "www" }), ["www"]);
    assert.deepEqual(httpServerStep.reads({ http_directory: undefined }), []);
  });
});

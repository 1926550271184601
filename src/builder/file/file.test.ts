import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { type FakeBuildRun, fakeBuildRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { openFileGate } from "../../host/file-gate.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { file } from "./file.ts";

describe("builder/file", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "file-builder-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function build(given: Readonly<Record<string, unknown>>): Promise<{ run: FakeBuildRun; artifact: Artifact }> {
    const run = fakeBuildRun({ component: file, host: fakeHost({ cwd: folder }), generated: { ID: "x" } });
    const artifact = await file.build(await configOf(file, given), run);
    assert.ok(artifact);
    return { run, artifact };
  }

  test("writes a text into a file that only its owner may read, with its folder", async () => {
    const { run, artifact } = await build({ target: "out/deep/x.txt", content: "hello" });
    const path = join(folder, "out/deep/x.txt");
    assert.equal(await readFile(path, "utf8"), "hello");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(run.lines, []);
    assert.deepEqual(artifact.files, ["out/deep/x.txt"]);
  });

  test("copies a file and says so", async () => {
    await writeFile(join(folder, "tool"), "12345");
    await chmod(join(folder, "tool"), 0o755);
    const { run } = await build({ target: "copy", source: "tool" });
    assert.equal(await readFile(join(folder, "copy"), "utf8"), "12345");
    assert.equal((await stat(join(folder, "copy"))).mode & 0o111, 0, "a copy cannot be run");
    assert.deepEqual(run.lines, ["==> Copying tool to copy", "==> Copied 5 bytes"]);
  });

  test("runs the provisioners once the file is there, without a machine", async () => {
    const seen: string[] = [];
    const provision = async (over: unknown): Promise<void> =>
      void seen.push(String(over), await readFile(join(folder, "t"), "utf8"));
    const run = fakeBuildRun({ component: file, host: fakeHost({ cwd: folder }), provision });
    await file.build(await configOf(file, { target: "t", content: "c" }), run);
    assert.deepEqual(seen, ["undefined", "c"]);
    assert.deepEqual(run.targets, []);
  });

  test("the artifact is the file, and destroying it removes the file, also twice", async () => {
    const { artifact } = await build({ target: "t", content: "c" });
    assert.equal(artifact.builderId, "packer.file");
    assert.equal(artifact.id, "File");
    assert.equal(artifact.describe(), "Stored file: t");
    assert.deepEqual(artifact.state("generated_data"), { ID: "x" });
    await artifact.destroy();
    await assert.rejects(stat(join(folder, "t")));
    await artifact.destroy();
  });

  test("an old file is replaced", async () => {
    await writeFile(join(folder, "t"), "a long old text");
    await build({ target: "t", content: "new" });
    assert.equal(await readFile(join(folder, "t"), "utf8"), "new");
  });

  test("a source that is not there is named", async () => {
    await rejectsWith(build({ target: "t", source: "nope" }), {
      code: "host/file-unreadable",
      message: /nope could not be read/,
    });
  });

  test("a target that cannot be written is named", async () => {
    await mkdir(join(folder, "taken"));
    await rejectsWith(build({ target: "taken", content: "x" }), {
      code: "host/file-unwritable",
      message: /could not be written/,
    });
  });

  test("a target is needed, and only one of content and source", async () => {
    assert.deepEqual((await prepareOptions(file, { content: "x" })).problems, [
      'option/missing: Missing required option "target"',
    ]);
    const both = { target: "t", content: "x", source: "y" };
    assert.deepEqual((await prepareOptions(file, both)).problems, [
      'option/conflict: Only one of "source" and "content" can be set',
    ]);
  });

  test("an empty file is made with a warning", async () => {
    const { problems, warnings } = await prepareOptions(file, { target: "t" });
    assert.deepEqual(problems, []);
    assert.deepEqual(warnings, ["Both source file and contents are blank; target will have no content"]);
  });

  test("a target that others need is refused: the folders of the template and of the user, and what links to them", async () => {
    await symlink(process.cwd(), join(folder, "link"));
    await writeFile(join(folder, "template.json"), "{}");
    const settings = {
      force: true,
      debug: false,
      onError: "cleanup" as const,
      packerVersion: "1.11.2",
      templateFiles: [join(folder, "template.json")],
    };
    for (const target of [
      ".",
      "./",
      "/",
      "..",
      process.cwd(),
      join(folder, "link"),
      join(folder, "template.json"),
      tmpdir(),
    ]) {
      const host = {
        platform: "linux",
        cwd: process.cwd(),
        env: { TMPDIR: tmpdir() },
        homeDir: "/nowhere",
        tempDir: tmpdir(),
        cacheDir: "/nowhere",
        files: openFileGate(),
      };
      const { problems } = await prepareOptions(
        file,
        { target, content: "x" },
        { host: { ...host, platform: "linux" }, settings },
      );
      assert.match(problems[0] ?? "nothing", /^target: ".*" (is|holds) the /, target);
    }
  });

  test("an old file stays when the new one cannot be written whole, and nothing is beside it", async () => {
    await writeFile(join(folder, "t"), "good");
    const signal = AbortSignal.abort();
    const run = fakeBuildRun({ component: file, host: fakeHost({ cwd: folder }), signal });
    await assert.rejects(async () => file.build(await configOf(file, { target: "t", content: "new" }), run));
    await run.finish();
    assert.deepEqual([await readdir(folder), await readFile(join(folder, "t"), "utf8")], [["t"], "good"]);
  });

  test("destroying the artifact leaves a file that somebody else put there since", async () => {
    const { artifact } = await build({ target: "t", content: "old" });
    await build({ target: "t", content: "of another build" });
    await artifact.destroy();
    assert.equal(await readFile(join(folder, "t"), "utf8"), "of another build");
  });
});

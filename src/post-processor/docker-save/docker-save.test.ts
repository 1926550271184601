import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type FakeProgram, fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { makeImageArtifact } from "../../step/docker-image.ts";
import { dockerSave } from "./docker-save.ts";

const image = makeImageArtifact({
  ...{ builderId: "packer.post-processor.docker-tag", id: "n:1", tags: ["n:1"], generated: {} },
  destroy: async () => {},
});

describe("post-processor/docker-save", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "docker-save-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function process(path: string, answer: FakeProgram, input = image) {
    const host = fakeHost({ cwd: folder, programs: { docker: answer } });
    const run = fakeRun({ host, component: dockerSave });
    return { run, host, result: dockerSave.postProcess(await configOf(dockerSave, { path }), input, run) };
  }

  test("the image is written to the file, in a new folder, and the artifact stays what it was", async () => {
    const { run, host, result } = await process("sub/image.tar", () => ({ stdout: "layers" }));
    assert.deepEqual(await result, { artifact: image, input: "keep" });
    await run.finish();
    assert.deepEqual(host.started, [["docker", "save", "n:1"]]);
    assert.deepEqual(run.lines, ["    Saving image: n:1", "    Saved to: sub/image.tar"]);
    assert.deepEqual(readdirSync(join(folder, "sub")), ["image.tar"]);
    assert.equal(readFileSync(join(folder, "sub/image.tar"), "utf8"), "layers");
  });

  test("when docker fails the old file is what it was, and nothing is beside it", async () => {
    writeFileSync(join(folder, "image.tar"), "old");
    const { run, result } = await process("image.tar", ([, name]) =>
      name === "save" ? { code: 1, stdout: "half", stderr: "no such image" } : {},
    );
    await rejectsWith(result, { code: "docker/save", message: "Error saving image\nno such image" });
    await run.finish();
    assert.deepEqual(readdirSync(folder), ["image.tar"]);
    assert.equal(readFileSync(join(folder, "image.tar"), "utf8"), "old");
  });

  test("a path that cannot be written is named", async () => {
    writeFileSync(join(folder, "file"), "");
    const { result } = await process("file/image.tar", () => ({ stdout: "layers" }));
    await rejectsWith(result, { code: "host/file-unwritable", message: /file\/image\.tar could not be written/ });
  });

  test("only images can be saved, and a path is needed", async () => {
    const { result } = await process("image.tar", () => ({}), { ...image, builderId: "packer.docker" });
    await rejectsWith(result, {
      code: "docker/artifact",
      message: "Unknown artifact type: packer.docker\nCan only save Docker builder artifacts.",
    });
    assert.deepEqual((await prepareOptions(dockerSave, {})).problems, [
      'option/missing: Missing required option "path"',
    ]);
  });
});

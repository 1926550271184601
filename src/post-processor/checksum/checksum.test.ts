import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { type FakeRun, fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { checksum } from "./checksum.ts";

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "checksum-test-"));
  await writeFile(join(cwd, "one.txt"), "hello hello hello\n");
  await writeFile(join(cwd, "empty"), "");
});
afterEach(() => rm(cwd, { recursive: true }));

const OUTPUT = "packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum";

function artifactOf(...files: string[]): Artifact {
  return { builderId: "x", id: "x", files, describe: () => "", state: () => undefined, destroy: async () => {} };
}

function runIn(signal = new AbortController().signal): FakeRun {
  return fakeRun({ component: checksum, build: { name: "one", builderType: "file" }, host: fakeHost({ cwd }), signal });
}

function read(name: string): Promise<string> {
  return readFile(join(cwd, name), "utf8");
}

describe("post-processor/checksum", () => {
  it("every type gives a file with a line for each file, as Packer writes them", async () => {
    const types = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
    const run = runIn();
    const { artifact, input } = await checksum.postProcess(
      { checksum_types: types, output: OUTPUT },
      artifactOf("one.txt", "empty"),
      run,
    );
    assert.equal(
      await read("packer_one_file_md5.checksum"),
      "91863df4d5880cbf6c7c9ea9d8baf8b5\tone.txt\nd41d8cd98f00b204e9800998ecf8427e\tempty\n",
    );
    const first = async (type: string): Promise<string> =>
      (await read(`packer_one_file_${type}.checksum`)).split("\n")[0] ?? "";
    assert.equal(await first("sha1"), "60d7d326def83a339a99fa49073b915e288e801f\tone.txt");
    assert.equal(await first("sha224"), "d82ad86b160cd9556a3eee1adae6626633cd00cd9bf2f2bb54aa4b09\tone.txt");
    assert.equal(await first("sha256"), "424bcf85457a858932c1285b3e3f4756c4e4739bfea98a735c2519983f05005f\tone.txt");
    assert.match(await first("sha384"), /^a5fd613b8f58.{84}\tone.txt$/);
    assert.match(await first("sha512"), /^7f790c026ba1.{116}\tone.txt$/);
    assert.equal(input, "must-keep");
    assert.deepEqual(artifact?.files, ["one.txt", "empty", ...types.map((type) => `packer_one_file_${type}.checksum`)]);
    assert.equal(artifact?.builderId, "packer.post-processor.checksum");
    assert.match(
      (await artifact?.describe()) ?? "",
      /^Created artifact from files: one.txt, empty, packer_one_file_md5.checksum, /,
    );
    assert.deepEqual(run.lines, []);
  });

  it("an existing checksum file is added to and is not part of the artifact", async () => {
    await writeFile(join(cwd, "sums"), "before\n");
    const { artifact } = await checksum.postProcess(
      { checksum_types: ["md5", "md5"], output: "sums" },
      artifactOf("one.txt"),
      runIn(),
    );
    assert.equal(await read("sums"), `before\n${"91863df4d5880cbf6c7c9ea9d8baf8b5\tone.txt\n".repeat(2)}`);
    assert.deepEqual(artifact?.files, ["one.txt"]);
  });

  it("one file for all types is listed once, and its folders are made", async () => {
    const { artifact } = await checksum.postProcess(
      { checksum_types: ["md5", "sha1"], output: "a/b/sums" },
      artifactOf("one.txt"),
      runIn(),
    );
    assert.deepEqual(artifact?.files, ["one.txt", "a/b/sums"]);
    assert.equal((await read("a/b/sums")).split("\n").length, 3);
  });

  it("destroying the artifact removes the files and their checksums", async () => {
    const { artifact } = await checksum.postProcess(
      { checksum_types: ["md5"], output: "sums" },
      artifactOf("one.txt"),
      runIn(),
    );
    await artifact?.destroy();
    assert.deepEqual(await readdir(cwd), ["empty"]);
  });

  it("a file that cannot be read is named, and no checksum is written", async () => {
    await rejectsWith(
      checksum.postProcess({ checksum_types: ["md5"], output: "sums" }, artifactOf("one.txt", "gone.img"), runIn()),
      {
        code: "host/file-unreadable",
        message: /gone\.img/,
      },
    );
    assert.deepEqual((await readdir(cwd)).sort(), ["empty", "one.txt"]);
  });

  it("a cancelled run stops the reading", async () => {
    await assert.rejects(
      checksum.postProcess(
        { checksum_types: ["md5"], output: "sums" },
        artifactOf("one.txt"),
        runIn(AbortSignal.abort(new Error("cancelled"))),
      ),
      /cancelled/,
    );
  });
});

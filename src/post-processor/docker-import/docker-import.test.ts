import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type FakeProgram, fakeHost } from "../../../test/fakes/host.ts";
import { configOf } from "../../../test/fakes/prepare.ts";
import { type FakeRun, fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import type { PostProcessed } from "../../sdk/post-processor.ts";
import { dockerImport } from "./docker-import.ts";

describe("post-processor/docker-import", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "docker-import-"));
    writeFileSync(join(folder, "out.tar"), "the archive");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function process(
    given: Readonly<Record<string, unknown>>,
    input: Partial<Artifact> = {},
    answer: FakeProgram = imported,
  ) {
    const host = fakeHost({ cwd: folder, programs: { docker: answer } });
    const run = fakeRun({ host, component: dockerImport });
    const result = dockerImport.postProcess(await configOf(dockerImport, given), { ...exported, ...input }, run);
    return { run, host, result } satisfies { run: FakeRun; result: Promise<PostProcessed>; host: unknown };
  }

  test("it gives docker the archive and tells the name and the id", async () => {
    const given: string[] = [];
    const { run, host, result } = await process(
      { repository: "reg/name", tag: "0.7", changes: ["ENV A=b", "USER x"], platform: "linux/arm64" },
      {},
      (command, io) => {
        given.push(io.input);
        return imported(command, io);
      },
    );
    const { artifact, input } = await result;
    assert.deepEqual(host.started, [
      [
        "docker",
        "import",
        "--change",
        "ENV A=b",
        "--change",
        "USER x",
        "--platform",
        "linux/arm64",
        "-",
        "reg/name:0.7",
      ],
    ]);
    assert.deepEqual(given, ["the archive"]);
    assert.deepEqual(run.lines, [
      "    Importing image: Container",
      "    Repository: reg/name:0.7",
      "    Imported ID: sha256:abc",
    ]);
    assert.equal(artifact?.builderId, "packer.post-processor.docker-import");
    assert.equal(artifact?.id, "reg/name:0.7");
    assert.equal(artifact?.describe(), "Imported Docker image: reg/name:0.7");
    assert.deepEqual(artifact?.state("generated_data"), { ID: "c" });
    assert.equal(input, "discard");
    await artifact?.destroy();
    assert.deepEqual(host.started.at(-1), ["docker", "rmi", "reg/name:0.7"]);
  });

  test("an image without a name is known by its id", async () => {
    const { host, result } = await process({});
    assert.equal((await result).artifact?.id, "sha256:abc");
    assert.deepEqual(host.started, [["docker", "import", "-"]]);
  });

  test("files of artifice are accepted, images and other artifacts are not", async () => {
    await (await process({ repository: "r" }, { builderId: "packer.post-processor.artifice" })).result;
    const image = process({ repository: "r" }, { builderId: "packer.post-processor.docker-import" });
    await rejectsWith((await image).result, {
      code: "docker/artifact",
      message:
        /^Unknown artifact type: packer.post-processor.docker-import\nCan only import from Docker builder and Artifice post-processor artifacts\./,
    });
  });

  test("an archive that is not there, and one that docker refuses, are errors", async () => {
    await rejectsWith((await process({}, { files: ["gone.tar"] })).result, {
      code: "docker/import",
      message: /gone\.tar/,
    });
    await rejectsWith((await process({}, { files: [""] })).result, { code: "docker/import", message: /no file/ });
    const refusing: FakeProgram = ([, name]) => (name === "import" ? { code: 1, stderr: "bad archive" } : {});
    await rejectsWith((await process({}, {}, refusing)).result, {
      code: "docker/import",
      message: "Error importing container\nbad archive",
    });
  });
});

const imported: FakeProgram = () => ({ stdout: "sha256:abc\n" });

const exported: Artifact = {
  builderId: "packer.docker",
  id: "Container",
  files: ["out.tar"],
  describe: () => "",
  state: (name) => (name === "generated_data" ? { ID: "c" } : undefined),
  destroy: async () => {},
};

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FakeProgram, fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { makeImageArtifact } from "../../step/docker-image.ts";
import { dockerTag } from "./docker-tag.ts";

const image = makeImageArtifact({
  builderId: "packer.post-processor.docker-import",
  id: "sha256:abc",
  tags: [],
  generated: { ID: "c" },
  destroy: async () => {},
});

async function process(given: Readonly<Record<string, unknown>>, input = image, answer: FakeProgram = () => ({})) {
  const host = fakeHost({ programs: { docker: answer } });
  const run = fakeRun({ host, component: dockerTag });
  return { run, host, result: dockerTag.postProcess(await configOf(dockerTag, given), input, run) };
}

describe("post-processor/docker-tag", () => {
  test("every tag is given, the last one is the artifact's id, and all are its tags", async () => {
    const { run, host, result } = await process({ repository: "reg:5000/name", tags: ["1", "2"] });
    const { artifact, input } = await result;
    assert.deepEqual(host.started, [
      ["docker", "tag", "sha256:abc", "reg:5000/name:1"],
      ["docker", "tag", "sha256:abc", "reg:5000/name:2"],
    ]);
    assert.deepEqual(run.lines, [
      ...["    Tagging image: sha256:abc", "    Repository: reg:5000/name:1"],
      ...["    Tagging image: sha256:abc", "    Repository: reg:5000/name:2"],
    ]);
    assert.equal(artifact?.builderId, "packer.post-processor.docker-tag");
    assert.equal(artifact?.id, "reg:5000/name:2");
    assert.deepEqual(artifact?.state("docker_tags"), ["reg:5000/name:1", "reg:5000/name:2"]);
    assert.deepEqual(artifact?.state("tags"), ["reg:5000/name:1", "reg:5000/name:2"]);
    assert.deepEqual(artifact?.state("generated_data"), { ID: "c" });
    assert.equal(
      artifact?.describe(),
      "Imported Docker image: reg:5000/name:2 with tags reg:5000/name:1 reg:5000/name:2",
    );
    assert.equal(input, "must-keep");
  });

  test("without tags the repository alone is the name", async () => {
    const { host, result } = await process({ repository: "name" });
    const { artifact } = await result;
    assert.deepEqual(host.started, [["docker", "tag", "sha256:abc", "name"]]);
    assert.equal(artifact?.describe(), "Imported Docker image: name");
  });

  test("the old option tag still works, after tags, and is said to be old", async () => {
    const { run, host, result } = await process({ repository: "n", tag: ["old"], tags: ["new"] });
    await result;
    assert.deepEqual(
      host.started.map((command) => command[3]),
      ["n:new", "n:old"],
    );
    assert.match(run.lines[0] ?? "", /^==> Deprecation warning: "tag" option has been replaced with "tags"\./);
  });

  test("its own artifacts can be tagged again, others cannot, and a repository is needed", async () => {
    const tagged = makeImageArtifact({
      ...image,
      builderId: "packer.post-processor.docker-tag",
      id: "n:1",
      tags: ["n:1"],
      generated: {},
    });
    const { host, result } = await process({ repository: "m" }, tagged);
    await result;
    assert.deepEqual(host.started[0], ["docker", "tag", "n:1", "m"]);
    const exported = { ...image, builderId: "packer.docker" };
    await rejectsWith((await process({ repository: "m" }, exported)).result, {
      code: "docker/artifact",
      message: "Unknown artifact type: packer.docker\nCan only tag from Docker builder artifacts.",
    });
    assert.deepEqual((await prepareOptions(dockerTag, {})).problems, [
      'option/missing: Missing required option "repository"',
    ]);
  });

  test("a name that docker refuses is an error in docker's words", async () => {
    const refusing: FakeProgram = ([, name]) =>
      name === "tag" ? { code: 1, stderr: "invalid reference format\n" } : {};
    await rejectsWith((await process({ repository: "BAD" }, image, refusing)).result, {
      code: "docker/tag",
      message: "Error tagging image\ninvalid reference format",
    });
  });

  test("destroying the artifact leaves a name that another image has by now", async () => {
    for (const [now, commands] of [
      ["sha256:other", ["tag", "image"]],
      ["sha256:abc", ["tag", "image", "rmi"]],
    ] as const) {
      const engine: FakeProgram = ([, what]) => (what === "image" ? { stdout: `${now} []\n` } : {});
      const { run, host, result } = await process({ repository: "name" }, image, engine);
      await (await result).artifact?.destroy();
      assert.deepEqual(
        host.started.map(([, what]) => what),
        commands,
      );
      assert.equal(
        run.lines.includes("    name is the name of another image now, so it stays"),
        now === "sha256:other",
      );
    }
  });
});

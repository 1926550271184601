// Builds of real images that are left out while nothing changed, base image and registry included.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type BuildRun, buildFolder } from "../fakes/build-command.ts";
import { baseImage, docker, removeImageAfter, startRegistry } from "../servers/docker-fixture.ts";

/** A name that this test alone moves from image to image. */
function movingName(t: TestContext, image: string): string {
  const name = `packer-ts-test/moving-${process.pid}:1`;
  docker(["tag", image, name]);
  t.after(() => void spawnSync("docker", ["rmi", name], { stdio: "ignore" }));
  return name;
}

/** Another image, which differs in a label. */
function otherImage(t: TestContext, image: string): string {
  const id = docker(["build", "-q", "-"], Buffer.from(`FROM ${image}\nLABEL other=${process.pid}.${Math.random()}\n`));
  removeImageAfter(t, id);
  return id;
}

function template(image: string, more: object = {}): string {
  return JSON.stringify({
    variables: { password: "hunter22" },
    "sensitive-variables": ["password"],
    builders: [{ type: "docker", image, pull: false, commit: true, ...more }],
    provisioners: [{ type: "shell", script: "setup.sh", environment_vars: ["PASSWORD={{user `password`}}"] }],
  });
}

function removeMadeAfter(t: TestContext, { events }: BuildRun): string {
  const [id = ""] = events.flatMap((event) =>
    event.type === "build-ended" ? event.artifacts.map((artifact) => artifact.id) : [],
  );
  removeImageAfter(t, id);
  return id;
}

describe("e2e/unchanged-docker", () => {
  test("an image is made once, and again for a script, a secret or a base that changed", {
    timeout: 120_000,
  }, async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const base = movingName(t, image);
    const { folder, run } = buildFolder(t, { "t.json": template(base), "setup.sh": "echo one\n" });
    const made = removeMadeAfter(t, await run("t.json"));
    const same = await run("t.json");
    assert.deepEqual([same.exitCode, same.built, same.reasons], [0, [], { docker: [] }]);
    assert.ok(same.text.includes(`--> docker: Imported Docker image: ${made}`));

    writeFileSync(join(folder, "setup.sh"), "echo two\n");
    const scripted = await run("t.json");
    removeMadeAfter(t, scripted);
    assert.deepEqual([scripted.built, scripted.reasons], [["docker"], { docker: ["file setup.sh: changed"] }]);

    const vars = { password: "correct horse" };
    const secret = await run("t.json", { vars });
    removeMadeAfter(t, secret);
    assert.deepEqual(secret.reasons["docker"], [
      "variable password: changed",
      "provisioner (shell), environment_vars[0]: changed",
    ]);
    assert.doesNotMatch(secret.text, /hunter22|correct horse/);

    docker(["tag", otherImage(t, image), base]);
    const based = await run("t.json", { vars });
    const last = removeMadeAfter(t, based);
    assert.equal(based.reasons["docker"]?.length, 1);
    assert.match(
      based.reasons["docker"]?.[0] ?? "",
      /^base image packer-ts-test\/moving-\d+:1: sha256:\w{64} -> sha256:\w{64}$/,
    );

    docker(["rmi", last]);
    const gone = await run("t.json", { vars });
    removeMadeAfter(t, gone);
    assert.deepEqual(gone.reasons["docker"], [`its artifact ${last} is gone`]);
    assert.deepEqual((await run("t.json", { vars })).built, []);
  });

  test("a base that would be pulled is looked up in its registry, and a pushed image counts as there", {
    timeout: 120_000,
  }, async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const registry = await startRegistry(t);
    if (registry === undefined) {
      return;
    }
    const base = `${registry.server}/base:1`;
    const app = `${registry.server}/app:1`;
    const push = (id: string): void => {
      docker(["tag", id, base]);
      docker(["push", base]);
    };
    removeImageAfter(t, base, app);
    // What was pulled keeps a name with its digest.
    t.after(() => {
      const names = docker([
        "images",
        "--digests",
        "--format",
        "{{.Repository}}@{{.Digest}}",
        `${registry.server}/base`,
      ]).split("\n");
      spawnSync("docker", ["rmi", ...names.filter((name) => name.includes("@sha256:"))], { stdio: "ignore" });
    });
    push(image);
    const text = JSON.stringify({
      builders: [{ type: "docker", image: base, commit: true }],
      "post-processors": [[{ type: "docker-tag", repository: `${registry.server}/app`, tags: ["1"] }, "docker-push"]],
    });
    const { run } = buildFolder(t, { "t.json": text });
    const first = await run("t.json");
    assert.equal(first.exitCode, 0, first.text);
    docker(["rmi", "-f", app]);
    const second = await run("t.json");
    assert.deepEqual([second.built, second.reasons], [[], { docker: [] }]);

    push(otherImage(t, image));
    const third = await run("t.json");
    assert.deepEqual(third.built, ["docker"]);
    assert.match(
      third.reasons["docker"]?.join() ?? "",
      /^base image 127\.0\.0\.1:\d+\/base:1: manifest:\w+ -> manifest:\w+$/,
    );
  });

  test("a base that cannot be looked up is a reason to build", { timeout: 60_000 }, async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const { run } = buildFolder(t, { "t.json": template("127.0.0.1:1/nobody/there:1"), "setup.sh": "echo one\n" });
    const { exitCode, reasons } = await run("t.json");
    assert.equal(exitCode, 1);
    assert.match(
      reasons["docker"]?.[1] ?? "",
      /^what it starts from could not be looked up: The registry does not show the image 127\.0\.0\.1:1\/nobody\/there:1: /,
    );
  });

  test("the images that a Dockerfile starts from count, and so does what it is given", {
    timeout: 120_000,
  }, async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const base = movingName(t, image);
    const builder = {
      type: "docker",
      build: { path: "image/Dockerfile", build_dir: "image", pull: false },
      commit: true,
    };
    const { folder, run } = buildFolder(t, {
      "t.json": JSON.stringify({ builders: [builder] }),
      "image/Dockerfile": `FROM ${base}\nCOPY a.txt /a.txt\n`,
      "image/a.txt": "a",
    });
    removeMadeAfter(t, await run("t.json"));
    assert.deepEqual((await run("t.json")).built, []);
    writeFileSync(join(folder, "image/a.txt"), "b");
    const second = await run("t.json");
    removeMadeAfter(t, second);
    assert.deepEqual(second.reasons["docker"], ["file image/a.txt: changed"]);
    docker(["tag", otherImage(t, image), base]);
    const third = await run("t.json");
    removeMadeAfter(t, third);
    assert.match(third.reasons["docker"]?.join() ?? "", /^base image packer-ts-test\/moving-\d+:1: /);
  });
});

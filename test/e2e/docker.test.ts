// The docker builder and its post-processors on a real engine and a real registry.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { dockerImport } from "../../src/post-processor/docker-import/docker-import.ts";
import { dockerPush } from "../../src/post-processor/docker-push/docker-push.ts";
import { dockerSave } from "../../src/post-processor/docker-save/docker-save.ts";
import { dockerTag } from "../../src/post-processor/docker-tag/docker-tag.ts";
import type { Artifact } from "../../src/sdk/artifact.ts";
import type { OptionSchema } from "../../src/sdk/option.ts";
import type { PostProcessor } from "../../src/sdk/post-processor.ts";
import { configOf } from "../fakes/prepare.ts";
import { type FakeRun, fakeRun } from "../fakes/run.ts";
import { rejectsWith } from "../rejects.ts";
import {
  baseImage,
  docker,
  REGISTRY_PASSWORD,
  REGISTRY_USER,
  realHost,
  removeImageAfter,
  startRegistry,
} from "../servers/docker-fixture.ts";
import { build, leftovers, scratch, shell } from "./docker-build.ts";

describe("e2e/docker", () => {
  test("a committed image has the provisioned files, the changes, the author and the message, and nothing else is left", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    const { run, artifact } = await build(
      {
        image,
        pull: false,
        commit: true,
        author: "Me <me@example.org>",
        message: "why not",
        changes: ["ENV A=b", "USER app", 'CMD ["id"]'],
      },
      {
        folder,
        async provision(machine, own) {
          await machine.upload({ content: pieces("uploaded\n"), size: 9, mode: 0o640 }, "/etc/uploaded", own.signal);
          await shell(machine, own, "echo made > /etc/made && chown app /etc/made && ls -d /packer-files");
        },
      },
    );
    removeImageAfter(t, artifact.id);
    assert.deepEqual(leftovers(folder), []);
    const facts = JSON.parse(docker(["image", "inspect", artifact.id]))[0];
    assert.equal(facts.Author, "Me <me@example.org>");
    assert.equal(facts.Comment, "why not");
    assert.ok(facts.Config.Env.includes("A=b"));
    assert.deepEqual([facts.Config.User, facts.Config.Cmd, facts.Config.Labels], ["app", ["id"], {}]);
    const files = docker([
      "run",
      "--rm",
      "-u",
      "root",
      "--entrypoint=/bin/sh",
      artifact.id,
      "-c",
      "stat -c '%n %u:%g %a' /etc/uploaded /etc/made; cat /etc/uploaded",
    ]);
    assert.equal(files, "/etc/uploaded 0:0 640\n/etc/made 1000:0 644\nuploaded");
    assert.ok(run.lines.includes("    /packer-files"));
    const generated = artifact.state("generated_data") as Record<string, string>;
    assert.equal(generated["ImageSha256"], artifact.id);
    assert.equal(generated["SourceImageSha256"], docker(["image", "inspect", "--format", "{{.Id}}", image]));
    await artifact.destroy();
    assert.notEqual(
      spawnSync("docker", ["image", "inspect", artifact.id]).status,
      0,
      "destroying the artifact removes the image",
    );
    await artifact.destroy();
  });

  test("the container has its volumes, memory folders, capabilities and devices", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    mkdirSync(join(folder, "vol"));
    writeFileSync(join(folder, "vol/file"), "from here");
    const options = {
      volumes: { [join(folder, "vol")]: "/vol" },
      tmpfs: ["/mem"],
      cap_drop: ["CHOWN"],
      cap_add: ["SYS_TIME"],
      device: ["/dev/null:/dev/own"],
    };
    const { run } = await build(
      { image, pull: false, discard: true, container_dir: "/shared", exec_user: "root", ...options },
      {
        folder,
        async provision(machine, own) {
          await shell(
            machine,
            own,
            "cat /vol/file; echo; grep -c ' /mem tmpfs ' /proc/mounts; test -c /dev/own && echo device; ls -d /shared",
          );
          await shell(machine, own, "chown app /bin/busybox 2>/dev/null || echo no chown");
        },
      },
    );
    assert.deepEqual(run.lines.slice(-6, -1), ["    from here", "    1", "    device", "    /shared", "    no chown"]);
    assert.deepEqual(leftovers(folder), ["vol"]);
  });

  test("an image built from a Dockerfile can be the start", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    mkdirSync(join(folder, "context"));
    writeFileSync(join(folder, "context/hello"), "hello");
    writeFileSync(join(folder, "Base"), `FROM ${image}\nARG WHO\nCOPY hello /hello\nRUN echo " $WHO" >> /hello\n`);
    const dockerfile = { path: "Base", build_dir: "context", arguments: { WHO: "world" }, pull: false };
    const { run } = await build(
      { build: dockerfile, discard: true },
      { folder, provision: (machine, own) => shell(machine, own, "cat /hello") },
    );
    const [, base = ""] = /SourceImageSha256":"([^"]+)/.exec(JSON.stringify(run.generated)) ?? [];
    removeImageAfter(t, base);
    assert.ok(run.lines.includes("    hello world"));
    assert.deepEqual(leftovers(folder), ["Base", "context"]);
  });

  test("an export is imported, tagged, saved, and loads again", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    const name = `packer-ts-test/chain-${process.pid}`;
    removeImageAfter(t, `${name}:1`, `${name}:2`, `${name}:3`);
    const provision = (machine: Parameters<typeof shell>[0], own: Parameters<typeof shell>[1]): Promise<void> =>
      shell(machine, own, "echo x > /made");
    const { artifact } = await build({ image, pull: false, export_path: "out/fs.tar" }, { folder, provision });
    assert.ok(spawnSync("tar", ["-tf", join(folder, "out/fs.tar")], { encoding: "utf8" }).stdout.includes("\nmade\n"));
    assert.equal(statSync(join(folder, "out/fs.tar")).mode & 0o777, 0o644);

    const imported = await process1(
      dockerImport,
      { repository: name, tag: "1", changes: ["ENV Q=1", "ENV PATH=/bin"] },
      artifact,
      folder,
    );
    const tagged = await process1(dockerTag, { repository: name, tags: ["2", "3"] }, imported.artifact, folder);
    const saved = await process1(dockerSave, { path: "saved.tar" }, tagged.artifact, folder);
    assert.equal(saved.artifact, tagged.artifact);
    docker(["rmi", `${name}:1`, `${name}:2`, `${name}:3`]);
    docker(["load", "-i", join(folder, "saved.tar")]);
    assert.equal(docker(["run", "--rm", `${name}:3`, "sh", "-c", "echo $Q; cat /made"]), "1\nx");
    assert.deepEqual(leftovers(folder), ["out", "saved.tar"]);
  });

  test("a push with a login arrives with its digest, can be pulled with a login, and the user's settings never change", async (t) => {
    const image = baseImage(t);
    const registry = image === undefined ? undefined : await startRegistry(t, { login: true });
    if (image === undefined || registry === undefined) {
      return;
    }
    const folder = scratch(t);
    const name = `${registry.server}/team/app`;
    removeImageAfter(t, `${name}:1`, `${name}:2`);
    const login = {
      login: true,
      login_server: registry.server,
      login_username: REGISTRY_USER,
      login_password: REGISTRY_PASSWORD,
    };
    const settings = userSettings();
    const { artifact } = await build(
      { image, pull: false, commit: true },
      { folder, provision: (m, own) => shell(m, own, "echo v1 > /version") },
    );
    const tagged = await process1(dockerTag, { repository: name, tags: ["1", "2"] }, artifact, folder);
    const pushed = await process1(dockerPush, login, tagged.artifact, folder);

    const tags = (await (await registry.get("/v2/team/app/tags/list")).json()) as { tags: string[] };
    assert.deepEqual(tags.tags.sort(), ["1", "2"]);
    const accept = "application/vnd.docker.distribution.manifest.v2+json";
    const manifest = await registry.get("/v2/team/app/manifests/2", { accept });
    assert.equal(manifest.status, 200);
    const generated = pushed.artifact.state("generated_data") as Record<string, string>;
    assert.equal(generated["Digest"], `${name}@${manifest.headers.get("docker-content-digest")}`);

    docker(["rmi", `${name}:1`, `${name}:2`]);
    const again = await build(
      { image: `${name}:1`, discard: true, ...login },
      { folder, provision: (m, own) => shell(m, own, "cat /version") },
    );
    assert.ok(again.run.lines.includes("    v1"));
    assert.match(String(again.run.generated["SourceImageDigest"]), new RegExp(`^${name}@sha256:`));
    assert.deepEqual(userSettings(), settings);
    assert.deepEqual(leftovers(folder), []);
  });

  test("an image that loses the entry point of its base says so, unless the template sets one", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    const name = `packer-ts-test/entry-${process.pid}:1`;
    const made = docker(["create", image]);
    docker(["commit", "--change", 'ENTRYPOINT ["/bin/echo"]', made, name]);
    docker(["rm", made]);
    removeImageAfter(t, name);
    for (const [changes, isSaid] of [
      [[], true],
      [['ENTRYPOINT ["/bin/echo"]'], false],
    ] as const) {
      const { run, artifact } = await build({ image: name, pull: false, commit: true, changes }, { folder });
      removeImageAfter(t, artifact?.id ?? "");
      const words = /entry point will be \["\/bin\/sh"\], not \["\/bin\/echo"\]/;
      assert.equal(
        run.lines.some((line) => words.test(line)),
        isSaid,
        run.lines.join("\n"),
      );
    }
  });

  test("logging in to one registry leaves the user logged in to another", async (t) => {
    const image = baseImage(t);
    const registry = image === undefined ? undefined : await startRegistry(t, { login: true });
    const other = registry === undefined ? undefined : await startRegistry(t, { login: true });
    if (image === undefined || registry === undefined || other === undefined) {
      return;
    }
    const folder = scratch(t);
    const auth = Buffer.from(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`).toString("base64");
    const config = scratch(t);
    writeFileSync(join(config, "config.json"), JSON.stringify({ auths: { [other.server]: { auth } } }));
    const before = process.env["DOCKER_CONFIG"];
    process.env["DOCKER_CONFIG"] = config;
    t.after(() => {
      delete process.env["DOCKER_CONFIG"];
      Object.assign(process.env, before === undefined ? {} : { DOCKER_CONFIG: before });
    });
    const login = {
      login: true,
      login_server: registry.server,
      login_username: REGISTRY_USER,
      login_password: REGISTRY_PASSWORD,
    };
    const name = `${other.server}/team/app:1`;
    docker(["tag", image, name]);
    removeImageAfter(t, name);
    const tagged = { ...(await anImage(t, image, folder)), id: name };
    await process1(dockerPush, login, tagged, folder);
    docker(["rmi", name]);
    await build({ image: name, discard: true, ...login }, { folder });
    assert.deepEqual(JSON.parse(readFileSync(join(config, "config.json"), "utf8")), {
      auths: { [other.server]: { auth } },
    });
  });

  test("a wrong login, a missing login and a missing image are errors that say so", async (t) => {
    const image = baseImage(t);
    const registry = image === undefined ? undefined : await startRegistry(t, { login: true });
    if (image === undefined || registry === undefined) {
      return;
    }
    const folder = scratch(t);
    const name = `${registry.server}/team/none`;
    const wrong = {
      login: true,
      login_server: registry.server,
      login_username: REGISTRY_USER,
      login_password: "wrong",
    };
    await rejectsWith(build({ image: name, discard: true, ...wrong }, { folder }), {
      code: "docker/login",
      failure: "auth",
      message: /401 Unauthorized/,
    });
    await rejectsWith(build({ image: name, discard: true }, { folder }), {
      code: "docker/pull",
      message: /no basic auth credentials/,
    });
    const right = { ...wrong, login_password: REGISTRY_PASSWORD };
    await rejectsWith(build({ image: name, discard: true, ...right }, { folder }), {
      code: "docker/pull",
      message: /not found|unknown/,
    });
    const tagged = { ...(await anImage(t, image, folder)), id: `${name}:1` };
    docker(["tag", image, `${name}:1`]);
    removeImageAfter(t, `${name}:1`);
    await rejectsWith(process1(dockerPush, {}, tagged, folder), {
      code: "docker/push",
      message: /no basic auth credentials/,
    });
    await rejectsWith(process1(dockerPush, wrong, tagged, folder), { code: "docker/login" });
    assert.deepEqual(leftovers(folder), []);
  });
});

async function process1<S extends OptionSchema>(
  component: PostProcessor<S>,
  given: Readonly<Record<string, unknown>>,
  input: Artifact,
  folder: string,
): Promise<{ run: FakeRun; artifact: Artifact }> {
  const host = { ...realHost({ PACKER_TMP_DIR: folder }), cwd: folder };
  const run = fakeRun({ host, component });
  try {
    const { artifact } = await component.postProcess(await configOf(component, given), input, run);
    assert.ok(artifact);
    return { run, artifact };
  } finally {
    await run.finish();
  }
}

async function anImage(t: TestContext, image: string, folder: string): Promise<Artifact> {
  const { artifact } = await build({ image, pull: false, commit: true }, { folder });
  removeImageAfter(t, artifact.id);
  return artifact;
}

function userSettings(): string | undefined {
  const path = join(process.env["HOME"] ?? "/root", ".docker/config.json");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

async function* pieces(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    yield Buffer.from(part);
  }
}

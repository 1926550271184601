// What goes wrong around a docker build: said clearly, and nothing left behind.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { BuildError } from "../../src/diagnostic/build-error.ts";
import { dockerSave } from "../../src/post-processor/docker-save/docker-save.ts";
import { makeImageArtifact } from "../../src/step/docker-image.ts";
import { configOf } from "../fakes/prepare.ts";
import { fakeRun } from "../fakes/run.ts";
import { needs } from "../needs.ts";
import { cancelled, rejectsWith } from "../rejects.ts";
import { BASE_IMAGE, baseImage, docker, realHost } from "../servers/docker-fixture.ts";
import { build, leftovers, scratch, shell, startBuild } from "./docker-build.ts";

describe("e2e/docker: faults", () => {
  test("a container that is killed from outside ends the build, in words that say so", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    const ends: unknown[] = [];
    const { run, result } = await startBuild(
      { image, pull: false, commit: true },
      {
        folder,
        async provision(machine, own) {
          const killing = wait(300).then(() => spawnSync("docker", ["kill", String(own.generated["ID"])]));
          ends.push(await own.execute(machine, "sleep 60"));
          await killing;
          const next = machine.upload({ content: (async function* () {})(), size: 0 }, "/tmp/next", own.signal);
          await next.catch((thrown) => ends.push(thrown));
          throw new Error("provisioning failed");
        },
      },
    );
    await assert.rejects(result, /provisioning failed/);
    await run.finish();
    assert.deepEqual(ends[0], { end: "disconnected" });
    assert.ok(
      run.lines.some((line) =>
        /^!!! The container [0-9a-f]{64} stopped or was removed while a command was running in it\.$/.test(line),
      ),
    );
    assert.deepEqual(leftovers(folder), []);
  });

  test("a container that was removed from outside fails the next upload and the commit, and its removal is fine", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    const uploads: unknown[] = [];
    const building = build(
      { image, pull: false, commit: true },
      {
        folder,
        async provision(machine, own) {
          spawnSync("docker", ["rm", "-f", String(own.generated["ID"])]);
          await machine
            .upload({ content: (async function* () {})(), size: 0 }, "/tmp/f", own.signal)
            .catch((thrown) => uploads.push(thrown));
        },
      },
    );
    await rejectsWith(building, { code: "docker/commit" });
    assert.ok(uploads[0] instanceof BuildError && uploads[0].diagnostics[0]?.code === "docker/stopped");
    assert.deepEqual(leftovers(folder), []);
  });

  test("docker run that makes a container and cannot start it leaves none, which Packer does", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    for (const name of [[], ["--name", `packer-ts-test-${process.pid}`]]) {
      const folder = scratch(t);
      const run_command = ["-d", ...name, "--entrypoint=/no/such/program", "{{.Image}}"];
      await rejectsWith(build({ image, pull: false, discard: true, run_command }, { folder }), {
        code: "docker/run",
        message: /\/no\/such\/program/,
      });
      assert.deepEqual(leftovers(folder), []);
    }
    assert.equal(docker(["ps", "-aq", "--filter", `name=packer-ts-test-${process.pid}`]), "");
  });

  test("a container of another with the template's name is not touched", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const name = `packer-ts-test-other-${process.pid}`;
    const other = docker(["run", "-d", "-i", "--name", name, image]);
    t.after(() => void spawnSync("docker", ["rm", "-f", other]));
    const folder = scratch(t);
    const run_command = ["-d", "--name", name, "{{.Image}}"];
    await rejectsWith(build({ image, pull: false, discard: true, run_command }, { folder }), {
      code: "docker/run",
      message: /already in use/,
    });
    assert.equal(docker(["inspect", "--format", "{{.State.Running}}", other]), "true");
    assert.deepEqual(leftovers(folder), []);
  });

  test("an image that is not there, and a container that ends at once, are told", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const folder = scratch(t);
    const missing = build({ image: "127.0.0.1:1/none", pull: false, discard: true }, { folder });
    await rejectsWith(missing, { code: "docker/run", message: /127\.0\.0\.1:1/ });
    await rejectsWith(build({ image: "127.0.0.1:1/none", discard: true }, { folder }), {
      code: "docker/pull",
      failure: "network",
    });
    const { run } = await build(
      { image, pull: false, discard: true, run_command: ["-d", "{{.Image}}", "true"] },
      { folder },
    );
    await rejectsWith(run.targets[0]?.host?.() ?? Promise.resolve(), { code: "docker/stopped" });
    assert.deepEqual(leftovers(folder), []);
  });

  test("a full disk under an export or a saved image is called that, and the half file goes", async (t) => {
    const image = baseImage(t);
    if (image === undefined || !isRoot(t)) {
      return;
    }
    const folder = scratch(t);
    const small = join(folder, "small");
    mkdirSync(small);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", small]).status !== 0) {
      return t.skip("cannot mount a small disk");
    }
    try {
      writeFileSync(join(small, "out.tar"), "old");
      const exporting = build({ image, pull: false, export_path: "small/out.tar" }, { folder });
      await rejectsWith(exporting, {
        code: "host/file-unwritable",
        failure: "capacity",
        message: /^The disk is full: \S+small\/out\.tar/,
      });
      assert.deepEqual(readdirSync(small), ["out.tar"]);

      const run = fakeRun({ host: { ...realHost(), cwd: folder }, component: dockerSave });
      const input = makeImageArtifact({
        builderId: "packer.post-processor.docker-tag",
        id: image,
        tags: [],
        generated: {},
        destroy: async () => {},
      });
      const saving = dockerSave.postProcess(await configOf(dockerSave, { path: "small/saved.tar" }), input, run);
      await rejectsWith(saving, { code: "host/file-unwritable", failure: "capacity" });
      await run.finish();
      assert.deepEqual(readdirSync(small), ["out.tar"]);
    } finally {
      spawnSync("umount", [small]);
    }
  });

  test("an engine that goes away during a command is told, and its container goes when it is back", async (t) => {
    if (baseImage(t) === undefined || !isRoot(t) || !needs(t, "dockerd", "unshare", "pgrep")) {
      return;
    }
    const folder = scratch(t);
    const engine = await startEngine(folder);
    try {
      await engineGoesAway(engine, folder);
    } finally {
      await engine.stop("SIGTERM");
      spawnSync("sh", ["-c", `for m in $(grep -o '${folder}[^ ]*' /proc/mounts | sort -r); do umount "$m"; done`]);
    }
  });

  test("a build that is cancelled at any moment leaves no container, no folder and no file", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const seen = new Set<string>();
    for (let round = 0; round < 24; round++) {
      const folder = scratch(t);
      const cancel = new AbortController();
      const { run, result } = await startBuild(
        { image, pull: false, export_path: "out.tar" },
        {
          folder,
          signal: cancel.signal,
          async provision(machine, own) {
            for (let at = 0; at < 3; at++) {
              await machine.upload({ content: zeros(64), size: 64 * 65536 }, `/tmp/${at}`, own.signal);
              await shell(machine, own, "sleep 0.05");
            }
          },
        },
      );
      // Spread over the whole build, the same in every run of the test.
      const moment = (createHash("sha256").update(String(round)).digest().readUInt16BE(0) / 65536) * 1200;
      const timer = setTimeout(() => cancel.abort(cancelled()), moment);
      const end = await result.then(
        () => "built",
        (thrown) => (thrown instanceof BuildError && thrown.failure === "cancelled" ? "cancelled" : inspect(thrown)),
      );
      clearTimeout(timer);
      seen.add(end);
      await run.finish();
      const left = leftovers(folder).filter((name) => end !== "built" || name !== "out.tar");
      assert.deepEqual(left, [], `cancelled after ${Math.round(moment)} ms (${end})`);
    }
    assert.ok(seen.has("cancelled"), [...seen].join());
    for (const end of seen) {
      assert.match(end, /^(built|cancelled)$/);
    }
  });
});

interface TestEngine {
  readonly address: string;
  start(): Promise<void>;
  stop(signal: NodeJS.Signals): Promise<void>;
  docker(...args: readonly string[]): string;
}

async function engineGoesAway(engine: TestEngine, folder: string): Promise<void> {
  const work = join(folder, "work");
  mkdirSync(work);
  const { run, result } = await startBuild(
    {
      image: BASE_IMAGE,
      pull: false,
      commit: true,
      run_command: ["-d", "-i", "-t", "--network=none", "--entrypoint=/bin/sh", "--", "{{.Image}}"],
    },
    {
      folder: work,
      env: { DOCKER_HOST: engine.address },
      async provision(machine, own) {
        const stopping = wait(300).then(() => engine.stop("SIGKILL"));
        try {
          await shell(machine, own, "sleep 60");
        } finally {
          await stopping;
        }
      },
    },
  );
  await rejectsWith(result, { code: "docker/unreachable", failure: "environment" });
  const left = run.resources.map(({ kind }) => kind);
  assert.deepEqual(left, ["docker-shared-folder", "docker-container"]);

  // What a later process does with what it finds in the journal.
  await engine.start();
  await run.finish();
  assert.equal(engine.docker("ps", "-aq"), "");
  assert.deepEqual(readdirSync(work), []);
}

/** An engine of the test's own, with the base image. */
async function startEngine(folder: string): Promise<TestEngine> {
  const address = `unix://${folder}/engine.sock`;
  let daemon: ChildProcess | undefined;
  const own = (args: readonly string[], input?: Uint8Array) =>
    spawnSync("docker", ["--host", address, ...args], {
      maxBuffer: 2 ** 28,
      input,
    });
  const engine: TestEngine = {
    address,
    docker: (...args) => String(own(args).stdout).trim(),
    async start() {
      const paths = ["--data-root", `${folder}/data`, "--exec-root", `${folder}/exec`, "--pidfile", `${folder}/pid`];
      // What a killed engine says about itself would be believed.
      for (const name of ["pid", "exec/containerd/containerd.pid"]) {
        rmSync(`${folder}/${name}`, { force: true });
      }
      // In a network of its own: a second engine would take the first one's bridge away.
      const command = ["--net", "dockerd", "--host", address, ...paths, "--bridge=none", "--iptables=false"];
      const log = openSync(`${folder}/log`, "w");
      daemon = spawn("unshare", command, { stdio: ["ignore", log, log] });
      closeSync(log);
      for (let tries = 0; tries < 100 && own(["version"]).status !== 0; tries++) {
        await wait(100);
      }
      assert.equal(
        own(["version"]).status,
        0,
        `the test's own dockerd does not answer: ${readFileSync(`${folder}/log`, "utf8")}`,
      );
    },
    async stop(signal) {
      if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) {
        return;
      }
      const gone = new Promise((resolve) => daemon?.once("exit", resolve));
      daemon.kill(signal);
      await gone;
      // What it started would hold up the next one.
      if (signal === "SIGKILL") {
        endAll(spawnSync("pgrep", ["-f", folder], { encoding: "utf8" }).stdout.split("\n").filter(Boolean));
      }
    },
  };
  await engine.start();
  const saved = spawnSync("docker", ["save", BASE_IMAGE], { maxBuffer: 2 ** 28 }).stdout;
  assert.equal(own(["load"], saved).status, 0);
  return engine;
}

function endAll(pids: readonly string[]): void {
  for (const pid of pids) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}

function isRoot(t: TestContext): boolean {
  if (process.getuid?.() === 0) {
    return true;
  }
  t.skip("needs root");
  return false;
}

async function* zeros(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) {
    yield new Uint8Array(65536);
  }
}

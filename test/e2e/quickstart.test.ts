// `npm start` on machines with and without Docker.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { cliPath, folderWith, projectRoot } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage, docker } from "../servers/docker-fixture.ts";

interface Started {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly cwd: string;
}

/** Runs what `npm start` runs, in a folder that looks like the project. */
async function start(t: TestContext, path: string): Promise<Started> {
  const cwd = folderWith(t, {});
  cpSync(join(projectRoot, "examples/quickstart"), join(cwd, "examples/quickstart"), { recursive: true });
  for (const name of ["home", "tmp"]) {
    mkdirSync(join(cwd, name));
  }
  const env = { PATH: path, HOME: join(cwd, "home"), TMPDIR: join(cwd, "tmp"), NO_COLOR: "1" };
  const child = spawn(process.execPath, [join(dirname(cliPath), "quickstart.js")], { cwd, env });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), cwd };
}

/** A folder of programs with everything the example needs, and `more`. */
function programs(t: TestContext, more: Readonly<Record<string, string>> = {}): string {
  const folder = folderWith(t, more);
  for (const name of ["sh", "uname", "mkdir", "ls", "chmod", "rm", "cat", "cp", "mv", "tar", "env", "test"]) {
    const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
    if (found.startsWith("/")) {
      symlinkSync(found, join(folder, name));
    }
  }
  for (const name of Object.keys(more)) {
    spawnSync("chmod", ["+x", join(folder, name)]);
  }
  return folder;
}

function manifest({ cwd }: Started): { readonly name: string; readonly artifact_id: string } {
  const { builds } = JSON.parse(readFileSync(join(cwd, "output-quickstart.json"), "utf8")) as {
    builds: { name: string; artifact_id: string }[];
  };
  assert.equal(builds.length, 1);
  return builds[0] as { name: string; artifact_id: string };
}

describe("e2e/quickstart", { concurrency: 2 }, () => {
  it("builds on an SSH machine inside the process where there is no Docker, and says why", async (t) => {
    const started = await start(t, programs(t));
    assert.match(
      started.stdout,
      /^No Docker daemon answers, so the machine is a small SSH server inside this process/m,
    );
    assert.match(started.stdout, /embedded: Hello from packer-ts, on Linux as build embedded/);
    assert.match(started.stdout, /embedded: Uploading examples\/quickstart\/files\/index\.html => web-index\.html/);
    assert.equal(started.stderr, "");
    assert.equal(started.code, 0, started.stdout);
    assert.equal(manifest(started).name, "embedded");
    assert.equal(spawnSync("find", [join(started.cwd, "tmp"), "-type", "f"], { encoding: "utf8" }).stdout, "");
    assert.ok(!existsSync(join(started.cwd, "home/web")));
  });

  it("does the same where Docker answers but the image cannot be had", async (t) => {
    const script =
      '#!/bin/sh\ncase "$1" in version) echo 28;; image) exit 1;; pull) echo no network >&2; exit 1;; esac\n';
    const started = await start(t, programs(t, { docker: script }));
    assert.match(started.stdout, /Pulling the image "busybox"/);
    assert.match(
      started.stdout,
      /A Docker daemon answers, but the image "busybox" is not there and could not be pulled, so the machine is/,
    );
    assert.equal(started.code, 0, started.stdout);
    assert.equal(manifest(started).name, "embedded");
  });

  it("builds in a container where Docker answers", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const had = spawnSync("docker", ["image", "inspect", "busybox"], { stdio: "ignore" }).status === 0;
    if (!had) {
      docker(["tag", BASE_IMAGE, "busybox"]);
    }
    t.after(() => void (had || spawnSync("docker", ["rmi", "busybox"], { stdio: "ignore" })));
    const started = await start(t, process.env["PATH"] ?? "");
    assert.match(started.stdout, /^Docker answers, so the machine is a container of the image "busybox"\.$/m);
    assert.match(started.stdout, /container: Hello from packer-ts, on Linux as build container/);
    assert.equal(started.code, 0, started.stdout);
    const { name, artifact_id } = manifest(started);
    t.after(() => void spawnSync("docker", ["rmi", "-f", artifact_id], { stdio: "ignore" }));
    assert.equal(name, "container");
    assert.equal(
      docker(["run", "--rm", "--entrypoint=cat", artifact_id, "/root/web/index.html"]),
      readFileSync(join(started.cwd, "examples/quickstart/files/index.html"), "utf8").trim(),
    );
  });
});

// Docker builds that talk to the engine themselves, with a connection that breaks, and with another program in docker's place.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage, docker, removeImageAfter } from "../servers/docker-fixture.ts";

const NAME = "packer-ts-test/engine";

function template(more: Readonly<Record<string, unknown>> = {}): string {
  const builder = { type: "docker", image: BASE_IMAGE, pull: false, commit: true, ...more };
  const provisioners = [{ type: "shell", inline: ["cat /etc/hostname > /built"] }];
  const tag = { type: "docker-tag", repository: NAME, tags: ["1"] };
  return JSON.stringify({ builders: [builder], provisioners, "post-processors": [[tag]] });
}

/** Passes everything on to the engine; an answer to what begins with `cut` is swallowed together with its connection. */
async function startCutting(t: TestContext, folder: string, cut: RegExp): Promise<string> {
  const sockets = new Set<Socket>();
  let hasCut = false;
  const server = createServer((near) => {
    const far = connect("/var/run/docker.sock");
    sockets.add(near).add(far);
    let asked = "";
    near.on("data", (chunk) => {
      asked += asked.length < 1000 ? String(chunk) : "";
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (!hasCut && cut.test(asked)) {
        hasCut = true;
        near.destroy();
      } else {
        near.write(chunk);
      }
    });
    near.on("end", () => far.end()).on("error", () => far.destroy());
    near.on("close", () => far.destroy());
    far.on("end", () => near.end()).on("error", () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "proxy.sock"), resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
  });
  return `unix://${folder}/proxy.sock`;
}

/** Those that share a folder in `folder`. */
function containersOf(folder: string): readonly string[] {
  const ids = docker(["ps", "-aq", "--no-trunc"]).split("\n").filter(Boolean);
  return ids.filter((id) => String(spawnSync("docker", ["inspect", id]).stdout).includes(folder));
}

describe("e2e/docker: the engine itself", () => {
  test("a build whose image is there starts no docker program, and makes what one would have made", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    removeImageAfter(t, `${NAME}:1`);
    const cwd = folderWith(t, { "t.json": template({ cap_drop: ["MKNOD"], changes: ["ENV A=b"] }) });
    const env = { TMPDIR: cwd, PACKER_CONFIG_DIR: cwd, PACKER_LOG: "1", PACKER_LOG_PATH: "log" };
    const { code, stdout } = await packerTs(["build", "t.json"], { cwd, env });
    assert.equal(code, 0, stdout);
    assert.doesNotMatch(readFileSync(join(cwd, "log"), "utf8"), /(ran|started:) \["docker"/);
    assert.match(
      stdout,
      /Run command: docker run --cap-drop MKNOD -v \S+:\/packer-files -d -i -t --entrypoint=\/bin\/sh -- /,
    );
    const hostname = docker(["run", "--rm", "--entrypoint=cat", `${NAME}:1`, "/built"]);
    assert.match(hostname, /^[0-9a-f]{12}$/);
    assert.match(docker(["image", "inspect", "--format", "{{json .Config.Env}}", `${NAME}:1`]), /"A=b"/);
    assert.deepEqual(containersOf(cwd), []);
  });

  for (const [what, cut] of [
    ["created", /^POST \/containers\/create/],
    ["started", /^POST \/containers\/[0-9a-f]+\/start/],
    ["committed", /^POST \/commit/],
  ] as const) {
    test(`a connection that breaks while the container is ${what} fails the build, and nothing is left`, async (t) => {
      if (baseImage(t) === undefined) {
        return;
      }
      const cwd = folderWith(t, { "t.json": template() });
      const env = { TMPDIR: cwd, PACKER_CONFIG_DIR: cwd, DOCKER_HOST: await startCutting(t, cwd, cut) };
      const { code, stdout } = await packerTs(["build", "t.json"], { cwd, env });
      assert.equal(code, 1, stdout);
      assert.match(stdout, /The Docker engine cannot be reached {2}\[docker\/unreachable\]/);
      assert.doesNotMatch(stdout, /bug|at file:/);
      assert.deepEqual(containersOf(cwd), []);
    });
  }

  test("a script in docker's place is run for everything, and with it the engine that it means", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const cwd = folderWith(t, { "t.json": template() });
    const real = String(spawnSync("sh", ["-c", "command -v docker"]).stdout).trim();
    mkdirSync(join(cwd, "bin"));
    writeFileSync(join(cwd, "bin", "docker"), `#!/bin/sh\necho "$1" >> ${cwd}/asked\nexec ${real} "$@"\n`);
    chmodSync(join(cwd, "bin", "docker"), 0o755);
    removeImageAfter(t, `${NAME}:1`);
    const env = { TMPDIR: cwd, PACKER_CONFIG_DIR: cwd, PATH: `${cwd}/bin:${process.env["PATH"]}` };
    const { code, stdout } = await packerTs(["build", "t.json"], { cwd, env });
    assert.equal(code, 0, stdout);
    assert.ok(existsSync(join(cwd, "asked")));
    const asked = new Set(readFileSync(join(cwd, "asked"), "utf8").trim().split("\n"));
    for (const command of ["run", "inspect", "exec", "cp", "commit", "rm", "tag"]) {
      assert.ok(asked.has(command), command);
    }
  });

  test("what only the program can tell, it tells: an image that is nowhere, a container that cannot start", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const run_command = ["-d", "-i", "-t", "--entrypoint=/no/such/program", "--", "{{.Image}}"];
    for (const [more, said] of [
      [{ image: "localhost:1/no/such:image" }, /docker: Error response from daemon|Unable to find image/],
      [{ run_command }, /docker: Error response from daemon[\s\S]*no such file or directory/],
    ] as const) {
      const cwd = folderWith(t, { "t.json": template(more) });
      const { code, stdout } = await packerTs(["build", "t.json"], {
        cwd,
        env: { TMPDIR: cwd, PACKER_CONFIG_DIR: cwd },
      });
      assert.equal(code, 1);
      assert.match(stdout, /Error running container: Docker exited with a non-zero exit status\. {2}\[docker\/run\]/);
      assert.match(stdout, said);
      assert.deepEqual(containersOf(cwd), []);
    }
  });
});

// Containers that never came to be, or are no more: nothing is looked for in vain, nothing is left.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { container } from "../../src/builder/docker/start-container.ts";
import { fakeRun } from "../fakes/run.ts";
import { folderWith, packerTs } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage, realHost, startTestContainer } from "../servers/docker-fixture.ts";

/** Those that share a folder in `folder`. */
function containersOf(folder: string): readonly string[] {
  const ids = spawnSync("docker", ["ps", "-aq", "--no-trunc"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
  return ids.filter((id) => spawnSync("docker", ["inspect", id], { encoding: "utf8" }).stdout.includes(folder));
}

describe("e2e/docker-nothing-made", () => {
  it("says what the engine said, and nothing of containers that have to be removed by hand", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const builder = { type: "docker", image: BASE_IMAGE, pull: false, discard: true };
    const cases = {
      "no program": { ...builder, docker_path: "no-such-docker-anywhere" },
      "no entry point": {
        ...builder,
        run_command: ["-d", "-i", "-t", "--entrypoint=/no/such/program", "--", "{{.Image}}"],
      },
      "nothing in the background": {
        ...builder,
        run_command: ["-i", "--entrypoint=/bin/echo", "--", "{{.Image}}", "hello"],
      },
      "no such option": { ...builder, run_command: ["--no-such-option", "{{.Image}}"] },
    };
    for (const [name, each] of Object.entries(cases)) {
      const cwd = folderWith(t, { "t.json": JSON.stringify({ builders: [each] }) });
      const { code, stdout } = await packerTs(["build", "t.json"], {
        cwd,
        env: { TMPDIR: cwd, PACKER_CONFIG_DIR: cwd },
      });
      assert.equal(code, 1, name);
      assert.doesNotMatch(stdout, /by hand|Could not remove/, name);
      assert.deepEqual(containersOf(cwd), [], name);
      const journals = readdirSync(cwd).filter((entry) => entry.startsWith("packer-ts-journal"));
      for (const folder of journals) {
        assert.deepEqual(readdirSync(join(cwd, folder)), [], name);
      }
    }
  });

  it("says at once that a container does not go on running, and not that a script broke it off", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const builder = { type: "docker", image: BASE_IMAGE, pull: false, discard: true };
    for (const [run_command, words] of [
      [["-i", "--entrypoint=/bin/echo", "--", "{{.Image}}", "hello"], /printed no id, but: hello[\s\S]*needs "-d"/],
      [["-d", "--entrypoint=/bin/true", "--", "{{.Image}}"], /is not running[\s\S]*must go on running/],
    ] as const) {
      const builders = [{ ...builder, run_command }];
      const provisioners = [{ type: "shell", inline: ["echo hi"] }];
      const cwd = folderWith(t, { "t.json": JSON.stringify({ builders, provisioners }) });
      const began = performance.now();
      const { code, stdout } = await packerTs(["build", "t.json"], {
        cwd,
        env: { TMPDIR: cwd, PACKER_CONFIG_DIR: cwd },
      });
      assert.equal(code, 1);
      assert.match(stdout, words);
      assert.doesNotMatch(stdout, /expect_disconnect|does not exist any more/);
      assert.ok(performance.now() - began < 30_000);
      assert.deepEqual(containersOf(cwd), []);
    }
  });

  it("takes a container up again as long as it runs", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const id = startTestContainer(t);
    const run = fakeRun({ host: realHost() });
    const made = { id, executable: "docker" };
    assert.equal(await container.attach?.(made, run), id);
    spawnSync("docker", ["rm", "-f", id]);
    await assert.rejects(
      async () => container.attach?.(made, run),
      /ended right after it was started|not there|No such container/,
    );
  });
});

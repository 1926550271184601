// A script that runs out of time: the next try does not meet it, and nothing of it stays on the machine.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage } from "../servers/docker-fixture.ts";
import { startSshd } from "../servers/sshd.ts";

/** The first try takes too long, with a child beside it; the next one shows what runs. */
const script = (folder: string): readonly string[] => [
  `echo x >> ${folder}/tries`,
  `if [ $(wc -l < ${folder}/tries) -ge 2 ]; then cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; exit 0; fi`,
  `sleep 86${process.pid} & sleep 87${process.pid}`,
];

function templateWith(builder: object, folder: string): string {
  const provisioner = { type: "shell", timeout: "3s", max_retries: 1, remote_folder: folder, inline: script(folder) };
  return JSON.stringify({ builders: [builder], provisioners: [provisioner] });
}

async function build(t: TestContext, template: string): Promise<{ code: number | null; stdout: string }> {
  const cwd = folderWith(t, { "t.json": template });
  return packerTs(["build", "-color=false", "t.json"], { cwd, env: { TMPDIR: cwd, PACKER_CONFIG_DIR: cwd } });
}

describe("e2e/script that runs out of time", () => {
  test("over SSH, also as root, its processes are ended and its file is removed before the next try", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const folder = join(sshd.dir, "work");
    mkdirSync(folder);
    const login = {
      ssh_host: sshd.host,
      ssh_port: sshd.port,
      ssh_username: sshd.user,
      ssh_private_key_file: sshd.keyFile,
    };
    const { code, stdout } = await build(t, templateWith({ type: "null", communicator: "ssh", ...login }, folder));
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Cancelling provisioner after a timeout/);
    assert.doesNotMatch(stdout, new RegExp(`sleep 8[67]${process.pid}`));
    assert.equal(readFileSync(join(folder, "tries"), "utf8"), "x\nx\n");
    assert.deepEqual(readdirSync(folder), ["tries"]);
  });

  test("in a container as well", async (t) => {
    if (baseImage(t) === undefined) {
      return;
    }
    const builder = { type: "docker", image: BASE_IMAGE, pull: false, discard: true };
    const { code, stdout } = await build(t, templateWith(builder, "/tmp"));
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Cancelling provisioner after a timeout/);
    assert.doesNotMatch(stdout, new RegExp(`sleep 8[67]${process.pid}`));
  });
});

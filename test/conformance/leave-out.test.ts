// Folders that are moved without some of what is in them, through builds of every kind of connection.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import { connectSsh } from "../../src/driver/ssh/connection.ts";
import { readPrivateKey } from "../../src/driver/ssh/private-key.ts";
import { uploadFolderOverScp } from "../../src/driver/ssh/scp.ts";
import { nodeHost } from "../../src/host/node.ts";
import { makeRegistry } from "../../src/sdk/catalog.ts";
import { defineProvisioner } from "../../src/sdk/provisioner.ts";
import { compileLeftOut } from "../../src/step/left-out.ts";
import { runFakePlan } from "../fakes/plan.ts";
import { baseImage } from "../servers/docker-fixture.ts";
import { startSshd } from "../servers/sshd.ts";
import { startWinrmServer } from "../servers/winrm-server.ts";
import { planOf } from "../template/plan-view.ts";

const never = new AbortController().signal;
const host = nodeHost({ ...process.env, SSH_AUTH_SOCK: undefined });
const exclude = [".git", "*.tmp", "/build/cache", "docs/**/draft.txt"];
const kept = ["build/out", "cache/kept", "docs/a/b/final.txt", "docs/final.txt", "readme"];

/** A folder with something for every pattern. */
function sample(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-leave-out-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const leaves = [".git/config", "sub/.git/config", "x.tmp", "docs/y.tmp", "build/cache/big", "docs/draft.txt"];
  for (const path of [...kept, ...leaves, "docs/a/b/draft.txt"]) {
    const file = join(folder, "from", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `content of ${path}`);
  }
  return folder;
}

/** The files below a folder, sorted. */
function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Builds a source with a provisioner that sends all of a folder there, fetches a part, then sends a part and fetches all of that. */
async function moveBoth(t: TestContext, source: string, there: string): Promise<void> {
  const folder = sample(t);
  const mover = defineProvisioner({
    type: "mover",
    summary: "Moves folders.",
    options: {},
    async provision(_config, { communicator, signal }) {
      await communicator.uploadDir(join(folder, "from"), `${there}/whole`, signal);
      await communicator.downloadDir(`${there}/whole`, join(folder, "fetched"), signal, {
        exclude: ["whole/x", "*.tmp"],
      });
      await communicator.uploadDir(`${join(folder, "from")}/`, `${there}/part`, signal, { exclude });
      await communicator.downloadDir(`${there}/part`, join(folder, "sent"), signal);
    },
  });
  for (const name of ["fetched", "sent"]) {
    mkdirSync(join(folder, name));
  }
  const text = `${source}\nbuild {\n  sources = ["source.${/"(\w+)"/.exec(source)?.[1]}.a"]\n  provisioner "mover" {}\n}\n`;
  writeFileSync(join(folder, "t.pkr.hcl"), text);
  const catalog = { ...createCatalog(), provisioners: makeRegistry([mover]) };
  const { plan, diagnostics } = await planOf({ path: "t.pkr.hcl", cwd: folder, catalog });
  assert.deepEqual(diagnostics, []);
  const { builds, lines } = await runFakePlan(plan, { host: { ...host, cwd: folder } });
  assert.equal(builds[0]?.error, undefined, lines.join("\n"));
  assert.deepEqual(filesIn(join(folder, "sent/part")), kept);
  const fetched = filesIn(join(folder, "fetched/whole")).map((path) => path.replace(/^from\//, ""));
  const whole = filesIn(join(folder, "from")).filter((path) => !path.endsWith(".tmp"));
  assert.deepEqual(fetched, whole);
}

describe("folders without some of what is in them", () => {
  for (const method of ["scp", "sftp"]) {
    it(`are moved over SSH by ${method}`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      for (const name of ["whole", "part"]) {
        mkdirSync(join(sshd.dir, name));
      }
      const source = `source "null" "a" {
  ssh_host                 = "${sshd.host}"
  ssh_port                 = ${sshd.port}
  ssh_username             = "${sshd.user}"
  ssh_private_key_file     = "${sshd.keyFile}"
  ssh_file_transfer_method = "${method}"
}`;
      await moveBoth(t, source, sshd.dir);
    });
  }

  it("are sent by scp where there is no tar", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const key = readPrivateKey(readFileSync(sshd.keyFile, "utf8"));
    assert.ok("value" in key);
    const credentials = { username: sshd.user, keys: [{ key: key.value, origin: "the test's" }] };
    const connection = await connectSsh(host, { host: sshd.host, port: sshd.port, credentials }, never);
    t.after(() => connection.close());
    const to = join(sshd.dir, "to");
    mkdirSync(to);
    const localDir = `${join(sample(t), "from")}/`;
    await uploadFolderOverScp(connection, { localDir, remoteDir: to, leftOut: compileLeftOut({ exclude }) }, never);
    assert.deepEqual(filesIn(to), kept);
  });

  it("are moved into and out of a container", async (t) => {
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const options = `  image   = "${image}"\n  pull    = false\n  discard = true\n  run_command = ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"]`;
    await moveBoth(t, `source "docker" "a" {\n${options}\n}`, "/tmp");
  });

  it("are moved over WinRM", async (t) => {
    const server = await startWinrmServer({});
    t.after(() => server.close());
    const source = `source "null" "a" {
  communicator   = "winrm"
  winrm_host     = "127.0.0.1"
  winrm_port     = ${server.port}
  winrm_username = "vagrant"
  winrm_password = "vagrant"
}`;
    await moveBoth(t, source, "C:/moved");
  });

  it("are left without what a pattern means, and no more", () => {
    const isOut = compileLeftOut({ exclude: [...exclude, "a[b].?"] });
    assert.equal(isOut?.("a/b/.git"), true);
    assert.equal(isOut?.("a.git"), false);
    assert.equal(isOut?.("sub/build/cache"), false);
    assert.equal(isOut?.("x/a[b].c"), true);
    assert.equal(isOut?.("ab.c"), false);
    assert.equal(compileLeftOut({ exclude: [] }), undefined);
  });
});

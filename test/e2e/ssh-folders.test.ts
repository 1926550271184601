// Folders over SSH into what is there already and into what is not: the same result as real Packer leaves there.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { connectSsh } from "../../src/driver/ssh/connection.ts";
import { readPrivateKey } from "../../src/driver/ssh/private-key.ts";
import { tarUploadFolder } from "../../src/driver/ssh/tar-folder.ts";
import { nodeHost } from "../../src/host/node.ts";
import { needs } from "../needs.ts";
import { connectSshTo } from "../servers/ssh-run.ts";
import { type Sshd, type SshdOptions, startSshd } from "../servers/sshd.ts";

const never = new AbortController().signal;
const methods = ["scp", "sftp"] as const;

const optionsFor = (sshd: Sshd, method: string) => ({
  ssh_host: sshd.host,
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_private_key_file: sshd.keyFile,
  ssh_file_transfer_method: method,
});

/** Everything below a folder: kind, mode, owner, links, size and content. */
function listing(dir: string): string {
  const run = (command: string): string =>
    spawnSync("sh", ["-c", command], { cwd: dir, encoding: "latin1", env: { ...process.env, LC_ALL: "C" } }).stdout;
  const found = run("find . ! -name '.packer-*' -printf '%M %U:%G %n %P -> %l\\n'");
  const names = run("find . -name '.packer-*'");
  const sums = run("find . -type f -exec sha256sum {} +");
  return [found.split("\n").sort(), names, sums.split("\n").sort()].flat().join("\n");
}

async function packer(sshd: Sshd, method: string, source: string, destination: string): Promise<number | null> {
  const template = join(sshd.dir, "template.json");
  const builder = { type: "null", communicator: "ssh", ...optionsFor(sshd, method) };
  const provisioners = [{ type: "file", source, destination }];
  writeFileSync(template, JSON.stringify({ builders: [builder], provisioners }));
  const child = spawn("packer", ["build", "-color=false", template], {
    cwd: sshd.dir,
    env: { ...process.env, CHECKPOINT_DISABLE: "1" },
    stdio: "ignore",
  });
  return new Promise((resolve) => child.once("close", resolve));
}

async function ours(t: TestContext, sshd: Sshd, method: string, folder: readonly [string, string]): Promise<boolean> {
  const machine = await connectSshTo(t, optionsFor(sshd, method));
  return machine.uploadDir(folder[0], folder[1], never).then(
    () => true,
    () => false,
  );
}

/** Whether the folder goes over as one stream. */
async function asStream(t: TestContext, sshd: Sshd, method: string, folder: readonly [string, string]) {
  const key = readPrivateKey(readFileSync(sshd.keyFile, "utf8"));
  assert.ok("value" in key);
  const credentials = { username: sshd.user, keys: [{ key: key.value, origin: "test" }] };
  const connection = await connectSsh(nodeHost(), { host: sshd.host, port: sshd.port, credentials }, never);
  t.after(() => connection.close());
  const [localDir, remoteDir] = folder;
  return tarUploadFolder(connection, { localDir, remoteDir }, method === "scp" ? "masked" : "exact", never);
}

/** What is uploaded in every case. */
function sample(dir: string): string {
  const root = join(dir, "new");
  for (const folder of ["sub/deep", "empty", "closed", "was-link"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const name of [
    "file",
    "sub/file",
    "sub/deep/file",
    "closed/file",
    "was-link/file",
    "-dash",
    "with blank",
    "ü",
  ]) {
    writeFileSync(join(root, name), `new ${name}\n`);
  }
  writeFileSync(join(root, "big"), Buffer.alloc(300_000, "x"));
  chmodSync(join(root, "sub/file"), 0o4755);
  chmodSync(join(root, "sub"), 0o750);
  chmodSync(join(root, "closed"), 0o555);
  symlinkSync("file", join(root, "link"));
  return root;
}

type Prepare = (there: string) => void;

/** What may be there before, by what a user would call it. */
const before: Readonly<Record<string, Prepare>> = {
  "an older folder with other modes": (there) => {
    mkdirSync(join(there, "sub"), { recursive: true });
    chmodSync(join(there, "sub"), 0o711);
    writeFileSync(join(there, "sub/file"), "old and much longer than what comes\n");
    chmodSync(join(there, "sub/file"), 0o604);
    writeFileSync(join(there, "kept"), "kept\n");
  },
  "a file that is a link to one elsewhere": (there) => {
    writeFileSync(join(there, "../elsewhere"), "old\n");
    symlinkSync("../elsewhere", join(there, "file"));
  },
  "a file that is a link to nothing yet": (there) => symlinkSync("../not-there", join(there, "file")),
  "a file with a second name": (there) => {
    writeFileSync(join(there, "file"), "old\n");
    linkSync(join(there, "file"), join(there, "second name"));
  },
  "a file of another owner, with the bits of its program": (there) => {
    writeFileSync(join(there, "file"), "old\n");
    spawnSync("chown", ["1234:5678", join(there, "file")]);
    chmodSync(join(there, "file"), 0o6751);
  },
  "a folder that is a link to one elsewhere": (there) => {
    mkdirSync(join(there, "../folder elsewhere"));
    writeFileSync(join(there, "../folder elsewhere/file"), "old\n");
    symlinkSync("../folder elsewhere", join(there, "was-link"));
  },
  "a folder where a file is to go": (there) => mkdirSync(join(there, "file")),
  "a file where a folder is to go": (there) => writeFileSync(join(there, "sub"), "a file\n"),
};

async function server(t: TestContext, options: SshdOptions = {}): Promise<Sshd | undefined> {
  return needs(t, "packer") ? startSshd(t, options) : undefined;
}

describe("folders over SSH", () => {
  for (const method of methods) {
    for (const [name, prepare] of Object.entries(before)) {
      for (const slash of ["", "/"]) {
        test(`${slash === "" ? "a folder" : "what is in a folder"} goes over ${name} by ${method} as Packer's does`, async (t) => {
          const sshd = await server(t);
          if (sshd === undefined) {
            return;
          }
          // A link to a file in a folder is one that Packer follows by both ways.
          const source = sample(sshd.dir) + slash;
          const worked: boolean[] = [];
          for (const side of ["theirs", "ours"]) {
            const there = join(sshd.dir, side, "there");
            const inner = slash === "" ? join(there, "new") : there;
            mkdirSync(inner, { recursive: true });
            mkdirSync(join(there, "x"));
            prepare(inner);
            worked.push(
              side === "ours"
                ? await ours(t, sshd, method, [source, there])
                : (await packer(sshd, method, source, there)) === 0,
            );
          }
          // Packer's SFTP takes a link to a folder for no folder.
          const isBetter = method === "sftp" && name === "a folder that is a link to one elsewhere";
          assert.deepEqual(worked, isBetter ? [false, true] : [worked[0], worked[0]]);
          if (worked[0]) {
            assert.equal(listing(join(sshd.dir, "ours")), listing(join(sshd.dir, "theirs")));
          }
        });
      }
    }

    test(`thousands of names that are all there go over as one stream by ${method}`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const source = join(sshd.dir, "new");
      for (let i = 0; i < 1200; i++) {
        mkdirSync(join(source, `folder ${i % 30}`), { recursive: true });
        writeFileSync(join(source, `folder ${i % 30}/${i}`), `${i}`);
      }
      const there = join(sshd.dir, "there");
      mkdirSync(there);
      assert.equal(await asStream(t, sshd, method, [source, there]), true);
      writeFileSync(join(source, "folder 7/7"), "changed");
      assert.equal(await asStream(t, sshd, method, [source, there]), true);
      assert.equal(listing(join(there, "new")), listing(source));
      assert.deepEqual(readdirSync(there), ["new"]);
    });
  }

  test("a folder that is not there yet is made as one stream by scp, as Packer makes it", async (t) => {
    const sshd = await server(t);
    if (sshd === undefined) {
      return;
    }
    const source = sample(sshd.dir);
    mkdirSync(join(sshd.dir, "theirs"));
    mkdirSync(join(sshd.dir, "ours"));
    assert.equal(await packer(sshd, "scp", source, join(sshd.dir, "theirs/made/")), 0);
    assert.equal(await asStream(t, sshd, "scp", [source, join(sshd.dir, "ours/made/")]), true);
    assert.equal(listing(join(sshd.dir, "ours")), listing(join(sshd.dir, "theirs")));
  });

  test("names that are no text, and names with line ends, arrive as they are", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const source = join(sshd.dir, "new");
    mkdirSync(Buffer.concat([Buffer.from(`${source}/caf`), Buffer.from([0xe9])]), { recursive: true });
    for (const inner of [Buffer.from([0xe9]), Buffer.from([0xe8])]) {
      writeFileSync(Buffer.concat([Buffer.from(`${source}/caf`), Buffer.from([0xe9, 0x2f]), inner]), inner);
    }
    mkdirSync(join(source, "line\nend\\n"));
    writeFileSync(join(source, "line\nend\\n/%file\n"), "x");
    for (const method of methods) {
      const there = join(sshd.dir, method);
      mkdirSync(there);
      for (const round of ["into nothing", "over itself"]) {
        assert.equal(await asStream(t, sshd, method, [`${source}/`, there]), true, round);
        assert.equal(listing(there), listing(source), round);
      }
      const back = join(sshd.dir, `${method}-back`);
      mkdirSync(back);
      await (await connectSshTo(t, optionsFor(sshd, method))).downloadDir(there, back, never);
      assert.equal(listing(join(back, method)), listing(source));
    }
  });

  test("BusyBox's tar merges as GNU's does", async (t) => {
    if (!needs(t, "busybox")) {
      return;
    }
    for (const method of methods) {
      const bin = spawnSync("mktemp", ["-d"], { encoding: "utf8" }).stdout.trim();
      t.after(() => spawnSync("rm", ["-rf", bin]));
      spawnSync("busybox", ["--install", "-s", bin]);
      const sshd = await startSshd(t, { config: [`SetEnv PATH=${bin}`] });
      if (sshd === undefined) {
        return;
      }
      const source = sample(sshd.dir);
      const there = join(sshd.dir, "there");
      mkdirSync(join(there, "new/sub"), { recursive: true });
      writeFileSync(join(there, "new/sub/file"), "old\n");
      chmodSync(join(there, "new/sub/file"), 0o600);
      symlinkSync("../elsewhere", join(there, "new/file"));
      assert.equal(await asStream(t, sshd, method, [source, there]), true);
      assert.equal(readFileSync(join(there, "elsewhere"), "utf8"), "new file\n");
      assert.equal(readFileSync(join(there, "new/sub/file"), "utf8"), "new sub/file\n");
      assert.equal(statSync(join(there, "new/sub/file")).mode & 0o7777, method === "scp" ? 0o600 : 0o755);
      assert.equal(statSync(join(there, "new/closed")).mode & 0o777, 0o555);
      assert.deepEqual(readdirSync(there).sort(), ["elsewhere", "new"]);
    }
  });
});

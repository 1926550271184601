// Files and folders over SSH: the same result on the machine as real Packer leaves there, and no half successes.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { BuildError } from "../../src/diagnostic/build-error.ts";
import { connectSsh } from "../../src/driver/ssh/connection.ts";
import { readPrivateKey } from "../../src/driver/ssh/private-key.ts";
import { downloadFolderOverScp, uploadFolderOverScp } from "../../src/driver/ssh/scp.ts";
import { downloadFolderOverSftp, uploadFolderOverSftp } from "../../src/driver/ssh/sftp.ts";
import { tarDownloadFolder } from "../../src/driver/ssh/tar-download.ts";
import { tarUploadFolder } from "../../src/driver/ssh/tar-folder.ts";
import { nodeHost } from "../../src/host/node.ts";
import type { Communicator } from "../../src/sdk/communicator.ts";
import { needs } from "../needs.ts";
import { bytesOf, connectSshTo, hear } from "../servers/ssh-run.ts";
import { type Sshd, startSshd } from "../servers/sshd.ts";

const never = new AbortController().signal;
const methods = ["scp", "sftp"] as const;

const optionsFor = (sshd: Sshd, more: Readonly<Record<string, unknown>> = {}) => ({
  ssh_host: sshd.host,
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_private_key_file: sshd.keyFile,
  ...more,
});

/** A folder with everything that a walk can get wrong. Links to folders only where Packer can follow them. */
function sampleFolder(dir: string, folderLinks: boolean): string {
  const root = join(dir, "sample");
  for (const folder of ["sub/deep/deeper", "empty", "sealed", `${"long-name-".repeat(9)}/${"x".repeat(120)}`]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, "secret"), "for me\n");
  chmodSync(join(root, "secret"), 0o600);
  writeFileSync(join(root, "sub/run.sh"), "#!/bin/sh\n");
  chmodSync(join(root, "sub/run.sh"), 0o4755);
  writeFileSync(join(root, "sub/with blank"), "b");
  writeFileSync(join(root, 'sub/it\'s "quoted" $HOME'), "q");
  writeFileSync(join(root, "ümläut"), "u");
  writeFileSync(join(root, "nothing"), "");
  writeFileSync(join(root, "sub/deep/deeper/bytes"), Buffer.from(Array.from({ length: 70_001 }, (_, i) => i % 251)));
  writeFileSync(join(root, `${"long-name-".repeat(9)}/${"x".repeat(120)}/end`), "long");
  symlinkSync("secret", join(root, "link"));
  if (folderLinks) {
    symlinkSync("sub", join(root, "folder-link"));
  }
  chmodSync(join(root, "sub"), 0o700);
  writeFileSync(join(root, "sealed/inside"), "s");
  chmodSync(join(root, "sealed"), 0o555);
  return root;
}

/** Every entry below a folder: kind and mode, owner, path, size and content. */
function listing(dir: string): string {
  const found = spawnSync("find", [".", "-printf", "%M %U:%G %P %y\n"], { cwd: dir, encoding: "utf8" })
    .stdout.split("\n")
    .sort();
  const sums = spawnSync("sh", ["-c", "find . -type f -exec sha256sum {} +"], { cwd: dir, encoding: "utf8" })
    .stdout.split("\n")
    .sort();
  // Folder sizes and the order of names are the file system's business.
  return [...found, ...sums].join("\n");
}

async function packer(
  sshd: Sshd,
  method: string,
  ...provisioners: readonly object[]
): Promise<{ code: number | null; output: string }> {
  const template = join(sshd.dir, "template.json");
  const builder = { type: "null", communicator: "ssh", ssh_file_transfer_method: method, ...optionsFor(sshd) };
  writeFileSync(template, JSON.stringify({ builders: [builder], provisioners }));
  const child = spawn("packer", ["build", "-color=false", template], {
    cwd: sshd.dir,
    env: { ...process.env, CHECKPOINT_DISABLE: "1" },
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stdin.end();
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

async function both(
  t: TestContext,
  method: string,
): Promise<{ sshd: Sshd; machine: Communicator; theirs: string; ours: string } | undefined> {
  if (!needs(t, "packer")) {
    return undefined;
  }
  const sshd = await startSshd(t);
  if (sshd === undefined) {
    return undefined;
  }
  const [theirs, ours] = [join(sshd.dir, "theirs"), join(sshd.dir, "ours")];
  mkdirSync(theirs);
  mkdirSync(ours);
  return { sshd, theirs, ours, machine: await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method })) };
}

describe("communicator/ssh transfers as Packer's", () => {
  for (const method of methods) {
    test(`an uploaded file has the same content, mode and owner by ${method}`, async (t) => {
      const with_ = await both(t, method);
      if (with_ === undefined) {
        return;
      }
      const { sshd, machine, theirs, ours } = with_;
      const file = join(sshd.dir, "file");
      writeFileSync(file, "content\n");
      chmodSync(file, 0o751);
      // One new file, one in a path with a blank, and one that is there already with another mode and a longer content.
      for (const dir of [theirs, ours]) {
        mkdirSync(join(dir, "a folder"));
        writeFileSync(join(dir, "old"), "much longer than before\n");
        chmodSync(join(dir, "old"), 0o640);
      }
      const names = ["new", "a folder/new", "old"];
      const ran = await packer(
        sshd,
        method,
        ...names.map((name) => ({ type: "file", source: file, destination: join(theirs, name) })),
      );
      assert.equal(ran.code, 0, ran.output);
      for (const name of names) {
        await machine.upload({ content: createReadStream(file), size: 8, mode: 0o751 }, join(ours, name), never);
      }
      assert.equal(listing(ours), listing(theirs));
    });

    for (const slash of ["", "/"]) {
      test(`${slash === "" ? "an uploaded folder is" : "an uploaded folder's contents are"} the same by ${method}`, async (t) => {
        const with_ = await both(t, method);
        if (with_ === undefined) {
          return;
        }
        const { sshd, machine, theirs, ours } = with_;
        const source = sampleFolder(sshd.dir, method === "scp") + slash;
        const ran = await packer(sshd, method, { type: "file", source, destination: theirs });
        assert.equal(ran.code, 0, ran.output);
        await machine.uploadDir(source, ours, never);
        assert.equal(listing(ours), listing(theirs));
      });
    }

    test(`a folder uploaded over an older one is the same by ${method}`, async (t) => {
      const with_ = await both(t, method);
      if (with_ === undefined) {
        return;
      }
      const { sshd, machine, theirs, ours } = with_;
      const source = sampleFolder(sshd.dir, method === "scp");
      for (const dir of [theirs, ours]) {
        mkdirSync(join(dir, "sample/sub"), { recursive: true });
        chmodSync(join(dir, "sample/sub"), 0o711);
        writeFileSync(join(dir, "sample/ümläut"), "longer than the new one");
        chmodSync(join(dir, "sample/ümläut"), 0o640);
        writeFileSync(join(dir, "sample/kept"), "not in the source");
        writeFileSync(join(dir, "elsewhere"), "old");
        symlinkSync("../elsewhere", join(dir, "sample/secret"));
      }
      const ran = await packer(sshd, method, { type: "file", source, destination: theirs });
      assert.equal(ran.code, 0, ran.output);
      await machine.uploadDir(source, ours, never);
      assert.equal(listing(ours), listing(theirs));
    });

    test(`a downloaded folder is the same by ${method}`, async (t) => {
      const with_ = await both(t, method);
      if (with_ === undefined) {
        return;
      }
      const { sshd, machine, theirs, ours } = with_;
      const source = sampleFolder(sshd.dir, true);
      // Packer cuts file names at their first blank; that is nothing to copy.
      spawnSync("rm", [join(source, "sub/with blank"), join(source, 'sub/it\'s "quoted" $HOME')]);
      const ran = await packer(sshd, method, {
        type: "file",
        direction: "download",
        source: `${source}/`,
        destination: `${theirs}/`,
      });
      assert.equal(ran.code, 0, ran.output);
      await machine.downloadDir(`${source}/`, `${ours}/`, never);
      assert.equal(listing(ours), listing(theirs));
    });
  }

  test("a folder that does not exist there yet is made from the uploaded one by scp", async (t) => {
    const with_ = await both(t, "scp");
    if (with_ === undefined) {
      return;
    }
    const { sshd, machine, theirs, ours } = with_;
    const source = sampleFolder(sshd.dir, true);
    assert.equal((await packer(sshd, "scp", { type: "file", source, destination: join(theirs, "made") })).code, 0);
    await machine.uploadDir(source, join(ours, "made"), never);
    assert.equal(listing(ours), listing(theirs));
  });

  test("what Packer cannot transfer fails here too, with the machine's own words", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    for (const method of methods) {
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      const source = sampleFolder(join(sshd.dir, method), true);
      const missing = join(sshd.dir, "missing/deeper");
      await assert.rejects(
        machine.upload({ content: bytesOf("x"), size: 1 }, join(missing, "file"), never),
        /was not uploaded[\s\S]*([Nn]o such file|Not a directory|does not exist)/,
      );
      await assert.rejects(machine.uploadDir(source, missing, never), /was not uploaded/);
      await assert.rejects(
        machine.downloadDir(missing, sshd.dir, never),
        /was not downloaded[\s\S]*([Nn]o such file|does not exist)/,
      );
      await assert.rejects(
        all(machine.download(missing, never)),
        /was not downloaded[\s\S]*([Nn]o such file|does not exist)/,
      );
      await assert.rejects(all(machine.download(sshd.dir, never)), /was not downloaded/);
    }
  });
});

describe("driver/ssh transfers", () => {
  test("tar, scp and SFTP leave the same folder, both ways", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const key = readPrivateKey(readFileSync(sshd.keyFile, "utf8"));
    assert.ok("value" in key);
    const target = {
      host: sshd.host,
      port: sshd.port,
      credentials: { username: sshd.user, keys: [{ key: key.value, origin: "test" }] },
    };
    const connection = await connectSsh(nodeHost(), target, never);
    t.after(() => connection.close());
    const source = sampleFolder(sshd.dir, true);
    const places = Object.fromEntries(
      ["tar", "scp", "exact", "sftp", "tar-down", "scp-down", "sftp-down"].map((name) => {
        mkdirSync(join(sshd.dir, name));
        return [name, join(sshd.dir, name)];
      }),
    ) as Record<string, string>;
    const place = (name: string): string => places[name] ?? "";
    const counts: number[] = [];
    /** Adds up what one transfer tells of its progress. */
    const progress = (): ((bytes: number) => void) => {
      const i = counts.push(0) - 1;
      return (bytes) => {
        counts[i] = (counts[i] ?? 0) + bytes;
      };
    };
    type Progress = (bytes: number) => void;
    const to = (name: string, onProgress?: Progress) => ({ localDir: source, remoteDir: place(name), onProgress });
    const from = (name: string, onProgress?: Progress) => ({ remoteDir: source, localDir: place(name), onProgress });
    assert.equal(await tarUploadFolder(connection, to("tar", progress()), "masked", never), true);
    await uploadFolderOverScp(connection, to("scp", progress()), never);
    assert.equal(listing(place("tar")), listing(place("scp")));
    assert.equal(await tarUploadFolder(connection, to("exact"), "exact", never), true);
    await uploadFolderOverSftp(connection, to("sftp", progress()), never);
    assert.equal(listing(place("exact")), listing(place("sftp")));
    assert.equal(await tarDownloadFolder(connection, from("tar-down", progress()), never), true);
    await downloadFolderOverScp(connection, from("scp-down", progress()), never);
    await downloadFolderOverSftp(connection, from("sftp-down", progress()), never);
    assert.equal(listing(place("tar-down")), listing(place("scp-down")));
    assert.equal(listing(place("sftp-down")), listing(place("scp-down")));
    assert.ok((counts[0] ?? 0) > 70_000, "progress counts the bytes of files");
    assert.deepEqual(new Set(counts).size, 1, `every way tells of the same bytes: ${counts}`);
  });

  test("a machine without tar, without scp or with neither is served by what it has", async (t) => {
    for (const [config, method] of [
      // A command that is not allowed ends at once, as where it does not exist.
      [["ForceCommand case $SSH_ORIGINAL_COMMAND in scp*) $SSH_ORIGINAL_COMMAND;; *) exit 127;; esac"], "scp"],
      [["ForceCommand internal-sftp"], "sftp"],
    ] as const) {
      const sshd = await startSshd(t, { config });
      if (sshd === undefined) {
        return;
      }
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      const source = sampleFolder(sshd.dir, true);
      mkdirSync(join(sshd.dir, "there"));
      mkdirSync(join(sshd.dir, "back"));
      await machine.uploadDir(source, join(sshd.dir, "there"), never);
      await machine.downloadDir(join(sshd.dir, "there/sample"), join(sshd.dir, "back"), never);
      assert.equal(readFileSync(join(sshd.dir, "back/sample/sub/deep/deeper/bytes")).length, 70_001);
    }
  });

  test("a machine without scp says so", async (t) => {
    const sshd = await startSshd(t, { config: ["ForceCommand exit 127"] });
    if (sshd === undefined) {
      return;
    }
    const machine = await connectSshTo(t, optionsFor(sshd));
    await assert.rejects(
      machine.upload({ content: bytesOf("x"), size: 1 }, "/tmp/never", never),
      /SCP failed to start/,
    );
  });

  for (const method of methods) {
    test(`64 MB travel both ways by ${method} unchanged and without filling memory`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      const size = 64 * 1024 * 1024 + 7;
      const remote = join(sshd.dir, "large");
      const sent = createHash("sha256");
      let progress = 0;
      global.gc?.();
      const before = process.memoryUsage().rss;
      let highest = 0;
      const watch = setInterval(() => {
        highest = Math.max(highest, process.memoryUsage().rss);
      }, 20);
      t.after(() => clearInterval(watch));
      const content = numbered(size, (chunk) => sent.update(chunk));
      const onProgress = (bytes: number): void => {
        progress += bytes;
      };
      await machine.upload({ content, size, mode: 0o600, onProgress }, remote, never);
      const got = createHash("sha256");
      let received = 0;
      for await (const chunk of machine.download(remote, never)) {
        got.update(chunk);
        received += chunk.length;
      }
      assert.equal(progress, size);
      assert.equal(received, size);
      assert.equal(got.digest("hex"), sent.digest("hex"));
      assert.ok(highest - before < 60e6, `memory grew by ${Math.round((highest - before) / 1e6)} MB`);
    });

    test(`a stream whose size nobody knows is uploaded by ${method}, with mode 0644`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      await machine.upload({ content: bytesOf("one ", "two") }, join(sshd.dir, "unknown"), never);
      assert.equal(
        (await hear(machine, `cat ${sshd.dir}/unknown; stat -c ' %a' ${sshd.dir}/unknown`)).stdout,
        "one two 644\n",
      );
    });

    test(`content that is not as long as announced fails by ${method}`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      for (const text of ["short", "much longer than that"]) {
        await assert.rejects(
          machine.upload({ content: bytesOf(text), size: 10 }, join(sshd.dir, "x"), never),
          /changed while it was uploaded/,
        );
      }
      assert.equal((await hear(machine, "echo alive")).stdout, "alive\n");
    });

    test(`a connection cut in the middle of an upload by ${method} fails the upload and says so`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      const size = 512 * 1024 * 1024;
      let seen = 0;
      const onProgress = (bytes: number): void => {
        const before = seen;
        seen += bytes;
        if (before < 8e6 && seen >= 8e6) {
          sshd.cutConnections();
        }
      };
      await assert.rejects(
        machine.upload({ content: numbered(size, () => {}), size, onProgress }, "/dev/null", never),
        /The connection to 127\.0\.0\.1:\d+ was lost/,
      );
      assert.ok(seen < size);
      await machine.upload({ content: bytesOf("again"), size: 5 }, join(sshd.dir, "after"), never);
      assert.equal(readFileSync(join(sshd.dir, "after"), "utf8"), "again");
    });

    test(`cancelling an upload by ${method} ends it at once`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      const cancel = new AbortController();
      const size = 4 * 1024 ** 3;
      const onProgress = (): void => cancel.abort(new Error("cancelled by the user"));
      await assert.rejects(
        machine.upload({ content: numbered(size, () => {}), size, onProgress }, "/dev/null", cancel.signal),
        /cancelled by the user/,
      );
    });
  }

  test("a full disk there fails the upload of a file and of a folder", async (t) => {
    if (process.getuid?.() !== 0 || !needs(t, "unshare")) {
      return t.skip("needs root for a small disk");
    }
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const disk = mkdtempSync(join(tmpdir(), "small-disk-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    if (mounted.status !== 0) {
      return t.skip("cannot mount a small disk here");
    }
    t.after(() => {
      spawnSync("umount", [disk]);
      rmdirSync(disk);
    });
    const big = join(sshd.dir, "big");
    mkdirSync(big);
    writeFileSync(join(big, "file"), Buffer.alloc(3e6));
    for (const method of methods) {
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      await assert.rejects(
        machine.upload({ content: createReadStream(join(big, "file")), size: 3e6 }, join(disk, method), never),
        /No space left|disk may be full/,
      );
      await assert.rejects(machine.uploadDir(big, disk, never), /No space left|disk may be full|tar ended/);
      spawnSync("sh", ["-c", `rm -rf ${disk}/*`]);
    }
  });

  test("a file is not put under the name of a folder that is missing, by either way", async (t) => {
    for (const method of methods) {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_file_transfer_method: method }));
      const missing = join(sshd.dir, "missing");
      await assert.rejects(
        machine.upload({ content: bytesOf("x"), size: 1 }, join(missing, "file"), never),
        /not uploaded/,
      );
      const source = sampleFolder(sshd.dir, true);
      await assert.rejects(machine.uploadDir(`${source}/`, missing, never), /not uploaded/);
      assert.equal(existsSync(missing), false);
    }
  });

  test("whatever a file is called, by scp it comes back as it went", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const machine = await connectSshTo(t, optionsFor(sshd));
    const names = [
      "it's",
      'a "b"',
      "$HOME",
      "`id`",
      "a&b",
      "(a)",
      "a*",
      "tab\there",
      "back\\slash",
      "{a,b}",
      "[a]",
      "a;b",
      "#a",
      "!a",
      "a|b",
      "~a",
      "ü b",
    ];
    for (const name of names) {
      const folder = join(sshd.dir, `in ${name.replaceAll(/[$`*?[{\\~]/g, "-")}`);
      mkdirSync(folder);
      await machine.upload({ content: bytesOf(name), size: Buffer.byteLength(name) }, join(folder, name), never);
      assert.equal(readFileSync(join(folder, name), "utf8"), name);
      assert.equal(String(await all(machine.download(join(folder, name), never))), name);
    }
    writeFileSync(join(sshd.dir, "only one.log"), "found\n");
    const { HOME = "" } = process.env;
    const marker = mkdtempSync(join(HOME, ".packer-ts-test-"));
    t.after(() => rmSync(marker, { recursive: true }));
    writeFileSync(join(marker, "file"), "at home\n");
    for (const [path, text] of [
      [`${sshd.dir}/only*.log`, "found\n"],
      [`$HOME/${basename(marker)}/file`, "at home\n"],
      [`~/${basename(marker)}/file`, "at home\n"],
    ] as const) {
      assert.equal(String(await all(machine.download(path, never))), text, path);
    }
    await assert.rejects(all(machine.download(`${sshd.dir}/no such $file`, never)), /No such file or directory/);
  });

  test("text that a start-up file prints before scp speaks is told as that", async (t) => {
    const sshd = await startSshd(t, { config: ['ForceCommand echo Welcome; eval "$SSH_ORIGINAL_COMMAND"'] });
    if (sshd === undefined) {
      return;
    }
    const machine = await connectSshTo(t, optionsFor(sshd));
    const upload = machine.upload({ content: bytesOf("x"), size: 1 }, join(sshd.dir, "file"), never);
    await assert.rejects(upload, (error: BuildError) => {
      assert.match(error.diagnostics[0]?.detail ?? "", /unexpected answer "Welcome"/);
      assert.match(error.diagnostics[0]?.hint ?? "", /start-up files/);
      return true;
    });
  });
});

async function all(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `size` bytes that differ from place to place, made as they are asked for. */
async function* numbered(size: number, each: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(256 * 1024);
  for (let at = 0; at < size; at += piece.length) {
    for (let i = 0; i < piece.length; i += 4096) {
      piece.writeDoubleLE(at + i, i);
    }
    const chunk = Buffer.from(piece.subarray(0, Math.min(piece.length, size - at)));
    each(chunk);
    yield chunk;
  }
}

// The SSH machine inside this process: good enough for every transfer and command of the communicator.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import { nodeHost } from "../../host/node.ts";
import { startCommand } from "./command.ts";
import { connectSsh, type SshConnection } from "./connection.ts";
import { startEmbeddedServer } from "./embedded-server.ts";
import { readPrivateKey } from "./private-key.ts";
import { downloadFolderOverScp, downloadOverScp, uploadFolderOverScp, uploadOverScp } from "./scp.ts";
import { downloadFolderOverSftp, downloadOverSftp, uploadFolderOverSftp, uploadOverSftp } from "./sftp.ts";
import { tarDownloadFolder } from "./tar-download.ts";
import { tarUploadFolder } from "./tar-folder.ts";
import { openTunnel } from "./tunnel.ts";

const never = new AbortController().signal;

async function machine(t: TestContext): Promise<{ root: string; connection: SshConnection }> {
  const root = mkdtempSync(join(tmpdir(), "embedded-"));
  const server = await startEmbeddedServer(nodeHost(), { root });
  const key = readPrivateKey(server.privateKey);
  assert.ok("value" in key);
  const credentials = { username: server.username, keys: [{ key: key.value, origin: "made for it" }] };
  const connection = await connectSsh(nodeHost(), { host: server.host, port: server.port, credentials }, never);
  t.after(async () => {
    await connection.close();
    await server.close();
    rmSync(root, { recursive: true });
  });
  return { root, connection };
}

async function output(
  connection: SshConnection,
  command: string,
  input = "",
): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
  const running = await startCommand(connection, command);
  let [stdout, stderr] = ["", ""];
  running.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  running.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  running.stdin.end(input);
  const end = await running.ended;
  return { code: end.end === "exited" ? end.code : undefined, stdout, stderr };
}

function sample(root: string): string {
  const dir = join(root, "sample");
  mkdirSync(join(dir, "sub/empty"), { recursive: true });
  writeFileSync(join(dir, "sub/a b"), "blank");
  writeFileSync(join(dir, "large"), Buffer.alloc(700_000, "0123456789"));
  writeFileSync(join(dir, "run"), "x");
  chmodSync(join(dir, "run"), 0o755);
  symlinkSync("run", join(dir, "link"));
  return dir;
}

function same(one: string, other: string): void {
  assert.equal(spawnSync("diff", ["-r", one, other], { encoding: "utf8" }).stdout, "");
  assert.equal(statSync(join(other, "run")).mode & 0o777, 0o755);
}

async function contentOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

describe("driver/ssh embedded server", () => {
  test("a tunnel is refused where its port is taken on this machine", async (t) => {
    const { connection } = await machine(t);
    const taken = await nodeHost().network.listen({ host: "127.0.0.1", port: 0 }, () => {});
    t.after(() => taken.close());
    const tunnel = { listen: "here", port: taken.port, toHost: "127.0.0.1", toPort: 1 } as const;
    await rejectsWith(openTunnel(connection, tunnel), {
      code: "communicator/ssh-tunnel",
      failure: "environment",
      message: /EADDRINUSE/,
    });
  });

  test("commands run in the root folder, with their own streams and status", async (t) => {
    const { root, connection } = await machine(t);
    assert.deepEqual(await output(connection, 'pwd; echo "$HOME"; cat; echo err >&2; exit 5', "in\n"), {
      code: 5,
      stdout: `${root}\n${root}\nin\n`,
      stderr: "err\n",
    });
  });

  test("a key it did not make is refused", async (t) => {
    const root = mkdtempSync(join(tmpdir(), "embedded-"));
    const [server, other] = [
      await startEmbeddedServer(nodeHost(), { root }),
      await startEmbeddedServer(nodeHost(), { root }),
    ];
    t.after(async () => {
      await server.close();
      await other.close();
      rmSync(root, { recursive: true });
    });
    const key = readPrivateKey(other.privateKey);
    assert.ok("value" in key);
    const credentials = { username: server.username, keys: [{ key: key.value, origin: "another" }] };
    await assert.rejects(
      connectSsh(nodeHost(), { host: server.host, port: server.port, credentials }, never),
      /did not let "packer" in/,
    );
  });

  test("files travel both ways by scp and SFTP", async (t) => {
    const { root, connection } = await machine(t);
    const file = {
      content: (async function* () {
        yield Buffer.from("hello");
      })(),
      size: 5,
      mode: 0o640,
    };
    await uploadOverScp(connection, file, "by scp", never);
    assert.equal(readFileSync(join(root, "by scp"), "utf8"), "hello");
    assert.equal(await contentOf(downloadOverScp(connection, join(root, "by scp"), never)), "hello");
    const again = {
      content: (async function* () {
        yield Buffer.from("hello");
      })(),
      size: 5,
      mode: 0o640,
    };
    await uploadOverSftp(connection, again, "by-sftp", never);
    assert.equal(statSync(join(root, "by-sftp")).mode & 0o777, 0o640);
    assert.equal(await contentOf(downloadOverSftp(connection, "by-sftp", never)), "hello");
    await assert.rejects(contentOf(downloadOverScp(connection, join(root, "nothing"), never)), /was not downloaded/);
    await assert.rejects(contentOf(downloadOverSftp(connection, "nothing", never)), /does not exist/);
  });

  test("folders travel both ways by tar, scp and SFTP", async (t) => {
    const { root, connection } = await machine(t);
    const source = sample(root);
    const back = (remoteDir: string, folder: string) => ({ remoteDir, localDir: join(root, folder) });
    for (const name of ["tar", "scp", "sftp"]) {
      mkdirSync(join(root, name, "back"), { recursive: true });
    }
    assert.equal(await tarUploadFolder(connection, { localDir: source, remoteDir: "tar" }, "masked", never), true);
    assert.equal(await tarDownloadFolder(connection, back("tar/sample", "tar/back"), never), true);
    await uploadFolderOverScp(connection, { localDir: source, remoteDir: join(root, "scp") }, never);
    await downloadFolderOverScp(connection, back("scp/sample", "scp/back"), never);
    await uploadFolderOverSftp(connection, { localDir: source, remoteDir: "sftp" }, never);
    await downloadFolderOverSftp(connection, back("sftp/sample", "sftp/back"), never);
    for (const name of ["tar", "scp", "sftp"]) {
      same(source, join(root, name, "sample"));
      same(source, join(root, name, "back/sample"));
    }
  });

  test("closing it ends what still runs", async (t) => {
    const root = mkdtempSync(join(tmpdir(), "embedded-"));
    t.after(() => rmSync(root, { recursive: true }));
    const server = await startEmbeddedServer(nodeHost(), { root, password: "word" });
    const credentials = { username: server.username, password: "word" };
    const connection = await connectSsh(nodeHost(), { host: server.host, port: server.port, credentials }, never);
    const running = await startCommand(connection, "echo $$; exec sleep 1000");
    const pid = await new Promise<number>((resolve) =>
      running.stdout.once("data", (chunk) => resolve(Number(String(chunk)))),
    );
    running.stderr.resume();
    await server.close();
    assert.deepEqual(await running.ended, { end: "disconnected" });
    while (isAlive(pid)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await connection.close();
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

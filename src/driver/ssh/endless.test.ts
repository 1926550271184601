// Servers that let everybody in and then never come to an end: told, and not waited for.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import ssh2, { type Connection, type ServerChannel, type SFTPWrapper } from "ssh2";
import { needs } from "../../../test/needs.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { bytesOf, connectSshTo } from "../../../test/servers/ssh-run.ts";
import { keygen } from "../../../test/servers/sshd.ts";
import type { Communicator } from "../../sdk/communicator.ts";

const { signal } = new AbortController();

interface Scene {
  readonly machine: Communicator;
  readonly folder: string;
}

interface Malice {
  exec?(channel: ServerChannel, command: string): void;
  sftp?(sftp: SFTPWrapper): void;
}

/** A connection to a server of that kind; `undefined` where the machine lacks something and the test was skipped for it. */
async function connectTo(t: TestContext, malice: Malice, method = "scp"): Promise<Scene | undefined> {
  if (!needs(t, "ssh-keygen")) {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "endless-"));
  t.after(() => rmSync(folder, { recursive: true }));
  keygen("-t", "ed25519", "-f", join(folder, "key"));
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [readFileSync(join(folder, "key"))] }, (client) => {
    clients.add(client.on("error", () => {}).on("authentication", (context) => context.accept()));
    client.on("session", (accept) => {
      const session = accept();
      session.on("exec", (acceptExec, _, { command }) =>
        malice.exec?.(
          acceptExec().on("error", () => {}),
          command,
        ),
      );
      session.on("sftp", (acceptSftp) => malice.sftp?.(acceptSftp().on("error", () => {})));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    for (const client of clients) {
      client.end();
    }
  });
  const given = { ssh_host: "127.0.0.1", ssh_port: (server.address() as AddressInfo).port, ssh_username: "x" };
  const login = { ssh_password: "y", ssh_file_transfer_method: method };
  return { machine: await connectSshTo(t, { ...given, ...login }), folder };
}

/** A line without an end, and then silence. */
function saySomethingLong(channel: ServerChannel): void {
  channel.write("x".repeat(300_000));
}

const upload = { content: () => bytesOf("abc"), size: 3 };

describe("driver/ssh and what never ends", () => {
  it("does not wait behind an answer of scp that is one endless line", async (t) => {
    const scene = await connectTo(t, { exec: saySomethingLong });
    if (scene === undefined) {
      return;
    }
    const { machine, folder } = scene;
    const told = { code: "communicator/ssh-transfer", message: /never ends|unexpected answer|prints text/ };
    await rejectsWith(machine.upload({ ...upload, content: upload.content() }, "/tmp/x", signal), told);
    const content = machine.download("/tmp/x", signal);
    await rejectsWith(
      (async () => {
        for await (const _ of content) {
          // Nothing of it is wanted.
        }
      })(),
      told,
    );
    await rejectsWith(machine.downloadDir("/tmp/x", folder, signal), told);
    writeFileSync(join(folder, "file"), "");
    await rejectsWith(machine.uploadDir(folder, "/tmp", signal), told);
  });

  it("does not read a folder that has no last name", async (t) => {
    const list = (sftp: SFTPWrapper): void => {
      const attrs = { mode: 0o40755, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
      const names = Array.from({ length: 500 }, (_, at) => ({ filename: `f${at}`, longname: "", attrs }));
      sftp.on("REALPATH", (id, path) => sftp.name(id, [{ filename: path, longname: path, attrs }]));
      sftp.on("STAT", (id) => sftp.attrs(id, attrs));
      sftp.on("OPENDIR", (id) => sftp.handle(id, Buffer.from("d")));
      sftp.on("READDIR", (id) => sftp.name(id, names));
      sftp.on("CLOSE", (id) => sftp.status(id, 0));
    };
    const exec = (channel: ServerChannel): void => {
      channel.exit(127);
      channel.end();
    };
    const scene = await connectTo(t, { sftp: list, exec }, "sftp");
    if (scene === undefined) {
      return;
    }
    await rejectsWith(scene.machine.downloadDir("/data/", scene.folder, signal), {
      code: "communicator/ssh-transfer",
      message: /does not come to an end with the names in \/data/,
    });
  });
});

// How commands over SSH begin and end on the wire.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import ssh2 from "ssh2";
import { needs } from "../../../test/needs.ts";
import { connectSshTo, hear } from "../../../test/servers/ssh-run.ts";
import { keygen, type Sshd, startSshd } from "../../../test/servers/sshd.ts";

const { Server } = ssh2;

/** Hands on what the server says once it has been silent for a while, in one piece; gives its port. */
async function gatheringProxy(t: TestContext, sshd: Sshd): Promise<number> {
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(sshd.port, sshd.host);
    for (const socket of [client, server]) {
      open.add(socket.on("error", () => {}).on("close", () => client.destroy()));
    }
    client.pipe(server);
    let gathered: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    const handOn = (): void => {
      client.write(Buffer.concat(gathered));
      gathered = [];
    };
    server.on("data", (chunk: Buffer) => {
      gathered.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(handOn, 250);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  t.after(() => {
    for (const socket of open) {
      socket.destroy();
    }
    proxy.close();
  });
  const address = proxy.address();
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}

/** A server that only writes down which signals its commands get, for which it has no event; gives its port. */
async function signalledServer(t: TestContext, hostKey: string, signals: string[]): Promise<number> {
  const debug = (line: string): void => {
    const name = /CHANNEL_REQUEST \(.*signal: (\w+)/.exec(line)?.[1];
    if (name !== undefined) {
      signals.push(name);
    }
  };
  const server = new Server({ hostKeys: [hostKey], debug }, (client) => {
    client.on("authentication", (login) => login.accept());
    client.on("error", () => {});
    client.on("session", (accept) => {
      accept().on("exec", (started) => void started().resume());
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}

describe("driver/ssh command", () => {
  it("asks the server to end a cancelled command, though its input has ended", async (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "command-"));
    t.after(() => rmSync(folder, { recursive: true }));
    keygen("-t", "ed25519", "-f", join(folder, "key"));
    const signals: string[] = [];
    const port = await signalledServer(t, readFileSync(join(folder, "key"), "utf8"), signals);
    const machine = await connectSshTo(t, {
      ssh_host: "127.0.0.1",
      ssh_port: port,
      ssh_username: "x",
      ssh_password: "y",
    });
    const cancel = new AbortController();
    const ended = machine.exec("sleep 1000", { stdout() {}, stderr() {} }, cancel.signal);
    await wait(200);
    cancel.abort(new Error("cancelled"));
    await assert.rejects(ended, /cancelled/);
    for (let tries = 0; tries < 40 && signals.length === 0; tries++) {
      await wait(50);
    }
    assert.deepEqual(signals, ["TERM"]);
  });

  it("hears how a command ended when its end comes together with its beginning", async (t) => {
    // Without a home no start-up file of the user's shell makes the command slow.
    const sshd = await startSshd(t, { config: ["SetEnv HOME=/nonexistent"] });
    if (sshd === undefined) {
      return;
    }
    const port = await gatheringProxy(t, sshd);
    const machine = await connectSshTo(t, {
      ssh_host: "127.0.0.1",
      ssh_port: port,
      ssh_username: sshd.user,
      ssh_private_key_file: sshd.keyFile,
    });
    for (const code of [0, 7, 0]) {
      const heard = await hear(machine, `echo out; echo err >&2; exit ${code}`);
      assert.deepEqual(heard, { end: "exited", code, stdout: "out\n", stderr: "err\n" });
    }
  });
});

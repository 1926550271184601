// Ways to a machine: bastions, proxies and tunnels, all real ones.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { freePort } from "../servers/listen.ts";
import { connectSshTo, hear, realRun } from "../servers/ssh-run.ts";
import { type Sshd, startSshd } from "../servers/sshd.ts";

const optionsFor = (sshd: Sshd, more: Readonly<Record<string, unknown>> = {}) => ({
  ssh_host: sshd.host,
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_private_key_file: sshd.keyFile,
  ssh_timeout: "10s",
  ...more,
});

/** The server that a command was asked through, as it sees the connection. */
async function cameFrom(machine: Parameters<typeof hear>[0]): Promise<string> {
  return (await hear(machine, "echo $SSH_CONNECTION")).stdout;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) {
      return;
    }
    await wait(20);
  }
}

/** A program that serves a port until the test ends. */
async function serve(t: TestContext, port: number, command: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  await listening(port);
}

describe("communicator/ssh routes", () => {
  test("a bastion with a key of its own leads to the machine", async (t) => {
    const [machine, bastion] = [await startSshd(t), await startSshd(t)];
    if (machine === undefined || bastion === undefined) {
      return;
    }
    const options = optionsFor(machine, {
      ssh_bastion_host: bastion.host,
      ssh_bastion_port: bastion.port,
      ssh_bastion_username: bastion.user,
      ssh_bastion_private_key_file: bastion.keyFile,
    });
    const there = await connectSshTo(t, options);
    assert.equal((await hear(there, "echo through")).stdout, "through\n");
    assert.match(bastion.log(), /Accepted publickey/);
    const size = 3_000_000;
    await there.upload(
      { content: Readable.from([Buffer.alloc(size, 7)]), size },
      join(machine.dir, "file"),
      new AbortController().signal,
    );
    assert.equal(readFileSync(join(machine.dir, "file")).length, size);
    // A new connection after the bastion went away and came back in the middle.
    bastion.cutConnections();
    assert.equal((await hear(there, "echo again")).stdout, "again\n");
  });

  test("a bastion takes a password, and the terminal's answers", async (t) => {
    const bastion = await startSshd(t, { password: "bastion word", pam: true, authorizedKeys: [] });
    const machine = await startSshd(t);
    if (machine === undefined || bastion === undefined) {
      return;
    }
    const through = {
      ssh_bastion_host: bastion.host,
      ssh_bastion_port: bastion.port,
      ssh_bastion_username: bastion.user,
    };
    const withPassword = await connectSshTo(
      t,
      optionsFor(machine, { ...through, ssh_bastion_password: "bastion word" }),
    );
    assert.equal((await hear(withPassword, "echo one")).stdout, "one\n");
    const run = realRun({ answers: ["bastion word"] });
    const asked = await connectSshTo(t, optionsFor(machine, { ...through, ssh_bastion_interactive: true }), run);
    assert.equal((await hear(asked, "echo two")).stdout, "two\n");
    assert.match(run.lines.join("\n"), /ask: .*[Pp]assword/);
    assert.deepEqual(run.hidden, ["bastion word"], "what was typed is hidden from the log");
  });

  test("a bastion that may not reach the machine is named, not the machine", async (t) => {
    const bastion = await startSshd(t, { config: ["AllowTcpForwarding no"] });
    const machine = await startSshd(t);
    if (machine === undefined || bastion === undefined) {
      return;
    }
    const options = optionsFor(machine, {
      ssh_timeout: "1s",
      ssh_bastion_host: bastion.host,
      ssh_bastion_port: bastion.port,
      ssh_bastion_username: bastion.user,
      ssh_bastion_private_key_file: bastion.keyFile,
    });
    await assert.rejects(
      connectSshTo(t, options),
      new RegExp(`The bastion 127.0.0.1:${bastion.port} could not connect to 127.0.0.1:${machine.port}`),
    );
  });

  test("a SOCKS5 proxy leads to the machine, with and without a log-in", async (t) => {
    const machine = await startSshd(t);
    if (machine === undefined || !needs(t, "microsocks")) {
      return;
    }
    const [open, locked] = [await freePort(), await freePort()];
    await serve(t, open, "microsocks", "-i", "127.0.0.1", "-p", String(open));
    await serve(t, locked, "microsocks", "-i", "127.0.0.1", "-p", String(locked), "-u", "user", "-P", "proxy word");
    const through = (port: number, more = {}) =>
      optionsFor(machine, { ssh_proxy_host: "127.0.0.1", ssh_proxy_port: port, ssh_timeout: "1s", ...more });
    assert.match(await cameFrom(await connectSshTo(t, through(open))), /127\.0\.0\.1/);
    const login = { ssh_proxy_username: "user", ssh_proxy_password: "proxy word" };
    assert.match(await cameFrom(await connectSshTo(t, through(locked, login))), /127\.0\.0\.1/);
    await assert.rejects(connectSshTo(t, through(locked)), /The SOCKS5 proxy 127\.0\.0\.1:\d+ could not be used/);
    await assert.rejects(
      connectSshTo(t, through(locked, { ...login, ssh_proxy_password: "wrong" })),
      /refused the user name and password/,
    );
    await assert.rejects(
      connectSshTo(t, { ...through(open), ssh_port: await freePort() }),
      /could not connect to 127\.0\.0\.1:\d+: connection refused/,
    );
    await assert.rejects(connectSshTo(t, through(machine.port)), /does not speak SOCKS/);
  });

  test("OpenSSH's own SOCKS server leads to the machine by name", async (t) => {
    const machine = await startSshd(t);
    if (machine === undefined || !needs(t, "ssh")) {
      return;
    }
    const port = await freePort();
    const args = ["-N", "-D", `127.0.0.1:${port}`, "-i", machine.keyFile, "-p", String(machine.port)];
    const quiet = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", `${machine.user}@127.0.0.1`];
    await serve(t, port, "ssh", ...args, ...quiet);
    const options = optionsFor(machine, { ssh_host: "localhost", ssh_proxy_host: "127.0.0.1", ssh_proxy_port: port });
    assert.match(await cameFrom(await connectSshTo(t, options)), /127\.0\.0\.1/);
  });

  test("an HTTP proxy leads to the machine, with and without a log-in", async (t) => {
    const machine = await startSshd(t);
    if (machine === undefined || !needs(t, "tinyproxy")) {
      return;
    }
    const [open, locked, closed] = [await freePort(), await freePort(), await freePort()];
    for (const [port, more] of [
      [open, ""],
      [locked, "BasicAuth user proxyword\n"],
      [closed, "ConnectPort 443\n"],
    ] as const) {
      const file = join(machine.dir, `tinyproxy-${port}`);
      writeFileSync(
        file,
        `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 10\nAllow 127.0.0.1\nLogFile "${file}.log"\n${more}`,
      );
      await serve(t, port, "tinyproxy", "-d", "-c", file);
    }
    const through = (port: number, more = {}) =>
      optionsFor(machine, { ssh_proxy_host: "http://127.0.0.1", ssh_proxy_port: port, ssh_timeout: "1s", ...more });
    assert.match(await cameFrom(await connectSshTo(t, through(open))), /127\.0\.0\.1/);
    const login = { ssh_proxy_username: "user", ssh_proxy_password: "proxyword" };
    assert.match(await cameFrom(await connectSshTo(t, through(locked, login))), /127\.0\.0\.1/);
    await assert.rejects(connectSshTo(t, through(locked)), /The HTTP proxy 127\.0\.0\.1:\d+ could not be used/);
    await assert.rejects(connectSshTo(t, through(closed)), /would not connect to 127\.0\.0\.1/);
  });

  test("tunnels carry connections both ways, and end with the connection", async (t) => {
    const machine = await startSshd(t);
    if (machine === undefined) {
      return;
    }
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await new Promise((resolve) => echo.once("listening", resolve));
    t.after(() => echo.close());
    const address = echo.address();
    assert.ok(typeof address === "object" && address !== null);
    const [local, remote] = [await freePort(), await freePort()];
    const there = await connectSshTo(
      t,
      optionsFor(machine, {
        ssh_local_tunnels: [`${local}:127.0.0.1:${address.port}`],
        ssh_remote_tunnels: [`${remote}:127.0.0.1:${address.port}`],
      }),
    );
    assert.equal(await echoed(local), "ping");
    assert.equal(await echoed(remote), "ping");
    await there.close();
    await assert.rejects(echoed(local), /ECONNREFUSED/);
  });

  test("a tunnel whose port is taken or forbidden says which one", async (t) => {
    const machine = await startSshd(t, { config: ["AllowTcpForwarding local"] });
    if (machine === undefined) {
      return;
    }
    const options = { ...optionsFor(machine), ssh_timeout: "1s" };
    await assert.rejects(
      connectSshTo(t, { ...options, ssh_local_tunnels: [`${machine.port}:127.0.0.1:1`] }),
      /tunnel from port \d+ of this machine/,
    );
    await assert.rejects(
      connectSshTo(t, { ...options, ssh_remote_tunnels: [`${machine.port}:127.0.0.1:1`] }),
      /tunnel from port \d+ of the remote machine/,
    );
  });
});

function echoed(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1", () => socket.end("ping"));
    socket
      .on("data", (chunk) => {
        heard += chunk;
      })
      .on("end", () => resolve(heard))
      .on("error", reject);
  });
}

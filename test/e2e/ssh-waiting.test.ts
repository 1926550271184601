// Waiting for SSH: every way a machine can keep us out has its own words, and none keeps us longer than asked.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { ssh } from "../../src/communicator/ssh/ssh.ts";
import { BuildError } from "../../src/diagnostic/build-error.ts";
import { sshCodes } from "../../src/diagnostic/codes/ssh.ts";
import { startCommand } from "../../src/driver/ssh/command.ts";
import { connectSsh, type SshTarget } from "../../src/driver/ssh/connection.ts";
import { readPrivateKey } from "../../src/driver/ssh/private-key.ts";
import { nodeHost } from "../../src/host/node.ts";
import { configOf } from "../fakes/prepare.ts";
import { needs } from "../needs.ts";
import { freePort } from "../servers/listen.ts";
import { connectSshTo, hear, realRun } from "../servers/ssh-run.ts";
import { launchSshd, type Sshd, startSshd } from "../servers/sshd.ts";

const never = new AbortController().signal;

/** A server that does what `serve` says with each connection. */
async function serverThat(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    serve(socket);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    for (const socket of open) {
      socket.destroy();
    }
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

function targetAt(port: number, more: Partial<SshTarget> = {}): SshTarget {
  return {
    host: "127.0.0.1",
    port,
    credentials: { username: "nobody", password: "hidden-word" },
    handshakeTimeout: 300,
    ...more,
  };
}

/** The failure of one attempt. */
async function failureOf(target: SshTarget): Promise<{ code: string; text: string }> {
  try {
    const connection = await connectSsh(nodeHost(), target, never);
    await connection.close();
  } catch (thrown) {
    assert.ok(thrown instanceof BuildError, String(thrown));
    const [first] = thrown.diagnostics;
    assert.ok(first !== undefined);
    assert.ok(first.code in sshCodes, first.code);
    const text = [first.summary, first.detail, first.hint].join("\n");
    assert.doesNotMatch(text, /hidden-word/);
    return { code: first.code, text };
  }
  return { code: "connected", text: "" };
}

describe("driver/ssh failures", () => {
  test("a name nobody knows", async () => {
    const { code, text } = await failureOf({ ...targetAt(22), host: "no-such-host.invalid" });
    assert.equal(code, "communicator/ssh-resolve");
    assert.match(text, /"no-such-host\.invalid" could not be resolved/);
  });

  test("a port nobody listens on", async () => {
    const port = await freePort();
    const { code, text } = await failureOf(targetAt(port));
    assert.equal(code, "communicator/ssh-refused");
    assert.match(text, new RegExp(`127\\.0\\.0\\.1:${port} refused the connection`));
  });

  test("a server that says nothing", async (t) => {
    const port = await serverThat(t, () => {});
    assert.equal((await failureOf(targetAt(port))).code, "communicator/ssh-no-banner");
  });

  test("a server that hangs up at once", async (t) => {
    const port = await serverThat(t, (socket) => socket.end());
    assert.equal((await failureOf(targetAt(port))).code, "communicator/ssh-closed");
    const resetting = await serverThat(t, (socket) => socket.resetAndDestroy());
    assert.equal((await failureOf(targetAt(resetting))).code, "communicator/ssh-closed");
  });

  test("a web server on the port", async (t) => {
    const port = await serverThat(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    const { code, text } = await failureOf(targetAt(port));
    assert.equal(code, "communicator/ssh-banner");
    assert.match(text, /It sent: "HTTP\/1\.1 400 Bad Request/);
  });

  test("a server that talks without end before its banner, or never ends its first line", async (t) => {
    for (const piece of ["x".repeat(65536), "line\r\n".repeat(10_000)]) {
      const before = process.memoryUsage().rss;
      const port = await serverThat(t, (socket) => {
        const more = (): void => {
          while (socket.writable && socket.write(piece)) {}
          socket.once("drain", more);
        };
        more();
      });
      const { code } = await failureOf(targetAt(port));
      assert.ok(["communicator/ssh-banner", "communicator/ssh-no-banner"].includes(code), code);
      assert.ok(process.memoryUsage().rss - before < 200e6);
    }
  });

  test("nothing in common with the server names both sides' algorithms", async (t) => {
    const sshd = await startSshd(t, { config: ["Ciphers aes256-ctr", "KexAlgorithms curve25519-sha256"] });
    if (sshd === undefined) {
      return;
    }
    const ciphers = await failureOf(
      targetAt(sshd.port, { ciphers: ["aes128-gcm@openssh.com"], handshakeTimeout: 5000 }),
    );
    assert.equal(ciphers.code, "communicator/ssh-algorithms");
    assert.match(
      ciphers.text,
      /no C->S cipher in common[\s\S]*The server offers: aes256-ctr\nThis client offers: aes128-gcm@openssh\.com/,
    );
    const kex = await failureOf(
      targetAt(sshd.port, { keyExchange: ["diffie-hellman-group14-sha256"], handshakeTimeout: 5000 }),
    );
    assert.match(kex.text, /The server offers: curve25519-sha256/);
    const unknown = await failureOf(targetAt(sshd.port, { ciphers: ["rot13"], handshakeTimeout: 5000 }));
    assert.equal(unknown.code, "communicator/ssh-algorithms");
    assert.match(unknown.text, /rot13/);
  });

  test("a server that dies, stalls or garbles at any byte of the handshake", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const key = readPrivateKey(readFileSync(sshd.keyFile, "utf8"));
    assert.ok("value" in key);
    const credentials = { username: sshd.user, keys: [{ key: key.value, origin: "test" }] };
    const whole = await relay(t, sshd.port, Number.POSITIVE_INFINITY, "die");
    assert.equal((await failureOf(targetAt(whole.port, { credentials, handshakeTimeout: 5000 }))).code, "connected");
    const seen = new Map<string, number>();
    for (const fault of ["die", "stall", "garble"] as const) {
      for (let at = 0; at < whole.sent(); at += fault === "stall" ? 400 : 97) {
        const link = await relay(t, sshd.port, at, fault);
        // What is garbled late may still let us in; what dies or stalls before the end of the log-in never does.
        const { code } = await failureOf(
          targetAt(link.port, { credentials, handshakeTimeout: fault === "stall" ? 300 : 5000 }),
        );
        seen.set(code, (seen.get(code) ?? 0) + 1);
      }
    }
    for (const code of [
      "communicator/ssh-closed",
      "communicator/ssh-no-banner",
      "communicator/ssh-handshake",
      "communicator/ssh-lost",
    ]) {
      assert.ok(seen.has(code), `${code} in ${[...seen.keys()].join(", ")}`);
    }
  });
});

describe("communicator/ssh waiting", () => {
  const optionsFor = (
    sshd: Pick<Sshd, "host" | "port" | "user" | "keyFile">,
    more: Readonly<Record<string, unknown>> = {},
  ) => ({
    ssh_host: sshd.host,
    ssh_port: sshd.port,
    ssh_username: sshd.user,
    ssh_private_key_file: sshd.keyFile,
    ...more,
  });

  test("a machine that starts late is reached, and the log says what was waited for, once", async (t) => {
    const spare = await startSshd(t);
    if (spare === undefined) {
      return;
    }
    const port = await freePort();
    const run = realRun();
    const connecting = connectSshTo(t, optionsFor({ ...spare, port }), run);
    while (run.lines.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const late = await launchSshd({ port, authorizedKeys: [readFileSync(`${spare.keyFile}.pub`, "utf8")] });
    t.after(() => late.stop());
    assert.equal((await hear(await connecting, "echo up")).stdout, "up\n");
    assert.deepEqual(run.lines, [
      "==> Waiting for SSH to become available...",
      `    127.0.0.1:${port} refused the connection; trying again`,
      "==> Connected to SSH!",
    ]);
  });

  test("a connection that was taken before the machine was there is given up for another", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    let connections = 0;
    // As a port that leads to a machine does: it accepts at once, and asks the machine again ever more seldom.
    const port = await serverThat(t, (socket) => {
      if (++connections === 1) {
        return;
      }
      const through = connect(sshd.port, sshd.host).on("error", () => {});
      socket.pipe(through).pipe(socket);
    });
    const run = realRun();
    assert.equal(
      (await hear(await connectSshTo(t, optionsFor({ ...sshd, host: "127.0.0.1", port }), run), "echo up")).stdout,
      "up\n",
    );
    assert.equal(connections, 2);
    assert.deepEqual(run.lines, [
      "==> Waiting for SSH to become available...",
      `    Still connected to 127.0.0.1:${port}, waiting for its SSH banner`,
      "==> Connected to SSH!",
    ]);
  });

  test("when time is up, the failure says what it was waiting for and what to try", async (t) => {
    const port = await freePort();
    const options = { ssh_host: "127.0.0.1", ssh_port: port, ssh_username: "x", ssh_password: "hidden-word" };
    await assert.rejects(connectSshTo(t, { ...options, ssh_timeout: "500ms" }), (error: BuildError) => {
      assert.equal(error.failure, "timeout");
      const [first] = error.diagnostics;
      assert.equal(first?.summary, "Timeout waiting for SSH.");
      assert.match(first?.detail ?? "", /refused the connection/);
      assert.match(first?.hint ?? "", /may not be running yet/);
      return true;
    });
    const silent = await serverThat(t, () => {});
    await assert.rejects(
      connectSshTo(t, { ...options, ssh_port: silent, ssh_timeout: "500ms" }),
      /It was still connected to 127.0.0.1:\d+, waiting for its SSH banner/,
    );
  });

  test("who is turned away until time is up is told of a log-in that was refused, not only of the time", async (t) => {
    const sshd = await startSshd(t, { authorizedKeys: [] });
    if (sshd === undefined) {
      return;
    }
    await assert.rejects(connectSshTo(t, optionsFor(sshd, { ssh_timeout: "3s" })), (error: BuildError) => {
      assert.equal(error.failure, "auth");
      assert.match(error.diagnostics[0]?.hint ?? "", /authorized_keys/);
      return true;
    });
  });

  test("refused log-ins are counted, and other failures are not", async (t) => {
    const sshd = await startSshd(t, { authorizedKeys: [] });
    if (sshd === undefined) {
      return;
    }
    await assert.rejects(connectSshTo(t, optionsFor(sshd, { ssh_handshake_attempts: 2 })), (error: BuildError) => {
      assert.equal(error.failure, "auth");
      assert.match(error.message, /Error waiting for SSH: .* did not let[\s\S]*Tried 2 times/);
      return true;
    });
    assert.equal(sshd.log().match(/Connection from/g)?.length, 3, "two log-ins and the fixture's own look");
  });

  test("an agent that is asked for but not there fails at once", async (t) => {
    const options = { ssh_host: "127.0.0.1", ssh_port: 1, ssh_username: "x", ssh_agent_auth: true };
    await assert.rejects(connectSshTo(t, options), /There is no SSH agent/);
    await assert.rejects(
      connectSshTo(t, options, realRun({ env: { SSH_AUTH_SOCK: "/nowhere/agent" } })),
      /agent at \/nowhere\/agent does not answer/,
    );
  });

  test("cancelling ends the wait at once", async (t) => {
    const port = await serverThat(t, () => {});
    const cancel = new AbortController();
    const config = await configOf(ssh, { ssh_host: "127.0.0.1", ssh_port: port, ssh_username: "x", ssh_password: "y" });
    const connecting = ssh.connect(config, {}, realRun({ signal: cancel.signal }));
    setTimeout(() => cancel.abort(new Error("user pressed Ctrl-C")), 100);
    await assert.rejects(connecting, /user pressed Ctrl-C/);
  });

  test("the address is asked for again until the builder knows it", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    let asked = 0;
    const host = async (): Promise<string> => {
      if (++asked < 2) {
        throw new BuildError("network", { code: "builder/no-address", severity: "error", summary: "no address yet" });
      }
      return sshd.host;
    };
    const { ssh_host: _, ...options } = optionsFor(sshd);
    const there = await connectSshTo(t, options, realRun(), { host });
    assert.equal(there.generated["Host"], "127.0.0.1");
    assert.equal(there.generated["Port"], sshd.port);
    assert.equal(asked, 2);
  });

  test("what no waiting mends is said at once, and not called another try", async (t) => {
    const sshd = await startSshd(t, { config: ["Ciphers aes256-ctr", "KexAlgorithms curve25519-sha256"] });
    if (sshd === undefined) {
      return;
    }
    const busy = await serverThat(t, () => {});
    for (const [more, words] of [
      [{ ssh_ciphers: ["aes128-ctr"] }, /Set ssh_ciphers to one that the server offers, such as "aes256-ctr"/],
      [
        { ssh_key_exchange_algorithms: ["ecdh-sha2-nistp256"] },
        /Set ssh_key_exchange_algorithms .* "curve25519-sha256"/,
      ],
      [{ ssh_local_tunnels: [`${busy}:localhost:1`] }, /Another program may use the port/],
    ] as const) {
      const run = realRun();
      const began = performance.now();
      await assert.rejects(connectSshTo(t, optionsFor(sshd, more), run), (error: BuildError) => {
        assert.match(error.diagnostics[0]?.hint ?? "", words);
        return true;
      });
      assert.ok(performance.now() - began < 3000, "it does not wait");
      assert.deepEqual(run.lines, ["==> Waiting for SSH to become available..."]);
    }
  });

  test("the last failure before time is up is not followed by another try, and is not said to be", async (t) => {
    const run = realRun();
    const nowhere = { host: "127.0.0.1", port: await freePort(), user: "x", keyFile: "" };
    const options = optionsFor(nowhere, { ssh_private_key_file: undefined, ssh_password: "word", ssh_timeout: "1s" });
    await assert.rejects(connectSshTo(t, options, run), /Timeout waiting for SSH/);
    assert.deepEqual(run.lines.slice(1), [`    127.0.0.1:${nowhere.port} refused the connection`]);
  });

  test("a server that only has the key exchange of old machines lets us in, as it lets Packer", async (t) => {
    const sshd = await startSshd(t, { config: ["KexAlgorithms diffie-hellman-group14-sha1"] });
    if (sshd === undefined) {
      return;
    }
    assert.equal((await hear(await connectSshTo(t, optionsFor(sshd)), "echo in")).stdout, "in\n");
  });

  test("keys that are exchanged again during the work are no step of connecting", async (t) => {
    const sshd = await startSshd(t, { config: ["RekeyLimit 1M"] });
    if (sshd === undefined) {
      return;
    }
    const key = readPrivateKey(readFileSync(sshd.keyFile, "utf8"));
    assert.ok("value" in key);
    const phases: string[] = [];
    const credentials = { username: sshd.user, keys: [{ key: key.value, origin: "test" }] };
    const target = { host: sshd.host, port: sshd.port, credentials };
    const connection = await connectSsh(nodeHost(), target, never, ({ phase }) => phases.push(phase));
    const before = phases.length;
    const { stdout, stderr, ended } = await startCommand(connection, "head -c 8000000 /dev/zero");
    stdout.resume();
    stderr.resume();
    await ended;
    await connection.close();
    assert.deepEqual(phases.slice(before), []);
  });

  test("a bastion that may not reach the machine, and a proxy that is none, are blamed in its place", async (t) => {
    const stranger = await serverThat(t, (socket) => socket.end("no proxy"));
    const proxy = { kind: "socks5", host: "127.0.0.1", port: stranger } as const;
    assert.equal((await failureOf(targetAt(22, { through: { proxy } }))).code, "communicator/ssh-proxy");
    const sshd = await startSshd(t, { config: ["AllowTcpForwarding no"] });
    if (sshd === undefined) {
      return;
    }
    const key = readPrivateKey(readFileSync(sshd.keyFile, "utf8"));
    assert.ok("value" in key);
    const credentials = { username: sshd.user, keys: [{ key: key.value, origin: sshd.keyFile }] };
    const bastion = { host: sshd.host, port: sshd.port, credentials };
    const { code, text } = await failureOf(targetAt(22, { through: { bastion } }));
    assert.equal(code, "communicator/ssh-bastion");
    assert.match(text, /AllowTcpForwarding yes/);
  });

  test("a proxy, a full server and an agent without keys are each told as what they are", async (t) => {
    const port = await freePort();
    const proxied = await failureOf(targetAt(22, { through: { proxy: { kind: "socks5", host: "127.0.0.1", port } } }));
    assert.match(proxied.text, /The proxy 127\.0\.0\.1:\d+ refused the connection[\s\S]*ssh_proxy_host/);
    for (const words of ["Exceeded MaxStartups\r\n", "Not allowed at this time\r\n"]) {
      const full = await serverThat(t, (socket) => socket.end(words));
      const { code, text } = await failureOf(targetAt(full));
      assert.equal(code, "communicator/ssh-closed");
      assert.match(text, /MaxStartups/);
      assert.doesNotMatch(text, /something else listens/);
    }
    const sshd = await startSshd(t);
    if (sshd === undefined || !needs(t, "ssh-agent")) {
      return;
    }
    const socket = join(sshd.dir, "empty-agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    t.after(() => agent.kill());
    while (!existsSync(socket)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const credentials = { username: sshd.user, agent: socket };
    const empty = await failureOf({ host: sshd.host, port: sshd.port, credentials, handshakeTimeout: 5000 });
    assert.equal(empty.code, "communicator/ssh-auth");
    assert.match(empty.text, /The SSH agent holds no key: load one with `ssh-add`/);
  });
});

type Fault = "die" | "stall" | "garble";

/** A relay to `port` with a fault after so many bytes from the server. */
async function relay(
  t: TestContext,
  port: number,
  after: number,
  fault: Fault,
): Promise<{ port: number; sent(): number }> {
  let sent = 0;
  const listening = await serverThat(t, (near) => {
    const far = connect(port, "127.0.0.1");
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    near.on("close", () => far.destroy()).pipe(far);
    far.on("data", (chunk: Buffer) => {
      const left = after - sent;
      sent += chunk.length;
      if (sent <= after) {
        return void near.write(chunk);
      }
      if (left > 0) {
        near.write(chunk.subarray(0, left));
      }
      if (fault === "die") {
        near.destroy();
      }
      if (fault === "garble") {
        near.write(Buffer.alloc(chunk.length - Math.max(0, left), 0x5a));
      }
    });
  });
  return { port: listening, sent: () => sent };
}

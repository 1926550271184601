// WinRM over HTTPS and through HTTP proxies.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { winrm } from "../../src/communicator/winrm/winrm.ts";
import { openWinrmClient } from "../../src/driver/winrm/client.ts";
import type { HttpEndpoint } from "../../src/driver/winrm/endpoint.ts";
import { runCommand } from "../../src/driver/winrm/run-command.ts";
import { configOf } from "../fakes/prepare.ts";
import { fakeRun } from "../fakes/run.ts";
import { needs } from "../needs.ts";
import { expired, selfSigned } from "../servers/winrm-certificate.ts";
import { quickHost, rejection, winrmFixture } from "../servers/winrm-fixture.ts";
import { startWinrmServer } from "../servers/winrm-server.ts";

/** Runs `echo x` on a machine at an endpoint. */
async function echo(endpoint: HttpEndpoint, ntlm = true): Promise<string> {
  const client = openWinrmClient(quickHost(), endpoint, { username: "vagrant", password: "vagrant", ntlm });
  const chunks: Uint8Array[] = [];
  try {
    await runCommand(
      client,
      "echo x",
      { stdout: (chunk) => void chunks.push(chunk), stderr() {} },
      new AbortController().signal,
    );
  } finally {
    client.close();
  }
  return Buffer.concat(chunks).toString();
}

const ONLY_BY_PROXY = "windows.invalid";

interface Proxy {
  readonly port: number;
  readonly seen: string[];
}

/** A small HTTP proxy: CONNECT and absolute addresses, with or without a password. Each connection leads to one machine, as NTLM needs it. */
async function startProxy(t: TestContext, options: { password?: string | undefined } = {}): Promise<Proxy> {
  const seen: string[] = [];
  const expected =
    `Proxy-Authorization: Basic ${Buffer.from(`user:${options.password}`).toString("base64")}`.toLowerCase();
  const open = new Set<Socket>();
  const proxy = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("data", (first: Buffer) => {
      const head = first.toString("latin1");
      const [, tunnel, host = "", port = ""] = /^(CONNECT |POST http:\/\/)([^:]+):(\d+)/.exec(head) ?? [];
      seen.push(head.split("\r\n")[0] ?? "");
      if (options.password !== undefined && !head.toLowerCase().includes(expected)) {
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        return;
      }
      // The one name that only the proxy knows is this machine.
      const outgoing = connect({ host: host === ONLY_BY_PROXY ? "127.0.0.1" : host, port: Number(port) });
      outgoing.on("error", () => socket.destroy());
      if (tunnel === "CONNECT ") {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      } else {
        outgoing.write(first);
      }
      socket.pipe(outgoing).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of open) {
      socket.destroy();
    }
    proxy.close();
  });
  return { port: (proxy.address() as AddressInfo).port, seen };
}

const root = new URL("../../", import.meta.url);

/** What a process that trusts `authority` says when it connects: which authorities are trusted is read when a process starts. */
async function asTrusting(t: TestContext, authority: string, port: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "winrm-trust-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "authority.pem"), authority);
  const script = `
    import { openHttp } from "${new URL("src/driver/winrm/http-connection.ts", root)}";
    import { nodeHost } from "${new URL("src/host/node.ts", root)}";
    const endpoint = { host: "127.0.0.1", port: ${port}, tls: { insecure: false } };
    try {
      await openHttp(nodeHost().network, endpoint, new AbortController().signal);
      process.stdout.write("connected");
    } catch (error) {
      const [{ code, summary, detail, hint }] = error.diagnostics;
      process.stdout.write([code, summary, detail, hint].join("\\n"));
    }
    process.exit();`;
  writeFileSync(join(folder, "connect.mts"), script);
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "authority.pem") };
  // Not spawnSync: the machine lives in this process.
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), join(folder, "connect.mts")], { env });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  await once(child, "close");
  return said;
}

describe("e2e/winrm/tls", () => {
  for (const kind of ["rsa-sha256", "ecdsa-sha384"] as const) {
    it(`binds NTLM to the machine's certificate (${kind})`, async (t) => {
      if (!needs(t, "openssl")) {
        return;
      }
      await using fixture = await winrmFixture({ tls: selfSigned(kind), strictBindings: true }, { ntlm: true });
      assert.equal((await fixture.run("echo x")).stdout, "x\r\n");
      assert.equal(fixture.server.connections, 1);
    });
  }

  it("speaks Basic over HTTPS", async (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    await using fixture = await winrmFixture({ tls: selfSigned() });
    assert.equal((await fixture.run("echo x")).stdout, "x\r\n");
  });

  it("says why a certificate is not accepted, and what to set", async (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    const server = await startWinrmServer({ tls: selfSigned() });
    const { code, text } = await rejection(echo({ host: "127.0.0.1", port: server.port, tls: { insecure: false } }));
    assert.equal(code, "communicator/winrm-tls");
    assert.match(text, /TLS with 127\.0\.0\.1:\d+ failed\nIts certificate is self-signed\.\nSet winrm_insecure/);
    await server.close();
  });

  it("says that a certificate has expired or is for another name, though its authority is trusted", async (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    for (const [certificate, said] of [
      [expired(), /Its certificate has expired\.\nSet winrm_insecure/],
      [
        selfSigned("rsa-sha256", "DNS:other.example"),
        /Its certificate is for another name: .*other\.example[\s\S]*Set winrm_host to a name in the certificate/,
      ],
    ] as const) {
      const server = await startWinrmServer({ tls: certificate });
      const text = await asTrusting(t, certificate.cert, server.port);
      assert.match(text, /^communicator\/winrm-tls\nTLS with 127\.0\.0\.1:\d+ failed/);
      assert.match(text, said);
      await server.close();
    }
  });

  it("says that a port speaks no TLS, and that a TLS port is not HTTP", async (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    const plain = await startWinrmServer();
    const { code, text } = await rejection(echo({ host: "127.0.0.1", port: plain.port, tls: { insecure: true } }));
    assert.equal(code, "communicator/winrm-tls");
    assert.match(text, /does not speak TLS/);
    await plain.close();
    const secured = await startWinrmServer({ tls: selfSigned() });
    const other = await rejection(echo({ host: "127.0.0.1", port: secured.port }));
    assert.ok(["communicator/winrm-dropped", "communicator/winrm-answer"].includes(other.code), other.code);
    await secured.close();
  });

  it("goes through an HTTP proxy, with NTLM on a connection of its own", async (t) => {
    const server = await startWinrmServer({ allowUnencrypted: false });
    const proxy = await startProxy(t);
    const endpoint = {
      host: "127.0.0.1",
      port: server.port,
      proxy: { kind: "http" as const, host: "127.0.0.1", port: proxy.port },
    };
    assert.equal(await echo(endpoint), "x\r\n");
    assert.deepEqual(proxy.seen, [`POST http://127.0.0.1:${server.port}/wsman HTTP/1.1`]);
    await server.close();
  });

  it("goes through a proxy's tunnel for HTTPS, with the proxy's password", async (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    const server = await startWinrmServer({ tls: selfSigned(), strictBindings: true });
    const proxy = await startProxy(t, { password: "open" });
    const endpoint = { host: "127.0.0.1", port: server.port, tls: { insecure: true } };
    const through = { kind: "http" as const, host: "127.0.0.1", port: proxy.port };
    assert.equal(await echo({ ...endpoint, proxy: { ...through, username: "user", password: "open" } }), "x\r\n");
    const { code, text } = await rejection(echo({ ...endpoint, proxy: through }));
    assert.equal(code, "communicator/winrm-proxy");
    assert.match(text, /The proxy on the way to 127\.0\.0\.1:\d+ would not connect to it\n.*It wants a log-in/);
    assert.equal(
      (await rejection(echo({ ...endpoint, proxy: { ...through, port: 1 } }))).code,
      "communicator/winrm-proxy",
    );
    await server.close();
  });
});

/** Connects with the options of a template and runs `echo x`. */
async function echoWith(
  given: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const run = fakeRun({ host: quickHost(env) });
  const options = { winrm_username: "vagrant", winrm_password: "vagrant", winrm_timeout: "4s", ...given };
  const machine = await winrm.connect(await configOf(winrm, options), {}, run);
  const chunks: Uint8Array[] = [];
  await machine.exec("echo x", { stdout: (chunk) => void chunks.push(chunk), stderr() {} }, run.signal);
  await machine.close();
  return Buffer.concat(chunks).toString();
}

describe("e2e/winrm/options", () => {
  it("winrm_use_ssl speaks HTTPS, and winrm_insecure takes any certificate", async (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    const server = await startWinrmServer({ tls: selfSigned() });
    t.after(() => server.close());
    const machine = { winrm_host: "127.0.0.1", winrm_port: server.port, winrm_use_ssl: true };
    for (const winrm_use_ntlm of [false, true]) {
      assert.equal(await echoWith({ ...machine, winrm_insecure: true, winrm_use_ntlm }), "x\r\n");
    }
    assert.match((await rejection(echoWith(machine))).text, /self-signed[\s\S]*winrm_insecure/);
  });

  it("winrm_no_proxy goes straight where the environment has a proxy", async (t) => {
    const server = await startWinrmServer();
    t.after(() => server.close());
    const proxy = await startProxy(t);
    const machine = { winrm_host: ONLY_BY_PROXY, winrm_port: server.port };
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    assert.equal(await echoWith(machine, env), "x\r\n");
    const { length } = proxy.seen;
    assert.ok(length > 0);
    await assert.rejects(echoWith({ ...machine, winrm_no_proxy: true }, env));
    assert.equal(proxy.seen.length, length);
  });
});

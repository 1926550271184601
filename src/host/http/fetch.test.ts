// Requests to servers that are well, that are ill, and that mean ill.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { httpServer } from "../../../test/servers/http.ts";
import { freePort } from "../../../test/servers/listen.ts";
import type { FetchOptions } from "../host.ts";

type Env = Readonly<Record<string, string>>;

async function get(url: string, options: FetchOptions = {}, env: Env = {}): Promise<string> {
  const response = await fakeHost({ network: "real", env }).network.fetch(url, options);
  return response.text();
}

/** Says something to whoever connects, and nothing more. */
async function rawServer(t: TestContext, talk: (socket: Socket) => void): Promise<string> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of open) {
      socket.destroy();
    }
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
}

function netrc(t: TestContext, text: string): Env {
  const folder = mkdtempSync(join(tmpdir(), "netrc-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "logins"), text);
  return { NETRC: join(folder, "logins") };
}

const basic = (login: string): string => `Basic ${Buffer.from(login).toString("base64")}`;

describe("host/http", () => {
  test("gives status, headers and body, and sends what it is told", async (t) => {
    const server = await httpServer(t, () => ({ status: 201, body: "grüße", headers: { "x-own": "1" } }));
    const { network } = fakeHost({ network: "real" });
    const response = await network.fetch(`${server.url}/a?b=c`, {
      method: "PUT",
      headers: { "X-Token": "t" },
      body: "ü",
    });
    assert.deepEqual([response.status, response.headers.get("x-own"), await response.text()], [201, "1", "grüße"]);
    const [asked] = server.asked;
    assert.deepEqual([asked?.method, asked?.url, asked?.headers["x-token"], asked?.body], ["PUT", "/a?b=c", "t", "ü"]);
    assert.equal(asked?.headers["content-length"], "2");
  });

  for (const [encoding, pack] of [
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["br", brotliCompressSync],
  ] as const) {
    test(`unpacks ${encoding}`, async (t) => {
      const url = await rawServer(t, (socket) => {
        const body = pack(Buffer.from("content".repeat(100)));
        socket.end(
          Buffer.concat([
            Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`),
            body,
          ]),
        );
      });
      assert.equal(await get(url), "content".repeat(100));
    });
  }

  test("leaves packed what was asked for as it is stored", async (t) => {
    const body = gzipSync("content");
    const url = await rawServer(t, (socket) =>
      socket.end(Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\ncontent-encoding: gzip\r\n\r\n"), body])),
    );
    const response = await fakeHost({ network: "real" }).network.fetch(url, {
      headers: { "accept-encoding": "identity" },
    });
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
  });

  test("keeps no more of an endless packed answer in memory than is read", async (t) => {
    const packed = gzipSync(Buffer.alloc(300 * 1024 * 1024));
    const url = await rawServer(t, (socket) =>
      socket.end(Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\ncontent-encoding: gzip\r\n\r\n"), packed])),
    );
    const response = await fakeHost({ network: "real" }).network.fetch(url);
    const before = process.memoryUsage.rss();
    const reader = response.body?.getReader();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(process.memoryUsage.rss() - before < 100 * 1024 * 1024);
    await reader?.cancel();
  });

  test("reads ports that a browser would not", async (t) => {
    const server = createTcpServer((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nfine"));
    for (const port of [6000, 6665, 10080]) {
      const isFree = await new Promise<boolean>((resolve) => {
        server.once("error", () => resolve(false));
        server.listen(port, "127.0.0.1", () => resolve(true));
      });
      if (!isFree) {
        continue;
      }
      t.after(() => server.close());
      assert.equal(await get(`http://127.0.0.1:${port}/`), "fine");
      return;
    }
    assert.fail("All of these ports are taken");
  });

  describe("on the way to another address", () => {
    test("follows, and repeats what it sent where it is told to", async (t) => {
      for (const [status, method, expected] of [
        [301, "POST", "GET "],
        [302, "POST", "GET "],
        [303, "PUT", "GET "],
        [307, "POST", "POST x"],
        [308, "PUT", "PUT x"],
      ] as const) {
        const server = await httpServer(t, ({ url }) =>
          url === "/a" ? { status, headers: { location: "/b" } } : { body: "end" },
        );
        assert.equal(await get(`${server.url}/a`, { method, body: "x" }), "end");
        const last = server.asked.at(-1);
        assert.equal(`${last?.method} ${last?.body}`, expected, String(status));
      }
    });

    test("takes no log-in along, but what is not secret", async (t) => {
      const there = await httpServer(t, () => ({ body: "there" }));
      const here = await httpServer(t, () => ({ status: 302, headers: { location: `${there.url}/x` } }));
      const headers = { authorization: "Bearer s", cookie: "a=b", "x-kind": "y" };
      assert.equal(await get(`${here.url}/`, { headers }), "there");
      assert.equal(here.asked[0]?.headers.authorization, "Bearer s");
      const [asked] = there.asked;
      assert.deepEqual(
        [asked?.headers.authorization, asked?.headers.cookie, asked?.headers["x-kind"]],
        [undefined, undefined, "y"],
      );
    });

    test("keeps a log-in for the same host", async (t) => {
      const server = await httpServer(t, ({ url }) =>
        url === "/a" ? { status: 302, headers: { location: "/b" } } : { body: "end" },
      );
      await get(`${server.url}/a`, { headers: { authorization: "Bearer s" } });
      assert.equal(server.asked[1]?.headers.authorization, "Bearer s");
    });

    test("gives up a circle soon", async (t) => {
      const server = await httpServer(t, () => ({ status: 302, headers: { location: "/again" } }));
      await rejectsWith(get(`${server.url}/`), { code: "http/redirect", message: /sent the request on and on/ });
      assert.ok(server.asked.length <= 11);
    });

    for (const location of ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "data:text/plain,x"]) {
      test(`does not follow to ${location}`, async (t) => {
        const server = await httpServer(t, () => ({ status: 302, headers: { location } }));
        await rejectsWith(get(`${server.url}/`), { code: "http/redirect" });
      });
    }

    test("shows the answer itself where that is wanted", async (t) => {
      const server = await httpServer(t, () => ({ status: 302, headers: { location: "/b" } }));
      const response = await fakeHost({ network: "real" }).network.fetch(server.url, { redirect: "manual" });
      assert.equal(response.status, 302);
    });
  });

  describe("log-ins", () => {
    test("come from the address", async (t) => {
      const server = await httpServer(t, () => ({}));
      await get(server.url.replace("://", "://us%40r:p%3Aw@"));
      assert.equal(server.asked[0]?.headers.authorization, basic("us@r:p:w"));
    });

    test("come from netrc only where that is wanted and nothing else is given", async (t) => {
      const server = await httpServer(t, () => ({}));
      const env = netrc(t, "machine 127.0.0.1 login me password word");
      await get(server.url, {}, env);
      await get(server.url, { netrc: "all" }, env);
      await get(server.url, { netrc: "named", headers: { Authorization: "Bearer s" } }, env);
      const sent = server.asked.map(({ headers }) => headers.authorization);
      assert.deepEqual(sent, [undefined, basic("me:word"), "Bearer s"]);
    });

    test("of netrc for all hosts are not for those that a server names", async (t) => {
      const there = await httpServer(t, () => ({}));
      const here = await httpServer(t, () => ({
        status: 302,
        headers: { location: there.url.replace("127.0.0.1", "localhost") },
      }));
      await get(here.url, { netrc: "all" }, netrc(t, "default login me password word"));
      assert.equal(here.asked[0]?.headers.authorization, basic("me:word"));
      assert.equal(there.asked[0]?.headers.authorization, undefined);
    });
  });

  describe("says in words", () => {
    for (const address of [
      "ftp://mirror.test/a",
      "mirror.test/a",
      "http://",
      "file:///etc/passwd",
      "http://127.0.0.1:99999/",
    ]) {
      test(`that ${address} is no address`, async () => {
        await rejectsWith(get(address), { code: "http/address", failure: "template" });
      });
    }

    test("that a name is unknown", async () => {
      await rejectsWith(get("http://no-such-host.invalid/"), {
        code: "http/name",
        message: /no-such-host\.invalid cannot be resolved/,
      });
    });

    test("that a port is closed", async () => {
      const port = await freePort();
      await rejectsWith(get(`http://127.0.0.1:${port}/`), {
        code: "http/connect",
        message: `127.0.0.1:${port} refuses connections`,
      });
    });

    test("that what listens speaks no TLS, without the words of OpenSSL", async (t) => {
      const server = await httpServer(t, () => ({}));
      const error = await rejectsWith(get(server.url.replace("http:", "https:")), {
        code: "http/tls",
        message: /does not speak TLS/,
      });
      assert.doesNotMatch(error.message, /openssl|SSL routines/i);
    });

    for (const [what, said, code, words] of [
      ["closes at once", "", "http/dropped", /closed the connection before it answered/],
      ["speaks SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", "http/not-http", /is not HTTP/],
      [
        "says headers without end",
        `HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(100_000)}`,
        "http/not-http",
        /more headers than are read/,
      ],
      ["has a status that means nothing", "HTTP/1.1 999 Strange\r\n\r\n", "http/not-http", /status 999/],
      [
        "breaks off",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc",
        "http/dropped",
        /in the middle of its answer/,
      ],
      [
        "has chunks that are none",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n",
        "http/dropped",
        /in the middle of its answer/,
      ],
      [
        "sends what cannot be unpacked",
        "HTTP/1.0 200 OK\r\ncontent-encoding: gzip\r\n\r\nnot packed",
        "http/not-http",
        /cannot be unpacked/,
      ],
    ] as const) {
      test(`what a server does that ${what}`, async (t) => {
        const url = await rawServer(t, (socket) => socket.end(said));
        await rejectsWith(get(url), { code, message: words });
      });
    }

    test("that a header cannot be sent, without its value", async (t) => {
      const server = await httpServer(t, () => ({}));
      const error = await rejectsWith(get(server.url, { headers: { "x-token": "sec\nret" } }), {
        code: "http/address",
        message: /x-token/,
      });
      assert.doesNotMatch(error.message, /sec|ret\b/);
    });

    test("that a proxy is no proxy, refuses, or is not there", async (t) => {
      const closed = await freePort();
      const target = "https://mirror.test/";
      await rejectsWith(get(target, {}, { HTTPS_PROXY: `127.0.0.1:${closed}` }), {
        code: "http/connect",
        message: /^The proxy 127\.0\.0\.1:\d+ could not be used/,
      });
      for (const [said, words] of [
        ["HTTP/1.1 407 Login\r\n\r\n", /could not be used\nIt wants a log-in or refused the one given\.$/],
        ["HTTP/1.1 403 Filtered\r\n\r\n", /would not connect to mirror\.test:443: HTTP\/1\.1 403 Filtered/],
        ["SSH-2.0-x\r\n", /does not speak HTTP/],
        ["", /ended the conversation/],
      ] as const) {
        const url = await rawServer(t, (socket) => socket.once("data", () => socket.end(said)));
        await rejectsWith(get(target, {}, { HTTPS_PROXY: url }), { code: "http/proxy", message: words });
      }
      const locked = await rawServer(t, (socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 407 Login\r\n\r\n")),
      );
      await rejectsWith(get("http://mirror.test/", {}, { HTTP_PROXY: locked }), {
        code: "http/proxy",
        failure: "auth",
      });
      const socks = await rawServer(t, (socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad\r\n\r\n")));
      await rejectsWith(get(target, {}, { ALL_PROXY: socks.replace("http", "socks5") }), {
        code: "http/proxy",
        message: /does not speak SOCKS 5/,
      });
    });
  });

  test("says which file of this machine it needs and cannot read", async (t) => {
    const url = await rawServer(t, (socket) => socket.end());
    const trusts = (file: string) => get(url.replace("http:", "https:"), {}, { SSL_CERT_FILE: file });
    await rejectsWith(trusts("/none/ca.pem"), { code: "http/certificates", message: /ENOENT/ });
    const file = netrc(t, "no certificate")["NETRC"] ?? "";
    await rejectsWith(trusts(file), { code: "http/certificates", message: /logins is not in PEM/ });
    await rejectsWith(get(url, { netrc: "named" }, { NETRC: dirname(file) }), {
      code: "http/netrc",
      message: /EISDIR/,
    });
  });

  test("ends at once when it is cancelled: while it connects, waits or reads", async (t) => {
    const silent = await rawServer(t, () => {});
    const half = await rawServer(t, (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"));
    for (const [url, env] of [
      [silent, {}],
      [half, {}],
      ["https://mirror.test/", { HTTPS_PROXY: silent }],
      [silent.replace("http:", "https:"), {}],
    ] as const) {
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(new Error("enough")), 100);
      await assert.rejects(get(url, { signal: cancel.signal }, env), /enough/);
    }
  });
});

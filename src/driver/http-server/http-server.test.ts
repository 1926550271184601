// The HTTP server as an installer meets it: over real sockets.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { listenAddress } from "./address.ts";
import { type RunningServer, type ServeRequest, startHttpServer } from "./http-server.ts";

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends the path exactly as it is written. */
function ask(port: number, path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers, method, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("latin1"),
        }),
      );
    });
    asked.on("error", reject).end();
  });
}

async function serve(t: TestContext, given: Partial<ServeRequest>): Promise<RunningServer> {
  const real = fakeHost({ network: "real" });
  const integer = (below: number): number => Math.floor(Math.random() * below);
  const host = { ...real, random: { ...real.random, integer } };
  const server = await startHttpServer(
    { content: {}, portMin: 20_000, portMax: 30_000, address: "127.0.0.1", ...given },
    host,
  );
  t.after(() => server.close());
  return server;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "http-server-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe("driver/http-server", () => {
  it("serves texts by their exact paths and suggests the nearest for others", async (t) => {
    const seen: string[] = [];
    const onRequest = (method: string, path: string, status: number): void =>
      void seen.push(`${method} ${path} ${status}`);
    const { port } = await serve(t, { content: { "/preseed.cfg": "d-i ü\n", "/a b": "x" }, onRequest });
    const found = await ask(port, "/preseed.cfg?x=1");
    assert.equal(found.status, 200);
    assert.equal(Buffer.from(found.body, "latin1").toString(), "d-i ü\n");
    assert.equal(found.headers["content-type"], "text/plain; charset=utf-8");
    assert.equal((await ask(port, "/a%20b")).body, "x");
    const missing = await ask(port, "/presed.cfg");
    assert.equal(missing.status, 404);
    assert.equal(missing.body, '/presed.cfg not found. Did you mean "/preseed.cfg"?\n');
    assert.equal((await ask(port, "/__proto__")).body, "/__proto__ not found.\n");
    assert.deepEqual(seen, ["GET /preseed.cfg 200", "GET /a%20b 200", "GET /presed.cfg 404", "GET /__proto__ 404"]);
  });

  it("answers nothing but GET and HEAD", async (t) => {
    const root = folder(t);
    writeFileSync(join(root, "a"), "text");
    const { port } = await serve(t, { directory: root });
    const head = await ask(port, "/a", {}, "HEAD");
    assert.deepEqual([head.status, head.headers["content-length"], head.body], [200, "4", ""]);
    const post = await ask(port, "/a", {}, "POST");
    assert.deepEqual([post.status, post.headers["allow"]], [405, "GET, HEAD"]);
  });

  it("gives the part of a file that is asked for", async (t) => {
    const root = folder(t);
    writeFileSync(join(root, "f"), "0123456789");
    writeFileSync(join(root, "empty"), "");
    const { port } = await serve(t, { directory: root });
    const part = async (range: string, path = "/f"): Promise<unknown[]> => {
      const { status, headers, body } = await ask(port, path, { Range: range });
      return [status, headers["content-range"], body];
    };
    assert.deepEqual(await part("bytes=0-3"), [206, "bytes 0-3/10", "0123"]);
    assert.deepEqual(await part("bytes=7-"), [206, "bytes 7-9/10", "789"]);
    assert.deepEqual(await part("bytes=-2"), [206, "bytes 8-9/10", "89"]);
    assert.deepEqual(await part("bytes=-99"), [206, "bytes 0-9/10", "0123456789"]);
    assert.deepEqual(await part("bytes=8-99"), [206, "bytes 8-9/10", "89"]);
    assert.deepEqual(await part("bytes=10-"), [416, "bytes */10", "invalid range: failed to overlap\n"]);
    assert.deepEqual(await part("bytes=5-2"), [416, undefined, "invalid range\n"]);
    assert.deepEqual(await part("lines=1-2"), [416, undefined, "invalid range\n"]);
    assert.deepEqual(await part("bytes=0-0,2-3"), [200, undefined, "0123456789"]);
    assert.deepEqual(await part("bytes=0-", "/empty"), [416, "bytes */0", "invalid range: failed to overlap\n"]);
    const { headers } = await ask(port, "/f");
    const same = { Range: "bytes=8-", "If-Range": String(headers["last-modified"]) };
    assert.equal((await ask(port, "/f", same)).body, "89");
    assert.equal((await ask(port, "/f", { ...same, "If-Range": "Mon, 01 Jan 2001 00:00:00 GMT" })).body, "0123456789");
    assert.equal((await ask(port, "/f", { "If-Modified-Since": String(headers["last-modified"]) })).status, 304);
  });

  it("lets no path out of the folder, and follows links", async (t) => {
    const outer = folder(t);
    const root = join(outer, "www");
    mkdirSync(root);
    writeFileSync(join(outer, "secret"), "secret");
    symlinkSync("../secret", join(root, "link"));
    const { port } = await serve(t, { directory: root });
    for (const path of [
      "/../secret",
      "/%2e%2e/secret",
      "/..%2fsecret",
      "/x/../../secret",
      "/..%5csecret",
      "/%00",
      "//..//secret",
      "/..%2f..%2fsecret",
    ]) {
      assert.equal((await ask(port, path)).status, 404, path);
    }
    assert.equal((await ask(port, "/link")).body, "secret");
    assert.equal((await ask(port, "/%zz")).status, 400);
    assert.equal((await ask(port, "/%ff")).status, 404);
    assert.equal((await ask(port, "http://anything/link")).body, "secret");
  });

  it("ends the connection when a file becomes shorter, so that nobody waits for the rest", async (t) => {
    const root = folder(t);
    const path = join(root, "big");
    writeFileSync(path, Buffer.alloc(64 << 20));
    const { port } = await serve(t, { directory: root });
    await assert.rejects(
      new Promise((resolve, reject) => {
        const asked = request({ host: "127.0.0.1", port, path: "/big" }, (response) => {
          truncateSync(path, 1000);
          response.on("error", reject).on("end", resolve).resume();
        });
        asked.on("error", reject).end();
      }),
    );
  });

  it("serves a large file without holding it in memory", async (t) => {
    const root = folder(t);
    writeFileSync(join(root, "big"), "");
    truncateSync(join(root, "big"), 2 ** 28);
    const { port } = await serve(t, { directory: root });
    const before = process.memoryUsage().rss;
    const size = await new Promise<number>((resolve, reject) => {
      let bytes = 0;
      const asked = request({ host: "127.0.0.1", port, path: "/big" }, (response) => {
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on("error", reject).on("end", () => resolve(bytes));
      });
      asked.on("error", reject).end();
    });
    assert.equal(size, 2 ** 28);
    assert.ok(process.memoryUsage().rss - before < 100 * 2 ** 20);
  });

  it("gives every server of the range its own port, and says when there is none left", async (t) => {
    const first = await serve(t, { portMin: 30_500, portMax: 32_500 });
    const range = { portMin: first.port, portMax: first.port + 3 };
    const two = await Promise.all([serve(t, range), serve(t, range)]);
    assert.deepEqual(two.map(({ port }) => port).sort(), [first.port + 1, first.port + 2]);
    await rejectsWith(serve(t, range), { code: "media/no-port" });
    await rejectsWith(serve(t, { portMin: first.port, portMax: first.port }), { code: "media/no-port" });
    await first.close();
    assert.equal((await serve(t, range)).port, first.port);
  });

  it("says when the address is not one of this machine", async (t) => {
    await rejectsWith(serve(t, { address: "203.0.113.7" }), { code: "media/listen" });
  });

  it("ends open connections when it is closed", async (t) => {
    const server = await serve(t, { content: {} });
    const socket = connect(server.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\n");
    await server.close();
    await ended;
    await assert.rejects(ask(server.port, "/"));
  });

  it("finds the address of an interface", async () => {
    const interfaces = async (): Promise<Record<string, string[]>> => ({
      lo: ["127.0.0.1", "::1"],
      six: ["fe80::1", "2001:db8::1"],
    });
    const { network } = fakeHost({ network: { interfaces } });
    const on = (interfaceName: string, protocol = "tcp"): Promise<string> =>
      listenAddress({ interfaceName, protocol }, network);
    assert.equal(await on("lo"), "127.0.0.1");
    assert.equal(await on("lo", "tcp6"), "::1");
    assert.equal(await on("six"), "2001:db8::1");
    await rejectsWith(on("six", "tcp4"), { code: "media/no-interface" });
    await rejectsWith(on("eth7"), { code: "media/no-interface" });
    assert.equal(await listenAddress({ protocol: "tcp6" }, network), "::");
    assert.equal(await listenAddress({ protocol: "tcp", address: "10.0.0.1" }, network), "10.0.0.1");
    assert.equal(await listenAddress({ protocol: "tcp" }, network), "0.0.0.0");
  });
});

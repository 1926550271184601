// The same requests by curl and by us, through real proxies, with a real authority, with a real netrc: the same answers.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { BuildError } from "../src/diagnostic/build-error.ts";
import type { FetchOptions } from "../src/host/host.ts";
import { fakeHost } from "./fakes/host.ts";
import { needs } from "./needs.ts";
import { authority } from "./servers/authority.ts";
import { freePort } from "./servers/listen.ts";
import { needsAddress, ownAddress, startProgram, tinyproxy } from "./servers/proxy.ts";

type Env = Readonly<Record<string, string>>;

async function curl(url: string, env: Env, args: readonly string[] = []): Promise<string> {
  const all = ["-sS", "-L", "-m", "20", "-w", "\n%{http_code}", ...args, url];
  return new Promise((resolve) => {
    execFile(
      "curl",
      all,
      { env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env } },
      (error, stdout) => {
        resolve(error === null ? stdout.trim() : "refused");
      },
    );
  });
}

async function ours(url: string, env: Env, options: FetchOptions = {}): Promise<string> {
  try {
    const response = await fakeHost({ network: "real", env: { HOME: "/nonexistent", ...env } }).network.fetch(
      url,
      options,
    );
    return `${(await response.text()).trim()}\n${response.status}`.trim();
  } catch (thrown) {
    if (thrown instanceof BuildError) {
      return "refused";
    }
    throw thrown;
  }
}

async function listenOn(t: TestContext, server: Server & { closeAllConnections(): void }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Says what it was asked with. */
const mirror: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  response.end(
    `via ${request.headers.via === undefined ? "nobody" : "a proxy"}, as ${request.headers.authorization ?? "nobody"}`,
  );
};

describe("HTTP beside curl", () => {
  test("the same proxy is taken for the same variables", async (t) => {
    if (!needs(t, "curl", "tinyproxy") || !needsAddress(t)) {
      return;
    }
    const proxy = `http://127.0.0.1:${await tinyproxy(t)}`;
    const locked = `127.0.0.1:${await tinyproxy(t, "BasicAuth user proxyword\n")}`;
    const closed = `http://127.0.0.1:${await freePort()}`;
    const port = await listenOn(t, createHttp(mirror));
    const url = `http://${ownAddress}:${port}/`;
    const direct = "via nobody, as nobody\n200";
    const proxied = "via a proxy, as nobody\n200";
    const table: readonly (readonly [env: Env, expected: string])[] = [
      [{}, direct],
      [{ http_proxy: proxy }, proxied],
      [{ http_proxy: proxy.replace("http://", "") }, proxied],
      [{ ALL_PROXY: proxy }, proxied],
      [{ all_proxy: proxy }, proxied],
      [{ HTTPS_PROXY: closed }, direct],
      [{ http_proxy: closed }, "refused"],
      [{ http_proxy: closed, no_proxy: "*" }, direct],
      [{ http_proxy: closed, no_proxy: ownAddress ?? "" }, direct],
      [{ http_proxy: closed, NO_PROXY: `other.test,${ownAddress}` }, direct],
      [{ http_proxy: closed, NO_PROXY: `${ownAddress}/32` }, direct],
      [{ http_proxy: closed, NO_PROXY: "203.0.113.0/24" }, "refused"],
      [{ http_proxy: closed, NO_PROXY: "other.test" }, "refused"],
      [{ http_proxy: `http://user:proxyword@${locked}` }, proxied],
    ];
    for (const [env, expected] of table) {
      assert.equal(await ours(url, env), expected, JSON.stringify(env));
      assert.equal(await curl(url, env), expected, `curl: ${JSON.stringify(env)}`);
    }
    // As Go, and unlike curl: capital letters as well, with a port, and a refused log-in is no answer.
    assert.equal(await ours(url, { HTTP_PROXY: proxy }), proxied);
    assert.equal(await ours(url, { HTTP_PROXY: closed, NO_PROXY: `${ownAddress}:${port}` }), direct);
    assert.equal(await ours(url, { HTTP_PROXY: closed, NO_PROXY: `${ownAddress}:1` }), "refused");
    assert.equal(await ours(url, { HTTP_PROXY: `http://${locked}` }), "refused");
    assert.equal(await ours(`http://127.0.0.1:${port}/`, { HTTP_PROXY: closed }), direct);
    assert.equal(await ours(url, { HTTP_PROXY: closed }, { direct: true }), direct);
  });

  test("a tunnel leads to HTTPS through proxies for HTTP and SOCKS", async (t) => {
    if (!needs(t, "curl", "tinyproxy", "microsocks", "openssl") || !needsAddress(t)) {
      return;
    }
    const house = authority(t);
    const port = await listenOn(t, createHttps(house.sign(`IP:${ownAddress},IP:127.0.0.1`), mirror));
    const url = `https://${ownAddress}:${port}/`;
    const socks = await freePort();
    await startProgram(t, socks, "microsocks", [
      "-i",
      "127.0.0.1",
      "-p",
      String(socks),
      "-u",
      "user",
      "-P",
      "proxy word",
    ]);
    const open = await tinyproxy(t, `ConnectPort ${port}\n`);
    const shut = await tinyproxy(t, "ConnectPort 443\n");
    const table: readonly (readonly [env: Env, expected: string])[] = [
      [{ https_proxy: `http://127.0.0.1:${open}` }, "via nobody, as nobody\n200"],
      [{ HTTPS_PROXY: `127.0.0.1:${open}` }, "via nobody, as nobody\n200"],
      [{ https_proxy: `http://127.0.0.1:${shut}` }, "refused"],
      [{ all_proxy: `socks5h://user:proxy%20word@127.0.0.1:${socks}` }, "via nobody, as nobody\n200"],
      [{ https_proxy: `socks5://user:proxy%20word@127.0.0.1:${socks}` }, "via nobody, as nobody\n200"],
      [{ https_proxy: `socks5://user:wrong@127.0.0.1:${socks}` }, "refused"],
      [{ https_proxy: `socks5://127.0.0.1:${socks}` }, "refused"],
    ];
    for (const [env, expected] of table) {
      const trusting = { ...env, SSL_CERT_FILE: house.file };
      assert.equal(await ours(url, trusting), expected, JSON.stringify(env));
      assert.equal(await curl(url, trusting), expected, `curl: ${JSON.stringify(env)}`);
    }
  });

  test("a proxy is itself spoken to with TLS where its address says so", async (t) => {
    if (!needs(t, "openssl") || !needsAddress(t)) {
      return;
    }
    const house = authority(t);
    const port = await listenOn(t, createHttp(mirror));
    const forward: RequestListener = (request, response) => response.end(`asked for ${request.url}`);
    const proxy = await listenOn(t, createHttps(house.sign("DNS:localhost"), forward));
    const env = { HTTP_PROXY: `https://localhost:${proxy}`, SSL_CERT_FILE: house.file };
    assert.equal(await ours(`http://${ownAddress}:${port}/x`, env), `asked for http://${ownAddress}:${port}/x\n200`);
    assert.equal(await ours(`http://${ownAddress}:${port}/x`, { HTTP_PROXY: env.HTTP_PROXY }), "refused");
  });

  test("the same certificates are trusted", async (t) => {
    if (!needs(t, "curl", "openssl")) {
      return;
    }
    const house = authority(t);
    const other = authority(t);
    const port = await listenOn(t, createHttps(house.sign("IP:127.0.0.1"), mirror));
    const fine = "via nobody, as nobody\n200";
    const table: readonly (readonly [host: string, env: Env, expected: string])[] = [
      ["127.0.0.1", {}, "refused"],
      ["127.0.0.1", { SSL_CERT_FILE: house.file }, fine],
      ["127.0.0.1", { SSL_CERT_FILE: other.file }, "refused"],
      ["127.0.0.1", { SSL_CERT_DIR: house.folder }, fine],
      ["127.0.0.1", { SSL_CERT_DIR: other.folder }, "refused"],
      ["127.0.0.1", { SSL_CERT_FILE: "/nonexistent" }, "refused"],
      ["localhost", { SSL_CERT_FILE: house.file }, "refused"],
    ];
    for (const [host, env, expected] of table) {
      const url = `https://${host}:${port}/`;
      assert.equal(await ours(url, env), expected, `${host} ${JSON.stringify(env)}`);
      assert.equal(await curl(url, env, ["-4"]), expected, `curl: ${host} ${JSON.stringify(env)}`);
    }
    assert.equal(await ours(`https://127.0.0.1:${port}/`, { NODE_EXTRA_CA_CERTS: house.file }), fine);
  });

  test("what is wrong with a certificate is said, and where to put an authority of one's own", async (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    const house = authority(t);
    const port = await listenOn(t, createHttps(house.sign("DNS:mirror.test"), mirror));
    const said = async (env: Env): Promise<BuildError> => {
      const { network } = fakeHost({ network: "real", env });
      return network.fetch(`https://127.0.0.1:${port}/`).then(
        () => assert.fail("It was trusted"),
        (thrown: BuildError) => thrown,
      );
    };
    const unknown = await said({});
    assert.match(unknown.message, /^The certificate of 127\.0\.0\.1:\d+ is not accepted\nIt is signed by an authority/);
    assert.equal(unknown.diagnostics[0]?.code, "http/certificate");
    assert.match(unknown.diagnostics[0]?.hint ?? "", /SSL_CERT_FILE or NODE_EXTRA_CA_CERTS/);
    const named = await said({ SSL_CERT_FILE: house.file });
    assert.match(named.message, /It is for mirror\.test, not for 127\.0\.0\.1\./);
  });

  test("the same log-in of a netrc file is sent, and to the same hosts", async (t) => {
    if (!needs(t, "curl")) {
      return;
    }
    const port = await listenOn(t, createHttp(mirror));
    const to =
      (host: string): RequestListener =>
      (_, response) =>
        response.writeHead(302, { location: `http://${host}:${port}/` }).end();
    const elsewhere = await listenOn(t, createHttp(to("localhost")));
    const folder = mkdtempSync(join(tmpdir(), "netrc-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, ".netrc");
    const as = (login: string): string => `via nobody, as Basic ${Buffer.from(login).toString("base64")}\n200`;
    const nobody = "via nobody, as nobody\n200";
    const here = `http://127.0.0.1:${port}/`;
    const table: readonly (readonly [text: string, url: string, expected: string])[] = [
      ["machine 127.0.0.1 login me password word", here, as("me:word")],
      ["machine other.test login me password word", here, nobody],
      ["machine other.test login a password b\ndefault login me password word\n", here, as("me:word")],
      ['machine 127.0.0.1 login me password "wo rd"', here, as("me:wo rd")],
      ["# nothing\nmachine 127.0.0.1\n  login me\n  password word\n", here, as("me:word")],
      ["machine 127.0.0.1 login me password word", `http://you:other@127.0.0.1:${port}/`, as("you:other")],
      ["machine 127.0.0.1 login me password word", `http://127.0.0.1:${elsewhere}/`, nobody],
      [
        "machine 127.0.0.1 login me password word machine localhost login l password m",
        `http://127.0.0.1:${elsewhere}/`,
        as("l:m"),
      ],
    ];
    for (const [text, url, expected] of table) {
      writeFileSync(file, text);
      assert.equal(await ours(url, { NETRC: file }, { netrc: "all" }), expected, text);
      assert.equal(await ours(url, { HOME: folder }, { netrc: "all" }), expected, text);
      assert.equal(await curl(url, {}, ["-4", "--netrc-optional", "--netrc-file", file]), expected, `curl: ${text}`);
    }
  });
});

// Which proxy the environment means.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import { findProxy } from "./proxy.ts";

const HTTP_PROXY = "http://proxy:3128";
const address = "http://build.example.com:5985/";

function isDirect(noProxy: string, url = address): boolean {
  return findProxy(new URL(url), { HTTP_PROXY, NO_PROXY: noProxy }) === undefined;
}

function proxyOf(url: string, env: Readonly<Record<string, string>>): string | undefined {
  const found = findProxy(new URL(url), env);
  return found === undefined ? undefined : `${found.kind} ${found.host} ${found.port}`;
}

describe("the proxy of the environment", () => {
  test("is that of the kind of address, in capital or small letters, or the one for all", () => {
    assert.equal(proxyOf(address, { HTTP_PROXY }), "http proxy 3128");
    assert.equal(proxyOf(address, { http_proxy: "proxy" }), "http proxy 80");
    assert.equal(proxyOf(address, { HTTPS_PROXY: HTTP_PROXY }), undefined);
    assert.equal(proxyOf("https://x.test/", { https_proxy: "http://[::2]:8080" }), "http ::2 8080");
    assert.equal(proxyOf("https://x.test/", { ALL_PROXY: "socks5h://gate" }), "socks5 gate 1080");
    assert.equal(proxyOf(address, { all_proxy: "https://gate", http_proxy: "" }), "https gate 443");
    assert.equal(proxyOf(address, { ALL_PROXY: "gate:1", HTTP_PROXY }), "http proxy 3128");
    assert.equal(proxyOf(address, {}), undefined);
  });

  test("comes with the user and the password of its address", () => {
    const found = findProxy(new URL(address), { HTTP_PROXY: "http://us%40r:p%3Aw@proxy" });
    assert.deepEqual(found, { kind: "http", host: "proxy", port: 80, username: "us@r", password: "p:w" });
  });

  for (const wrong of ["::not a proxy::", "ftp://proxy:21", "http://"]) {
    test(`"${wrong}" is told to be none, and not taken for no proxy`, async () => {
      const reading = async (): Promise<unknown> => findProxy(new URL(address), { HTTP_PROXY: wrong });
      await rejectsWith(reading(), { code: "http/proxy", failure: "environment", message: /HTTP_PROXY/ });
    });
  }

  test("is never what a visitor of a web server names", () => {
    assert.equal(proxyOf(address, { HTTP_PROXY, REQUEST_METHOD: "GET" }), undefined);
    assert.equal(proxyOf(address, { http_proxy: HTTP_PROXY, REQUEST_METHOD: "GET" }), "http proxy 3128");
  });

  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"]) {
    test(`is not used for this machine itself as ${host}`, () => assert.ok(isDirect("", `http://${host}:8200/`)));
  }

  for (const [list, url = address] of [
    ["*"],
    ["build.example.com"],
    ["BUILD.example.com"],
    ["example.com"],
    [".example.com"],
    ["*.example.com"],
    ["x, example.com:5985"],
    ["x example.com"],
    ["10.0.0.0/8", "http://10.1.2.3/"],
    ["10.1.2.3", "http://10.1.2.3/"],
    ["10.1.2.3:80", "http://10.1.2.3/"],
    ["fd00::/8", "http://[fd00::1]/"],
    ["[fd00::1]", "http://[fd00:0::1]/"],
    ["[fd00::1]:80", "http://[fd00::1]/"],
    ["example.com:443", "https://example.com/"],
    ["example.com.", "http://example.com/"],
  ] as const) {
    test(`is left out for ${url} by NO_PROXY=${list}`, () => {
      const env = { HTTP_PROXY, HTTPS_PROXY: HTTP_PROXY };
      assert.equal(proxyOf(url, { ...env, NO_PROXY: list }), undefined);
      assert.equal(proxyOf(url, { ...env, no_proxy: list }), undefined);
    });
  }

  for (const [list, url = address] of [
    ["other.example.com"],
    ["example.com:5986"],
    ["ample.com"],
    [".build.example.com"],
    ["10.0.0.0/8", "http://11.1.2.3/"],
    ["10.0.0.0/99,bad/8,10.0.0.0/x", "http://10.1.2.3/"],
    ["1.2.3", "http://10.1.2.3/"],
    ["", "http://build.example.com/"],
  ] as const) {
    test(`is used for ${url} with NO_PROXY=${list}`, () => assert.ok(!isDirect(list, url)));
  }
});

// Which proxy the environment means.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxyFor } from "./proxy.ts";

const machine = { host: "build.example.com", port: 5985, tls: false };
const HTTP_PROXY = "http://proxy:3128";

function isDirect(noProxy: string, target: Partial<typeof machine> = {}): boolean {
  return proxyFor({ ...machine, ...target }, { HTTP_PROXY, NO_PROXY: noProxy }) === undefined;
}

describe("driver/winrm/proxy", () => {
  it("takes the variable for the kind of connection, in either case", () => {
    assert.deepEqual(proxyFor(machine, { HTTP_PROXY }), { host: "proxy", port: 3128 });
    assert.deepEqual(proxyFor(machine, { http_proxy: "proxy" }), { host: "proxy", port: 80 });
    assert.equal(proxyFor(machine, { HTTPS_PROXY: HTTP_PROXY }), undefined);
    assert.deepEqual(proxyFor({ ...machine, tls: true }, { HTTPS_PROXY: "http://[::1]:8080" }), { host: "::1", port: 8080 });
    assert.equal(proxyFor(machine, {}), undefined);
    assert.equal(proxyFor(machine, { HTTP_PROXY: "socks5://proxy:1080" }), undefined);
    assert.equal(proxyFor(machine, { HTTP_PROXY: "::not a proxy::" }), undefined);
  });

  it("sends the user and password of the address", () => {
    const authorization = `Basic ${Buffer.from("us@r:p:w").toString("base64")}`;
    assert.equal(proxyFor(machine, { HTTP_PROXY: "http://us%40r:p%3Aw@proxy" })?.authorization, authorization);
  });

  it("never uses a proxy for this machine itself", () => {
    for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1"]) assert.ok(isDirect("", { host }));
  });

  it("leaves out what NO_PROXY names", () => {
    assert.ok(!isDirect("other.example.com"));
    for (const list of ["*", "build.example.com", "BUILD.example.com", "example.com", ".example.com", "x, example.com:5985"])
      assert.ok(isDirect(list), list);
    assert.ok(!isDirect("example.com:5986"));
    assert.ok(!isDirect("ample.com"));
    assert.ok(isDirect("10.0.0.0/8", { host: "10.1.2.3" }));
    assert.ok(!isDirect("10.0.0.0/8", { host: "11.1.2.3" }));
    assert.ok(!isDirect("10.0.0.0/99,bad/8,10.0.0.0/x", { host: "10.1.2.3" }));
    assert.ok(isDirect("fd00::/8", { host: "fd00::1" }));
  });
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type FakeHost, fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { httpServer } from "../../../test/servers/http.ts";
import { fetchConsulValue } from "./consul.ts";

const NEVER = new AbortController().signal;

function hostFor(address: string, env: Record<string, string> = {}): FakeHost {
  return fakeHost({ env: { CONSUL_HTTP_ADDR: address, ...env }, network: "real" });
}

function entry(value: string | null): unknown {
  return [
    { LockIndex: 0, Key: "app/name", Flags: 0, Value: value === null ? null : Buffer.from(value).toString("base64") },
  ];
}

describe("driver/consul", () => {
  it("reads a value, with an address as Consul's own tools take it", async (t) => {
    const server = await httpServer(t, () => ({ body: entry("größe 1\n") }));
    for (const address of [server.url, `${server.url}/`, server.url.replace("http://", "")]) {
      assert.equal(await fetchConsulValue(hostFor(address), "/app/my name", NEVER), "größe 1\n");
    }
    for (const { url } of server.asked) {
      assert.equal(url, "/v1/kv/app/my%20name");
    }
  });

  it("shows the token, the login, the namespace and the partition", async (t) => {
    const server = await httpServer(t, () => ({ body: entry("x") }));
    const env = {
      CONSUL_HTTP_TOKEN: "tok",
      CONSUL_HTTP_AUTH: "user:pass",
      CONSUL_NAMESPACE: "team",
      CONSUL_PARTITION: "p1",
    };
    await fetchConsulValue(hostFor(server.url, env), "app", NEVER);
    const [asked] = server.asked;
    assert.equal(asked?.headers["x-consul-token"], "tok");
    assert.equal(asked?.headers.authorization, `Basic ${Buffer.from("user:pass").toString("base64")}`);
    assert.equal(asked?.url, "/v1/kv/app?ns=team&partition=p1");
  });

  it("takes the token from a file", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "consul-test-"));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "token"), "from-file\n");
    const server = await httpServer(t, () => ({ body: entry("x") }));
    await fetchConsulValue(hostFor(server.url, { CONSUL_HTTP_TOKEN_FILE: join(folder, "token") }), "app", NEVER);
    assert.equal(server.asked[0]?.headers["x-consul-token"], "from-file");
    await rejectsWith(
      fetchConsulValue(hostFor(server.url, { CONSUL_HTTP_TOKEN_FILE: join(folder, "gone") }), "app", NEVER),
      {
        code: "consul/token",
      },
    );
  });

  it("CONSUL_HTTP_SSL turns to https", async () => {
    const urls: string[] = [];
    const fetch = async (url: string | URL): Promise<Response> => {
      urls.push(String(url));
      return new Response(JSON.stringify(entry("x")));
    };
    const env = { CONSUL_HTTP_SSL: "true" };
    await fetchConsulValue(fakeHost({ env, network: { fetch } }), "app", NEVER);
    await fetchConsulValue(fakeHost({ env: { CONSUL_HTTP_SSL: "false" }, network: { fetch } }), "app", NEVER);
    assert.deepEqual(urls, ["https://127.0.0.1:8500/v1/kv/app", "http://127.0.0.1:8500/v1/kv/app"]);
  });

  it("a key that is missing or empty is an error", async (t) => {
    const answers = [{ status: 404 }, { body: entry("") }, { body: entry(null) }];
    const server = await httpServer(t, () => answers.shift() ?? {});
    await rejectsWith(fetchConsulValue(hostFor(server.url), "app", NEVER), {
      code: "consul/missing",
      message: /has no key/,
    });
    await rejectsWith(fetchConsulValue(hostFor(server.url), "app", NEVER), {
      code: "consul/missing",
      message: /is empty/,
    });
    await rejectsWith(fetchConsulValue(hostFor(server.url), "app", NEVER), {
      code: "consul/missing",
      message: /is empty/,
    });
  });

  it("a refusal, a stranger and nobody at the address are told apart", async (t) => {
    const answers = [{ status: 403, body: "Permission denied" }, { body: "<html>" }];
    const server = await httpServer(t, () => answers.shift() ?? {});
    await rejectsWith(fetchConsulValue(hostFor(server.url), "app", NEVER), {
      code: "consul/refused",
      message: /403: Permission denied/,
    });
    await rejectsWith(fetchConsulValue(hostFor(server.url), "app", NEVER), {
      code: "consul/refused",
      message: /no Consul agent/,
    });
    await rejectsWith(fetchConsulValue(hostFor("127.0.0.1:1"), "app", NEVER), { code: "consul/unreachable" });
    await rejectsWith(fetchConsulValue(hostFor("unix:///run/consul.sock"), "app", NEVER), { code: "consul/address" });
  });
});

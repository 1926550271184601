import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeHost, fakeHost } from "../../../test/fakes/host.ts";
import { httpServer } from "../../../test/servers/http.ts";
import { BuildError } from "../../diagnostic/build-error.ts";
import { vaultSecret } from "./vault.ts";

const NEVER = new AbortController().signal;
/** What a version 2 engine answers, as Vault documents it. */
const VERSION_2 = { data: { data: { password: "s3cret", port: 5432, tags: ["a"] }, metadata: { version: 3 } } };

function hostFor(url: string, env: Record<string, string> = {}): FakeHost {
  return fakeHost({ env: { VAULT_ADDR: url, VAULT_TOKEN: "hvs.token", ...env }, network: "real" });
}

function failsWith(code: string, text = /./): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof BuildError && thrown.diagnostics[0]?.code === code && text.test(JSON.stringify(thrown.diagnostics));
}

describe("driver/vault", () => {
  it("reads a key of a version 2 engine and shows its token and namespace", async (t) => {
    const server = await httpServer(t, () => ({ body: VERSION_2 }));
    const host = hostFor(`${server.url}/`, { VAULT_NAMESPACE: "team" });
    assert.equal(await vaultSecret(host, "/secret/data/my app", "password", NEVER), "s3cret");
    assert.equal(server.asked[0]?.url, "/v1/secret/data/my%20app");
    assert.equal(server.asked[0]?.headers["x-vault-token"], "hvs.token");
    assert.equal(server.asked[0]?.headers["x-vault-namespace"], "team");
    assert.equal(await vaultSecret(host, "secret/data/app", "port", NEVER), "5432");
    assert.equal(await vaultSecret(host, "secret/data/app", "tags", NEVER), '["a"]');
  });

  it("reads a key of a version 1 engine", async (t) => {
    const server = await httpServer(t, () => ({ body: { data: { password: "old" }, lease_duration: 2764800 } }));
    assert.equal(await vaultSecret(hostFor(server.url), "kv/app", "password", NEVER), "old");
  });

  it("says which key is missing without showing the values", async (t) => {
    const server = await httpServer(t, () => ({ body: VERSION_2 }));
    await assert.rejects(vaultSecret(hostFor(server.url), "secret/data/app", "user", NEVER), (thrown) => {
      assert.ok(failsWith("vault/key", /has no key \\"user\\"/)(thrown));
      return !JSON.stringify(thrown).includes("s3cret");
    });
  });

  it("a path without a secret, a deleted version and a path without /data/ say what to do", async (t) => {
    const warnings = ["Invalid path for a versioned K/V secrets engine."];
    const answers = [
      { status: 404, body: { errors: [] } },
      { status: 404, body: { warnings } },
      { body: { data: { data: null, metadata: { deletion_time: "2024-01-01T00:00:00Z" } } } },
    ];
    const server = await httpServer(t, () => answers.shift() ?? {});
    await assert.rejects(vaultSecret(hostFor(server.url), "secret/app", "k", NEVER), failsWith("vault/missing", /secret\/data\/app/));
    await assert.rejects(vaultSecret(hostFor(server.url), "secret/app", "k", NEVER), failsWith("vault/missing", /versioned K\/V/));
    await assert.rejects(vaultSecret(hostFor(server.url), "secret/app", "k", NEVER), failsWith("vault/missing"));
  });

  it("a refused token is reported with Vault's words and not tried again", async (t) => {
    const server = await httpServer(t, () => ({ status: 403, body: { errors: ["permission denied"] } }));
    await assert.rejects(vaultSecret(hostFor(server.url), "secret/app", "k", NEVER), failsWith("vault/refused", /403: permission denied/));
    assert.equal(server.asked.length, 1);
  });

  it("a server that is not ready is asked again, three times in all", async (t) => {
    let sealed = 1;
    const server = await httpServer(t, () => (sealed-- > 0 ? { status: 503, body: { errors: ["Vault is sealed"] } } : { body: VERSION_2 }));
    assert.equal(await vaultSecret(hostFor(server.url), "secret/data/app", "password", NEVER), "s3cret");
    sealed = 9;
    await assert.rejects(
      vaultSecret(hostFor(server.url), "secret/data/app", "password", NEVER),
      failsWith("vault/refused", /Vault is sealed/),
    );
    assert.equal(server.asked.length, 2 + 3);
  });

  it("without a token or with a broken address nothing is asked", async () => {
    const host = fakeHost({ env: {} });
    await assert.rejects(vaultSecret(host, "secret/app", "k", NEVER), failsWith("vault/token", /Must set VAULT_TOKEN/));
    await assert.rejects(vaultSecret(hostFor("localhost"), "secret/app", "k", NEVER), failsWith("vault/address"));
    await assert.rejects(vaultSecret(hostFor("unix:///run/vault.sock"), "secret/app", "k", NEVER), failsWith("vault/address"));
  });

  it("a server that is not there is named", async () => {
    await assert.rejects(
      vaultSecret(hostFor("http://127.0.0.1:1"), "secret/app", "k", NEVER),
      failsWith("vault/unreachable", /127\.0\.0\.1:1/),
    );
  });

  it("a cancelled run ends the request", async () => {
    const cancelled = AbortSignal.abort(new Error("cancelled"));
    await assert.rejects(vaultSecret(hostFor("http://127.0.0.1:1"), "secret/app", "k", cancelled), /cancelled/);
  });
});

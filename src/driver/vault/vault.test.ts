import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeHost, fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { httpServer } from "../../../test/servers/http.ts";
import { fetchVaultSecret } from "./vault.ts";

const NEVER = new AbortController().signal;
/** What a version 2 engine answers, as Vault documents it. */
const VERSION_2 = { data: { data: { password: "s3cret", port: 5432, tags: ["a"] }, metadata: { version: 3 } } };

function hostFor(url: string, env: Record<string, string> = {}): FakeHost {
  return fakeHost({ env: { VAULT_ADDR: url, VAULT_TOKEN: "hvs.token", ...env }, network: "real" });
}

describe("driver/vault", () => {
  it("reads a key of a version 2 engine and shows its token and namespace", async (t) => {
    const server = await httpServer(t, () => ({ body: VERSION_2 }));
    const host = hostFor(`${server.url}/`, { VAULT_NAMESPACE: "team" });
    assert.equal(await fetchVaultSecret(host, "/secret/data/my app", "password", NEVER), "s3cret");
    assert.equal(server.asked[0]?.url, "/v1/secret/data/my%20app");
    assert.equal(server.asked[0]?.headers["x-vault-token"], "hvs.token");
    assert.equal(server.asked[0]?.headers["x-vault-namespace"], "team");
    assert.equal(await fetchVaultSecret(host, "secret/data/app", "port", NEVER), "5432");
    assert.equal(await fetchVaultSecret(host, "secret/data/app", "tags", NEVER), '["a"]');
  });

  it("reads a key of a version 1 engine", async (t) => {
    const server = await httpServer(t, () => ({ body: { data: { password: "old" }, lease_duration: 2764800 } }));
    assert.equal(await fetchVaultSecret(hostFor(server.url), "kv/app", "password", NEVER), "old");
  });

  it("says which key is missing without showing the values", async (t) => {
    const server = await httpServer(t, () => ({ body: VERSION_2 }));
    const error = await rejectsWith(fetchVaultSecret(hostFor(server.url), "secret/data/app", "user", NEVER), {
      code: "vault/key",
      message: /has no key "user"/,
    });
    assert.ok(!JSON.stringify(error.diagnostics).includes("s3cret"));
  });

  it("a path without a secret, a deleted version and a path without /data/ say what to do", async (t) => {
    const warnings = ["Invalid path for a versioned K/V secrets engine."];
    const answers = [
      { status: 404, body: { errors: [] } },
      { status: 404, body: { warnings } },
      { body: { data: { data: null, metadata: { deletion_time: "2024-01-01T00:00:00Z" } } } },
    ];
    const server = await httpServer(t, () => answers.shift() ?? {});
    const error = await rejectsWith(fetchVaultSecret(hostFor(server.url), "secret/app", "k", NEVER), {
      code: "vault/missing",
    });
    assert.match(error.diagnostics[0]?.hint ?? "", /secret\/data\/app/);
    await rejectsWith(fetchVaultSecret(hostFor(server.url), "secret/app", "k", NEVER), {
      code: "vault/missing",
      message: /versioned K\/V/,
    });
    await rejectsWith(fetchVaultSecret(hostFor(server.url), "secret/app", "k", NEVER), { code: "vault/missing" });
  });

  it("a refused token is reported with Vault's words and not tried again", async (t) => {
    const server = await httpServer(t, () => ({ status: 403, body: { errors: ["permission denied"] } }));
    await rejectsWith(fetchVaultSecret(hostFor(server.url), "secret/app", "k", NEVER), {
      code: "vault/refused",
      message: /403: permission denied/,
    });
    assert.equal(server.asked.length, 1);
  });

  it("a server that is not ready is asked again, three times in all", async (t) => {
    let sealed = 1;
    const server = await httpServer(t, () =>
      sealed-- > 0 ? { status: 503, body: { errors: ["Vault is sealed"] } } : { body: VERSION_2 },
    );
    assert.equal(await fetchVaultSecret(hostFor(server.url), "secret/data/app", "password", NEVER), "s3cret");
    sealed = 9;
    await rejectsWith(fetchVaultSecret(hostFor(server.url), "secret/data/app", "password", NEVER), {
      code: "vault/refused",
      message: /Vault is sealed/,
    });
    assert.equal(server.asked.length, 2 + 3);
  });

  it("without a token or with a broken address nothing is asked", async () => {
    const host = fakeHost({ env: {} });
    await rejectsWith(fetchVaultSecret(host, "secret/app", "k", NEVER), {
      code: "vault/token",
      message: /Must set VAULT_TOKEN/,
    });
    await rejectsWith(fetchVaultSecret(hostFor("localhost"), "secret/app", "k", NEVER), { code: "vault/address" });
    await rejectsWith(fetchVaultSecret(hostFor("unix:///run/vault.sock"), "secret/app", "k", NEVER), {
      code: "vault/address",
    });
  });

  it("a server that is not there is named", async () => {
    await rejectsWith(fetchVaultSecret(hostFor("http://127.0.0.1:1"), "secret/app", "k", NEVER), {
      code: "vault/unreachable",
      message: /127\.0\.0\.1:1/,
    });
  });

  it("a cancelled run ends the request", async () => {
    const cancelled = AbortSignal.abort(new Error("cancelled"));
    await assert.rejects(fetchVaultSecret(hostFor("http://127.0.0.1:1"), "secret/app", "k", cancelled), /cancelled/);
  });
});

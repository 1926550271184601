// An engine over TCP, in clear and with certificates on both sides.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { fakeHost } from "../../../test/fakes/host.ts";
import { needs } from "../../../test/needs.ts";
import { authority } from "../../../test/servers/authority.ts";
import { serve } from "../../../test/servers/listen.ts";
import { findImageId } from "./image.ts";

const never = new AbortController().signal;
const answer: RequestListener = (request, response) => {
  response.end(JSON.stringify({ Id: `sha256:${request.url}`, RepoDigests: [] }));
};

/** What is found of an image, or that the program was asked. */
async function ask(t: TestContext, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  const homeDir = mkdtempSync(join(tmpdir(), "packer-ts-engine-"));
  t.after(() => rmSync(homeDir, { recursive: true, force: true }));
  const host = fakeHost({
    network: "real",
    homeDir,
    programs: { docker: () => ({ stdout: "the-program []" }) },
    env: { PATH: process.env["PATH"], ...env },
  });
  return findImageId({ host, executable: "docker" }, "a/b:1", never);
}

describe("driver/docker: an engine over TCP", () => {
  test("is asked without the program", async (t) => {
    if (!needs(t, "docker")) {
      return;
    }
    const { host } = new URL(await serve(t, createServer(answer)));
    assert.equal(await ask(t, { DOCKER_HOST: `tcp://${host}` }), "sha256:/images/a/b%3A1/json");
    assert.equal(await ask(t, { DOCKER_HOST: `tcp://${host}`, DOCKER_TLS: "1" }), "the-program");
    assert.equal(await ask(t, { DOCKER_HOST: "tcp://127.0.0.1:1" }), "the-program");
  });

  test("is left to the program where a proxy leads there", async (t) => {
    if (!needs(t, "docker")) {
      return;
    }
    const env = { DOCKER_HOST: "tcp://engine.test:2375", HTTP_PROXY: "http://127.0.0.1:1" };
    assert.equal(await ask(t, env), "the-program");
  });

  test("proves itself and wants proof, and nothing is said to one that cannot", async (t) => {
    if (!needs(t, "docker", "openssl")) {
      return;
    }
    const ours = authority(t);
    const { key, cert } = ours.sign("IP:127.0.0.1");
    const client = ours.sign("DNS:client");
    const ca = readFileSync(ours.file, "utf8");
    let asked = 0;
    const checked: RequestListener = (request, response) => {
      asked++;
      assert.equal((request.socket as TLSSocket).authorized, true);
      answer(request, response);
    };
    const server = createSecureServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true }, checked);
    const { host } = new URL(await serve(t, server));
    const folder = mkdtempSync(join(tmpdir(), "packer-ts-certificates-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const env = { DOCKER_HOST: `tcp://${host}`, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: folder };
    assert.equal(await ask(t, env), "the-program", "half of the certificates is for the program to judge");
    writeFileSync(join(folder, "ca.pem"), ca);
    writeFileSync(join(folder, "cert.pem"), client.cert);
    writeFileSync(join(folder, "key.pem"), client.key);
    assert.equal(await ask(t, env), "sha256:/images/a/b%3A1/json");
    writeFileSync(join(folder, "ca.pem"), readFileSync(authority(t).file, "utf8"));
    assert.equal(await ask(t, env), "the-program", "one that another authority speaks for");
    assert.equal(asked, 1);
  });
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { findEngineSocket } from "./endpoint.ts";

describe("driver/docker: where the engine listens", () => {
  test("DOCKER_HOST counts first, then the context, then the usual socket", async (t) => {
    const homeDir = mkdtempSync(join(tmpdir(), "docker-endpoint-"));
    t.after(() => rmSync(homeDir, { recursive: true, force: true }));
    const socket = (env: Record<string, string>, platform: NodeJS.Platform = "linux") =>
      findEngineSocket({ env, homeDir, platform });
    addContext(join(homeDir, ".docker"), "desktop", "unix:///home/x/.docker/desktop/docker.sock");
    addContext(join(homeDir, ".docker"), "far", "ssh://far");

    assert.equal(await socket({}), "/var/run/docker.sock");
    assert.equal(await socket({}, "win32"), undefined);
    assert.equal(
      await socket({ DOCKER_HOST: "unix:///run/user/1/docker.sock", DOCKER_CONTEXT: "far" }),
      "/run/user/1/docker.sock",
    );
    for (const address of ["tcp://127.0.0.1:2375", "ssh://host", "npipe:////./pipe/docker_engine"]) {
      assert.equal(await socket({ DOCKER_HOST: address }), undefined);
    }
    assert.equal(await socket({ DOCKER_CONTEXT: "desktop" }), "/home/x/.docker/desktop/docker.sock");
    assert.equal(await socket({ DOCKER_CONTEXT: "default" }), "/var/run/docker.sock");
    assert.equal(await socket({ DOCKER_CONTEXT: "far" }), undefined);
    assert.equal(await socket({ DOCKER_CONTEXT: "unknown" }), undefined);

    writeFileSync(join(homeDir, ".docker/config.json"), '{"currentContext":"desktop"}');
    assert.equal(await socket({}), "/home/x/.docker/desktop/docker.sock");
    assert.equal(await socket({ DOCKER_CONFIG: join(homeDir, "elsewhere") }), "/var/run/docker.sock");
    writeFileSync(join(homeDir, ".docker/config.json"), "not JSON");
    assert.equal(await socket({}), "/var/run/docker.sock");
  });
});

function addContext(folder: string, name: string, host: string): void {
  const meta = join(folder, "contexts/meta", createHash("sha256").update(name).digest("hex"));
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, "meta.json"), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
}

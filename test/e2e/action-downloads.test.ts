// `cache-downloads` of the action: an ISO that one run has fetched is on the disk of the next, whatever became of the build.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { type CacheService, cacheService } from "../servers/cache-service.ts";
import { type DownloadServer, downloadServer } from "../servers/download-server.ts";
import { type FakeRunner, fakeRunner, readLog, type StepResult } from "./action-runner.ts";
import { LANGUAGES, type Language, writeTemplate } from "./three-languages.ts";

const content = randomBytes(100_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const key = `packer-ts-download-linux-sha256-${sha256}`;

interface Scene {
  readonly server: DownloadServer;
  readonly service: CacheService;
  readonly runner: FakeRunner;
  /** Runs the step on a machine that has nothing yet. */
  step(
    machine: string,
    inputs?: Readonly<Record<string, string>>,
    env?: Readonly<Record<string, string>>,
  ): Promise<StepResult>;
}

/** Two builds from one ISO, on machines that do not start. */
async function scene(t: TestContext, language: Language): Promise<Scene> {
  const [server, service, runner] = [await downloadServer(t, content), await cacheService(t), fakeRunner(t)];
  runner.file("qemu", '#!/bin/sh\n[ "$1" = -version ] && echo "QEMU emulator version 7.2.0" && exit 0\nexit 1\n');
  chmodSync(join(runner.workspace, "qemu"), 0o755);
  const builder = {
    ...{
      type: "qemu",
      iso_url: `${server.url}/a.iso`,
      iso_checksum: `sha256:${sha256}`,
      communicator: "none",
      boot_wait: "-1s",
    },
    ...{ qemu_binary: join(runner.workspace, "qemu"), accelerator: "none", disk_size: "1M", headless: true },
  };
  const template = writeTemplate(runner, language, { builders: ["a", "b"].map((name) => ({ ...builder, name })) });
  const step: Scene["step"] = (machine, inputs = { "cache-downloads": "true" }, env = service.env) =>
    runner.run({ template, ...inputs }, { ...env, PACKER_CACHE_DIR: join(runner.home, machine) });
  return { server, service, runner, step };
}

for (const language of LANGUAGES) {
  describe(`action/downloads with ${language.name}`, () => {
    it("fetches an ISO once for all builds and later runs, also when the builds fail", async (t) => {
      if (!needs(t, "qemu-img", "tar")) {
        return;
      }
      const { server, service, runner, step } = await scene(t, language);
      const first = await step("one");
      assert.deepEqual([first.code, first.outputs["outcome"]], [1, "failed"], first.stdout);
      assert.deepEqual(service.keys(), [key], first.stdout);
      assert.ok(readLog(first.stdout).some(({ group }) => group === `Keep sha256-${sha256} in the cache`));
      const second = await step("two");
      assert.equal(server.asked.length, 1, second.stdout);
      const [kept = ""] = readdirSync(join(runner.home, "two")).filter((name) => name.endsWith(".iso"));
      assert.ok(readFileSync(join(runner.home, "two", kept)).equals(content));
      assert.equal(service.keys().length, 1);
      assert.ok(!readdirSync(runner.workspace).includes(".packer-ts-downloads"));
    });

    it("keeps nothing unless asked, and says once where there is no cache", async (t) => {
      if (!needs(t, "qemu-img")) {
        return;
      }
      const { service, step } = await scene(t, language);
      await step("one", {});
      assert.deepEqual(service.keys(), []);
      const { stdout } = await step("two", { "cache-downloads": "true" }, {});
      assert.equal(stdout.match(/^::notice title=Downloads are not kept/gm)?.length, 1, stdout);
    });

    it("warns and fails nothing more when the cache refuses", async (t) => {
      if (!needs(t, "qemu-img", "tar")) {
        return;
      }
      const { service, step } = await scene(t, language);
      service.fault("refuse");
      const { outputs, stdout } = await step("one");
      assert.equal(outputs["failure-class"], (await step("two", {})).outputs["failure-class"]);
      assert.match(stdout, /^::warning title=.*was not kept/m);
    });
  });
}

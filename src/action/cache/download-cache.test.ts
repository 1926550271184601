import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fakeRun } from "../../../test/fakes/run.ts";
import { needs } from "../../../test/needs.ts";
import { type CacheService, cacheService } from "../../../test/servers/cache-service.ts";
import { downloadServer } from "../../../test/servers/download-server.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { download } from "../../driver/download/download.ts";
import { nodeHost } from "../../host/node.ts";
import { type DownloadCache, downloadCache } from "./download-cache.ts";

interface Machine {
  readonly cache: DownloadCache;
  readonly cancel: AbortController;
  readonly workspace: string;
  /** Where downloads are on this machine. */
  readonly folder: string;
  readonly sections: string[];
  readonly notices: string[];
  readonly warnings: Diagnostic[];
  readonly said: string[];
}

/** A runner with a workspace of its own; the toolkit knows it by the environment of this process. */
function machine(t: TestContext, service: CacheService | undefined): Machine {
  const root = mkdtempSync(join(tmpdir(), "packer-ts-download-cache-"));
  const before = { ...process.env };
  t.after(() => {
    rmSync(root, { recursive: true, force: true });
    process.env = before;
  });
  const [workspace, temp, folder] = [join(root, "work"), join(root, "temp"), join(root, "home", "cache")];
  for (const each of [workspace, temp]) {
    mkdirSync(each);
  }
  Object.assign(process.env, { GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temp, ...service?.env });
  process.chdir(workspace);
  const facts = {
    sections: [] as string[],
    notices: [] as string[],
    warnings: [] as Diagnostic[],
    said: [] as string[],
  };
  const log = {
    apart: async <T>(title: string, body: () => Promise<T>): Promise<T> => {
      facts.sections.push(title);
      return body();
    },
    diagnostics: (list: readonly Diagnostic[]) => void facts.warnings.push(...list),
    notice: (title: string) => void facts.notices.push(title),
    now: (text: string) => void facts.said.push(text),
  };
  const cancel = new AbortController();
  const cache = downloadCache({
    env: { GITHUB_WORKSPACE: workspace, ...service?.env },
    host: { cwd: workspace, platform: "linux", clock: nodeHost().clock },
    log,
    signal: cancel.signal,
  });
  return { ...facts, cache, cancel, workspace, folder };
}

/** A file as a download leaves it. */
function downloaded({ folder }: Machine, content: Buffer): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "a.iso");
  writeFileSync(path, content);
  return path;
}

const key = `sha256-${"0".repeat(64)}`;

describe("action/cache/download-cache", () => {
  it("gives a file to a machine whose folders are all others", async (t) => {
    if (!needs(t, "tar")) {
      return;
    }
    const service = await cacheService(t);
    const content = randomBytes(100_000);
    const first = machine(t, service);
    assert.equal(await first.cache.restore(join(first.folder, "a.iso"), key), false);
    first.cache.offer(downloaded(first, content), key);
    await first.cache.save();
    assert.deepEqual([first.sections, first.warnings], [[`Keep ${key} in the cache`], []]);
    assert.deepEqual(service.keys(), [`packer-ts-download-linux-${key}`]);
    const second = machine(t, service);
    const path = join(second.folder, "b.iso");
    assert.equal(await second.cache.restore(path, key), true);
    assert.ok(readFileSync(path).equals(content));
    assert.deepEqual([readdirSync(first.workspace), readdirSync(second.workspace)], [[], []]);
  });

  it("keeps nothing that is kept already, and nothing when cancelled", async (t) => {
    const service = await cacheService(t);
    for (let run = 0; run < 2; run++) {
      const { cache, folder, warnings, ...rest } = machine(t, service);
      cache.offer(downloaded({ cache, folder, warnings, ...rest }, randomBytes(1000)), key);
      await cache.save();
      assert.deepEqual(warnings, []);
    }
    assert.equal(service.keys().length, 1);
    const cancelled = machine(t, service);
    cancelled.cache.offer(downloaded(cancelled, randomBytes(1000)), "sha256-other");
    cancelled.cancel.abort();
    await cancelled.cache.save();
    assert.equal(service.keys().length, 1);
  });

  it("warns when a file cannot be kept, and goes on with the next", async (t) => {
    const service = await cacheService(t);
    const one = machine(t, service);
    one.cache.offer(join(one.folder, "gone.iso"), "sha256-gone");
    one.cache.offer(downloaded(one, randomBytes(1000)), key);
    await one.cache.save();
    assert.deepEqual(
      one.warnings.map(({ code, severity, summary }) => [code, severity, summary]),
      [["action/download-not-kept", "warning", "The download sha256-gone was not kept"]],
    );
    assert.deepEqual(service.keys(), [`packer-ts-download-linux-${key}`]);
    service.fault("refuse");
    const other = machine(t, service);
    other.cache.offer(downloaded(other, randomBytes(1000)), "sha256-refused");
    await other.cache.save();
    assert.equal(other.warnings[0]?.code, "action/download-not-kept");
  });

  it("says once that there is no cache, and only when one is wanted", async (t) => {
    for (const name of ["ACTIONS_RESULTS_URL", "ACTIONS_CACHE_URL", "ACTIONS_CACHE_SERVICE_V2"]) {
      delete process.env[name];
    }
    const one = machine(t, undefined);
    await one.cache.save();
    assert.deepEqual(one.notices, []);
    assert.equal(await one.cache.restore(join(one.folder, "a.iso"), key), false);
    assert.deepEqual(one.notices, ["Downloads are not kept: there is no cache for them"]);
  });

  it("spares a download the network on the next machine, and is not trusted when it gives something else", async (t) => {
    if (!needs(t, "tar")) {
      return;
    }
    const service = await cacheService(t);
    const content = randomBytes(100_000);
    const server = await downloadServer(t, content);
    const checksum = { algorithm: "sha256", hex: createHash("sha256").update(content).digest("hex") } as const;
    const build = async (): Promise<string> => {
      const { cache, folder } = machine(t, service);
      const run = {
        ...fakeRun(),
        host: { ...nodeHost({ ...process.env, PACKER_CACHE_DIR: folder }), fileCache: cache },
      };
      const path = await download({ title: "ISO", sources: [server.url], checksum, extension: "iso" }, run);
      await cache.save();
      return path;
    };
    for (const asked of [1, 1]) {
      assert.ok(readFileSync(await build()).equals(content));
      assert.equal(server.asked.length, asked);
    }
    service.fault("nonsense");
    const path = await build();
    assert.ok(existsSync(path) && readFileSync(path).equals(content));
    assert.equal(server.asked.length, 2);
  });
});

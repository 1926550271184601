// A provisioner at work on a machine in memory, as often as a test wants.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { openFileGate } from "../../src/host/file-gate.ts";
import type { OptionSchema } from "../../src/sdk/option.ts";
import type { Provisioner } from "../../src/sdk/provisioner.ts";
import { fakeHost } from "./host.ts";
import { configOf } from "./prepare.ts";
import { type FakeProvisionRun, fakeProvisionRun } from "./run.ts";

export interface Provisioning {
  /** Folder that local paths start in; there while the tests of this suite run. */
  readonly folder: () => string;
  /** Runs the provisioner on a fresh machine, or on one that the test prepared. */
  readonly provision: (
    given: Readonly<Record<string, unknown>>,
    options?: Parameters<typeof fakeProvisionRun>[0],
  ) => Promise<FakeProvisionRun>;
}

/** To be called inside `describe`: gives the suite a folder of its own, from which `provisioner` runs on `platform`. */
export function provisioning<S extends OptionSchema>(
  provisioner: Provisioner<S>,
  platform: NodeJS.Platform,
): Provisioning {
  let cwd = "";
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), `${provisioner.type}-test-`));
  });
  after(() => rm(cwd, { recursive: true, force: true }));
  return {
    folder: () => cwd,
    async provision(given, options = {}) {
      const run = fakeProvisionRun({ host: fakeHost({ cwd }), ...options });
      await provisioner.provision(
        await configOf(provisioner, given, {
          host: {
            platform,
            cwd,
            env: {},
            homeDir: cwd,
            files: openFileGate(),
            tempDir: "/nowhere/tmp",
            cacheDir: "/nowhere/cache",
          },
        }),
        run,
      );
      return run;
    },
  };
}

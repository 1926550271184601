// What every provisioner does that reads scripts of this machine.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { BuildError } from "../../src/diagnostic/build-error.ts";
import * as provisioners from "../../src/provisioner/registry.ts";
import type { Provisioner } from "../../src/sdk/provisioner.ts";
import { fakeHost } from "../fakes/host.ts";
import { configOf } from "../fakes/prepare.ts";
import { fakeProvisionRun } from "../fakes/run.ts";
import { cancelled, rejectsWith } from "../rejects.ts";

const readers = Object.values<Provisioner>(provisioners as Readonly<Record<string, Provisioner>>).filter(
  ({ options, needsConnection }) => needsConnection === true && Object.hasOwn(options, "scripts"),
);

describe("provisioners that read scripts", () => {
  const folder = mkdtempSync(join(tmpdir(), "scripts-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("are three at least", () => {
    assert.deepEqual(
      readers.map(({ type }) => type).filter((type) => ["powershell", "shell", "windows-shell"].includes(type)),
      ["powershell", "shell", "windows-shell"],
    );
  });

  for (const provisioner of readers) {
    const failsWith = async (script: string, binary: boolean, spoil: () => void): Promise<BuildError> => {
      writeFileSync(script, "exit 0\n");
      const config = await configOf(provisioner, { script, binary });
      spoil();
      const run = fakeProvisionRun({ host: fakeHost({ cwd: folder, tempDir: folder }) });
      try {
        await provisioner.provision(config, run);
      } catch (thrown) {
        assert.ok(thrown instanceof BuildError, String(thrown));
        return thrown;
      }
      return assert.fail("The script was run");
    };

    for (const binary of [false, true]) {
      const how = binary ? "byte by byte" : "as text";
      test(`"${provisioner.type}" takes a script that is gone, or no file, for a mistake of the template; ${how}`, async () => {
        const gone = join(folder, `${provisioner.type}-gone-${binary}`);
        const noFile = join(folder, `${provisioner.type}-folder-${binary}`);
        const failures = [
          await failsWith(gone, binary, () => rmSync(gone)),
          await failsWith(noFile, binary, () => {
            rmSync(noFile);
            mkdirSync(noFile);
          }),
        ];
        assert.deepEqual(
          failures.map(({ failure, diagnostics: [first] }) => [failure, first?.code, first?.summary]),
          [gone, noFile].map((path) => [
            "template",
            "provisioner/file-missing",
            `The script ${path} could not be read`,
          ]),
        );
      });
    }

    test(`"${provisioner.type}" waits for a pipe that nobody writes to no longer than the build lasts`, async () => {
      const script = join(folder, `${provisioner.type}-pipe`);
      assert.equal(spawnSync("mkfifo", [script]).status, 0);
      const config = await configOf(provisioner, { script });
      const stop = new AbortController();
      const host = fakeHost({ cwd: folder, tempDir: folder });
      const ended = provisioner.provision(config, fakeProvisionRun({ host, signal: stop.signal }));
      setTimeout(() => stop.abort(cancelled()), 50);
      await rejectsWith(ended, { code: "host/cancelled" });
    });
  }
});

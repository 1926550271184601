// A machine with an emulated TPM, and one where the program for it is missing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { vmInstaller } from "../servers/vm-installer.ts";
import { buildIn, fromDisk, placeFor, remains, switchedOff } from "./qemu-build.ts";

describe("e2e/qemu with a TPM", () => {
  it("gives the machine a TPM, which goes away with it", { timeout: 300_000 }, async (t) => {
    const vm = needs(t, "swtpm") ? vmInstaller(t) : undefined;
    if (vm === undefined) {
      return;
    }
    const provisioners = [{ type: "shell", inline: ["cat /sys/class/tpm/tpm0/tpm_version_major"] }];
    const place = placeFor(t, { "t.json": { builders: [fromDisk(vm, { vtpm: true })], provisioners } });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 0, stdout);
    assert.match(stdout, / {4}qemu: 2\n/);
    assert.deepEqual(remains(place), ["made"]);
  });

  it("says what the program said when it does not start", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, {
      "t.json": { builders: [switchedOff({ vtpm: true })] },
      "bin/swtpm": "#!/bin/sh\necho no state here >&2\nexit 1\n",
    });
    chmodSync(join(place.folder, "bin/swtpm"), 0o755);
    const PATH = `${place.folder}/bin:${process.env["PATH"]}`;
    const { code, stdout } = await buildIn({ ...place, env: { ...place.env, PATH } });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /The TPM did not start +\[qemu\/tpm\]/);
    assert.match(stdout, /no state here/);
    assert.deepEqual(remains(place), []);
  });

  it("names the program that is missing, before a machine is started", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [switchedOff({ vtpm: true })] }, "bin/none": "" });
    // Only what is needed up to there is found.
    const qemuImg = spawnSync("sh", ["-c", "command -v qemu-img"], { encoding: "utf8" }).stdout.trim();
    symlinkSync(qemuImg, join(place.folder, "bin/qemu-img"));
    const { code, stdout } = await buildIn({ ...place, env: { ...place.env, PATH: `${place.folder}/bin` } });
    assert.equal(code, 1);
    assert.match(stdout, /The program "swtpm" was not found/);
    assert.deepEqual(remains(place), []);
  });
});

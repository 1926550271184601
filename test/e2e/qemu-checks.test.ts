// What is known to be wrong with a machine before anything is downloaded or built: said by validate, and at once by build.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { httpServer } from "../servers/http.ts";
import { buildIn, type Place, placeFor, remains, runIn, switchedOff } from "./qemu-build.ts";

async function validateIn(place: Place): Promise<{ readonly code: number; readonly said: string }> {
  const { code, stdout, stderr } = await runIn(place, ["validate", "t.json"]);
  return { code: code ?? -1, said: stdout + stderr };
}

/** Counts the requests it gets. */
async function countingServer(t: TestContext): Promise<{ readonly url: string; count(): number }> {
  let count = 0;
  const server = createServer((_, response) => {
    count++;
    response.end("no system");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some.iso`, count: () => count };
}

function disk(place: Place, name: string, format: string, size: string): void {
  spawnSync("qemu-img", ["create", "-q", "-f", format, join(place.folder, name), size]);
}

describe("e2e/qemu-checks", () => {
  it("says which program is missing, and downloads nothing for a machine that cannot start", async (t) => {
    const server = await countingServer(t);
    const builder = switchedOff({ qemu_binary: "qemu-system-nowhere", iso_url: server.url });
    const place = placeFor(t, { "t.json": { builders: [builder] } });
    const checked = await validateIn(place);
    assert.equal(checked.code, 0, checked.said);
    assert.match(checked.said, /"qemu-system-nowhere" is not on this machine, so this cannot be built here/);
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /The program "qemu-system-nowhere" was not found/);
    assert.equal(server.count(), 0);
    assert.deepEqual(remains(place), []);
  });

  it("tells in qemu-img's words what it refuses: a disk that is made, and one that is finished", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    for (const [step, told, left] of [
      ["create", "qemu/disk-image", []],
      ["convert", "qemu/unfinished-disk", ["made"]],
    ] as const) {
      const builder = switchedOff({ qemu_img_args: { [step]: ["-o", "nonsense=1"] } });
      const place = placeFor(t, { "t.json": { builders: [builder] } });
      const { code, stdout } = await buildIn(place);
      assert.equal(code, 1, stdout);
      assert.ok(stdout.includes(`[${told}]`), stdout);
      assert.match(stdout, /nonsense/);
      assert.deepEqual(remains(place), left);
    }
  });

  it("refuses a folder that came to be there after the check", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, {});
    const mirror = await httpServer(t, () => {
      mkdirSync(join(place.folder, "made"), { recursive: true });
      return { body: "no system" };
    });
    const builder = switchedOff({ iso_url: `${mirror.url}/some.iso` });
    writeFileSync(join(place.folder, "t.json"), JSON.stringify({ builders: [builder] }));
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /Output directory exists: made +\[qemu\/output-exists\]/);
    assert.deepEqual(remains(place), ["made"]);
  });

  it("refuses a size that would cut off the end of the disk to start from", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    for (const format of ["qcow2", "raw"]) {
      const builder = { disk_image: true, iso_url: `large.${format}`, disk_size: "20M", format };
      const place = placeFor(t, { "t.json": { builders: [switchedOff(builder)] } });
      disk(place, `large.${format}`, format, "30M");
      const { code, said } = await validateIn(place);
      assert.equal(code, 1, said);
      assert.match(said, /The disk would become smaller than it is/);
      assert.match(said, /has 30 MiB, and "disk_size" comes to 20 MiB/);
      const kept = placeFor(t, { "t.json": { builders: [switchedOff({ ...builder, skip_resize_disk: true })] } });
      disk(kept, `large.${format}`, format, "30M");
      assert.equal((await validateIn(kept)).code, 0);
    }
  });

  it("copies a disk as what it is, whatever it is called", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const builder = { disk_image: true, iso_url: "called.qcow2", disk_size: "30M" };
    const place = placeFor(t, { "t.json": { builders: [switchedOff(builder)] } });
    disk(place, "called.qcow2", "raw", "20M");
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 0, stdout);
    const made = join(place.folder, "made/small");
    const { stdout: facts } = spawnSync("qemu-img", ["info", "--output=json", made], { encoding: "utf8" });
    assert.equal(JSON.parse(facts).format, "qcow2");
    assert.equal(JSON.parse(facts)["virtual-size"], 30 * 2 ** 20);
  });

  it("says that EFI firmware is missing, does not fit or does not start on the machine", async (t) => {
    const firmware = (options: object): object => ({ builders: [switchedOff({ efi_boot: true, ...options })] });
    const place = placeFor(t, {
      "small-code.fd": "x".repeat(1_966_080),
      "large-vars.fd": "x".repeat(540_672),
      "t.json": firmware({ efi_firmware_code: "small-code.fd", efi_firmware_vars: "large-vars.fd" }),
      "missing.json": firmware({ efi_firmware_code: "nowhere_CODE.fd", efi_firmware_vars: "large-vars.fd" }),
      "MY_CODE.secboot.fd": "x",
      "MY_VARS.fd": "x",
      "secure.json": firmware({ efi_firmware_code: "MY_CODE.secboot.fd" }),
      "q35.json": firmware({ efi_firmware_code: "MY_CODE.secboot.fd", machine_type: "q35" }),
    });
    const { code, said } = await validateIn(place);
    assert.equal(code, 0, said);
    assert.match(said.replace(/\s+/g, " "), /not two parts of one firmware/);
    const missing = await runIn(place, ["validate", "missing.json"]);
    assert.equal(missing.code, 0, missing.stdout);
    assert.match(missing.stdout + missing.stderr, /The firmware is not there \(yet\)/);
    const built = await runIn(place, ["build", "-color=false", "missing.json"]);
    assert.equal(built.code, 1, built.stdout);
    assert.match(built.stdout, /The EFI firmware cannot be used/);
    assert.doesNotMatch(built.stdout, /Retrieving ISO/);
    const secure = await runIn(place, ["validate", "secure.json"]);
    assert.equal(secure.code, 1, secure.stdout);
    assert.match(secure.stdout + secure.stderr, /does not start on this type of machine/);
    assert.equal((await runIn(place, ["validate", "q35.json"])).code, 0);
  });

  it("says before the build what two machines with one output directory would do", async (t) => {
    const builders = ["one", "two"].map((name) => switchedOff({ name }));
    const place = placeFor(t, { "t.json": { builders } });
    const { code, said } = await validateIn(place);
    assert.equal(code, 1, said);
    assert.match(said, /The builds "one" and "two" both write to "made"/);
  });

  it("lets two machines keep one ISO at one place, but not two different ones", async (t) => {
    const at = (name: string, iso: string): object =>
      switchedOff({ name, output_directory: name, iso_target_path: "kept.iso", iso_url: `http://127.0.0.1:9/${iso}` });
    const place = placeFor(t, {
      "t.json": { builders: [at("one", "a.iso"), at("two", "b.iso")] },
      "same.json": { builders: [at("one", "a.iso"), at("two", "a.iso")] },
    });
    const { code, said } = await validateIn(place);
    assert.equal(code, 1, said);
    assert.match(said, /The builds "one" and "two" both write to "kept\.iso"/);
    const same = await runIn(place, ["validate", "same.json"]);
    assert.equal(same.code, 0, same.stdout);
  });
});

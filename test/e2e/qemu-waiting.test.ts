// Machines that do not get on: what those read who wait for them, and who look for one that was left in place.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { vmInstaller } from "../servers/vm-installer.ts";
import { buildIn, fromDisk, placeFor, processesOf, remains, runIn } from "./qemu-build.ts";

/** A machine without a system: its BIOS finds nothing to start, for ever. */
const EMPTY = {
  ...{ type: "qemu", iso_url: "some.iso", iso_checksum: "none", disk_size: "10M", format: "raw", vm_name: "small" },
  ...{ output_directory: "made", accelerator: "tcg", headless: true, ssh_username: "root", ssh_password: "secret" },
};

describe("e2e/qemu-waiting", () => {
  it("does not take QEMU for the machine, and says what is known of one that never answers", async (t) => {
    if (!needs(t, "qemu-system-x86_64", "qemu-img")) {
      return;
    }
    const asks = { http_content: { "/a": "b" }, boot_command: ["x"], boot_wait: "1s", boot_key_interval: "1ms" };
    // The BIOS writes its log to this port.
    const qemuargs = [
      ["-debugcon", "stdio"],
      ["-global", "isa-debugcon.iobase=0x402"],
    ];
    const builder = { ...EMPTY, ...asks, qemuargs, ssh_timeout: "14s" };
    const place = placeFor(t, { "t.json": { builders: [builder] } });
    const log = join(place.root, "log");
    const { code, stdout } = await buildIn({ ...place, env: { ...place.env, PACKER_LOG_PATH: log } });
    assert.equal(code, 1, stdout);
    assert.match(
      stdout,
      /Still waiting for the machine to answer on its SSH port \(QEMU takes connections to 127\.0\.0\.1:\d+ in its place\)/,
    );
    assert.doesNotMatch(stdout, /connected to 127/i);
    assert.match(stdout, /Timeout waiting for SSH\./);
    const flat = stdout.replace(/\s+/g, " ");
    assert.match(flat, /Hint: Look at the machine's screen/);
    assert.match(
      flat,
      /It has asked the HTTP server for nothing\. The boot command may not have reached the installer\./,
    );
    assert.match(flat, /It runs without KVM, so everything takes many times as long\./);
    assert.match(flat, /QEMU said last: .*No bootable device/);
    assert.match(flat, /Its screen shows: .*Boot failed: not a bootable disk/);
    const { stdout: logged } = spawnSync("cat", [log], { encoding: "utf8" });
    assert.match(logged, /Qemu stdout: SeaBIOS \(version/);
    assert.match(logged, /Executing qemu-system-x86_64 .*-debugcon stdio/);
    assert.deepEqual(remains(place), []);
  });

  it("ends as soon as the machine's disk cannot be written to, and says why", async (t) => {
    const isRoot = process.getuid?.() === 0;
    const vm = needs(t, "mount", ...(isRoot ? [] : ["the right to mount"])) ? vmInstaller(t) : undefined;
    if (vm === undefined) {
      return;
    }
    const builder = fromDisk(vm, { output_directory: "tight/made", skip_compaction: true });
    const inline = ["dd if=/dev/zero of=/root/big bs=1M count=60 conv=fsync; sleep 600"];
    const place = placeFor(t, { "t.json": { builders: [builder], provisioners: [{ type: "shell", inline }] } });
    const tight = join(place.folder, "tight");
    mkdirSync(tight);
    const { stdout: size } = spawnSync("stat", ["-c", "%s", vm.disk], { encoding: "utf8" });
    const room = Number(size) + 8 * 2 ** 20;
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", `size=${room}`, "tmpfs", tight]).status, 0);
    try {
      const { code, stdout } = await buildIn(place);
      assert.equal(code, 1, stdout);
      const flat = stdout.replace(/\s+/g, " ");
      assert.match(flat, /The machine stands still: QEMU could not write to its disk +\[qemu\/stands-still\]/);
      assert.match(flat, /No space left on device\. \d MiB are free where tight\/made is\./);
      assert.deepEqual(remains(place), []);
    } finally {
      spawnSync("umount", ["-l", tight]);
    }
  });

  it("says of a machine that is left in place where it is and how to end it, and finds it again", async (t) => {
    if (!needs(t, "qemu-system-x86_64", "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [{ ...EMPTY, boot_wait: "-1s", ssh_timeout: "2s" }] } });
    const { code, stdout } = await buildIn(place, {}, "-on-error=abort");
    assert.equal(code, 1, stdout);
    const line =
      /Left in place: virtual machine \(process (\d+); VNC at 127\.0\.0\.1:59\d\d, SSH at 127\.0\.0\.1:\d+; `kill \d+` ends it\)/;
    const [found, pid = ""] = line.exec(stdout) ?? [];
    assert.ok(found, stdout);
    assert.ok(processesOf(place.root).has(Number(pid)));
    const reaped = await runIn(place, ["reap", "-older-than=0s"]);
    assert.equal(reaped.code, 0, reaped.stdout);
    assert.match(
      reaped.stdout,
      /Left in place on purpose, made \S+: the virtual machine of build 'qemu' \(process \d+; VNC at/,
    );
    assert.match(reaped.stdout, /Left in place on purpose, made \S+: the output directory of build 'qemu' \/.*made/);
    assert.doesNotMatch(reaped.stdout, /Nothing was left behind/);
    process.kill(Number(pid), "SIGKILL");
    while (processesOf(place.root).has(Number(pid))) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const later = await runIn(place, ["reap", "-older-than=0s"]);
    assert.doesNotMatch(later.stdout, /the virtual machine/);
  });
});

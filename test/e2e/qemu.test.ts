// Machines of qemu as a user builds them: installed from a CD, built on, ended, refused, and what is said when something goes wrong.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { fileOn, vmInstaller } from "../servers/vm-installer.ts";
import { buildIn, fromDisk, fromIso, placeFor, remains, runIn, switchedOff } from "./qemu-build.ts";

const shell = (...inline: readonly string[]): object => ({ type: "shell", inline });

describe("e2e/qemu", () => {
  it("installs a system from a CD, and builds another one on it that has only the difference", async (t) => {
    const vm = needs(t, "debugfs") ? vmInstaller(t) : undefined;
    if (vm === undefined) {
      return;
    }
    const { ssh_password: _, ...installed } = fromIso(vm, {
      http_content: { "/answer.sh": "install-system secret && reboot\n" },
      boot_command: ["linux ", "answer=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answer.sh<enter>"],
    }) as Record<string, unknown>;
    const further = {
      ...fromDisk(vm, { use_backing_file: true, skip_compaction: true, iso_checksum: "none" }),
      iso_url: "made/small",
    };
    const place = placeFor(t, {
      "t.json": {
        builders: [{ ...installed, ssh_password: "secret" }],
        provisioners: [shell("echo first >/root/first")],
      },
      "further.json": {
        builders: [{ ...further, ssh_password: "secret", output_directory: "further" }],
        provisioners: [shell("cat /root/first", "echo second >/root/second")],
      },
    });
    const first = await buildIn(place);
    assert.equal(first.code, 0, first.stdout);
    assert.match(first.stdout, /==> qemu: Typing the boot commands over VNC\.\.\.\n/);
    assert.match(first.stdout, / {4}qemu: HTTP GET \/answer\.sh: 200\n/);
    assert.match(first.stdout, /--> qemu: VM files in directory: made\n/);
    assert.equal(fileOn(join(place.folder, "made/small"), "/root/first"), "first\n");

    const second = await runIn(place, ["build", "-color=false", "further.json"]);
    assert.equal(second.code, 0, second.stdout);
    assert.match(second.stdout, / {4}qemu: first\n/);
    const disk = join(place.folder, "further/small");
    assert.equal(fileOn(disk, "/root/second"), "second\n");
    const facts = JSON.parse(spawnSync("qemu-img", ["info", "--output=json", disk], { encoding: "utf8" }).stdout);
    assert.equal(facts["backing-filename"], join(place.folder, "made/small"));
    assert.ok(facts["actual-size"] < 2 ** 23, `${facts["actual-size"]} bytes`);
    assert.deepEqual(remains(place), ["made"]);
  });

  it("types its own key where the template has no password", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    const answer = [
      "mkdir -p -m 700 /root/.ssh",
      `httpd -d "$(sed 's/.*key=\\([^ ]*\\).*/\\1/' /proc/cmdline)" >/root/.ssh/authorized_keys`,
      // An account that is locked gets in by no key either.
      "set-password unknown",
    ].join("\n");
    const place = placeFor(t, {
      "http/answer.sh": answer,
      "t.json": {
        builders: [
          fromIso(vm, {
            ...{ http_directory: "http", temporary_key_pair_type: "ed25519" },
            boot_command: [
              "linux answer=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answer.sh key={{ .SSHPublicKey | urlquery }}<enter>",
            ],
          }),
        ],
        provisioners: [shell("echo let in")],
      },
    });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 0, stdout);
    assert.match(stdout, / {4}qemu: let in\n/);
  });

  it("types in steps through a screen with a password, and gives the machine a CD", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    const place = placeFor(t, {
      "t.json": {
        builders: [
          fromIso(vm, {
            ...{
              vnc_use_password: true,
              vnc_password: "peep 42!",
              cd_content: { "answer.sh": "set-password from-the-cd\n" },
              ssh_password: "from-the-cd",
            },
            boot_steps: [
              ["linux ", "The system"],
              ["answer=cdrom:answer.sh<enter>", "Its answers"],
            ],
          }),
        ],
        provisioners: [shell("echo let in")],
      },
    });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /connect via VNC with a password to\n/);
    assert.doesNotMatch(stdout, /peep 42!/);
    assert.match(stdout, / {4}qemu: Typing boot command for: Its answers\n/);
    assert.match(stdout, / {4}qemu: let in\n/);
  });

  it("starts by EFI and keeps the variables of its firmware", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    if (!existsSync("/usr/share/OVMF/OVMF_VARS.fd")) {
      return t.skip("needs ovmf");
    }
    const words = "console=ttyS0 answer=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answer.sh";
    const place = placeFor(t, {
      "t.json": {
        builders: [
          fromIso(vm, {
            ...{ efi_boot: true, http_content: { "/answer.sh": "set-password secret\n" }, ssh_password: "secret" },
            qemuargs: [
              ["-kernel", vm.kernel],
              ["-initrd", vm.initramfs],
              ["-append", words],
            ],
          }),
        ],
        provisioners: [shell("ls -d /sys/firmware/efi")],
      },
    });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 0, stdout);
    assert.match(stdout, / {4}qemu: \/sys\/firmware\/efi\n/);
    assert.deepEqual(readdirSync(join(place.folder, "made")), ["efivars.fd", "small"]);
  });

  it("builds two machines at the same time, with disks on different controllers", async (t) => {
    const vm = needs(t, "debugfs") ? vmInstaller(t) : undefined;
    if (vm === undefined) {
      return;
    }
    const builders = ["virtio-scsi", "ide"].map((disk_interface) =>
      fromDisk(vm, {
        name: disk_interface,
        disk_interface,
        output_directory: `made-${disk_interface}`,
        disk_additional_size: ["5M"],
      }),
    );
    const place = placeFor(t, {
      "t.json": {
        builders,
        provisioners: [shell("cat /sys/block/sd?/size", "echo $PACKER_BUILD_NAME >/root/name")],
      },
    });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 0, stdout);
    for (const name of ["virtio-scsi", "ide"]) {
      assert.match(stdout, new RegExp(` {4}${name}: ${(5 * 2 ** 20) / 512}\n`));
      assert.deepEqual(readdirSync(join(place.folder, `made-${name}`)), ["small", "small-1"]);
      assert.equal(fileOn(join(place.folder, `made-${name}/small`), "/root/name"), `${name}\n`);
    }
  });

  it("leaves nothing of a machine that switches itself off before it is provisioned", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    const place = placeFor(t, {
      "t.json": { builders: [fromDisk(vm)], provisioners: [shell("poweroff", "sleep 300")] },
    });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /Script disconnected unexpectedly/);
    assert.deepEqual(remains(place), [], stdout);
  });

  it("gives up on a machine that does not shut down, with what the command said", async (t) => {
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    const stuck = fromDisk(vm, { shutdown_command: "echo not today; exit 3", shutdown_timeout: "2s" });
    const place = placeFor(t, { "t.json": { builders: [stuck] } });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /==> qemu: Timeout while waiting for machine to shut down\.\n/);
    assert.match(stdout, /ended with status 3/);
    assert.match(stdout, /not today/);
    assert.deepEqual(remains(place), [], stdout);
  });

  it("refuses a result that is there already, unless it is told to replace it", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [switchedOff()] }, "made/old": "mine" });
    const refused = await buildIn(place);
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stdout + refused.stderr, /Output directory 'made' already exists\. It must not exist\./);
    assert.equal(readFileSync(join(place.folder, "made/old"), "utf8"), "mine");
    const forced = await buildIn(place, {}, "-force");
    assert.equal(forced.code, 0, forced.stdout);
    assert.match(forced.stdout, /==> qemu: Deleting previous output directory\.\.\.\n/);
    assert.deepEqual(readdirSync(join(place.folder, "made")), ["small"]);
  });

  it("replaces a link with -force, and nothing that it leads to", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    for (const [target, output_directory] of [
      ["shared", "made"],
      ["shared/", "./made/"],
      ["nowhere", "made"],
    ] as const) {
      const place = placeFor(t, { "t.json": { builders: [switchedOff({ output_directory })] }, "shared/disk": "mine" });
      symlinkSync(target, join(place.folder, "made"));
      const { code, stdout } = await buildIn(place, {}, "-force");
      assert.equal(code, 0, stdout);
      assert.deepEqual(readdirSync(join(place.folder, "shared")), ["disk"]);
      assert.equal(lstatSync(join(place.folder, "made")).isDirectory(), true);
      assert.deepEqual(readdirSync(join(place.folder, "made")), ["small"]);
    }
  });

  it("names the program that is not there", async (t) => {
    if (!needs(t, "qemu-img")) {
      return;
    }
    const place = placeFor(t, { "t.json": { builders: [switchedOff({ qemu_binary: "qemu-system-nowhere" })] } });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /qemu-system-nowhere/);
    assert.match(stdout, /not found|not installed|is not there|There is no/i);
    assert.doesNotMatch(stdout, /ENOENT|fault of the program/);
    assert.deepEqual(remains(place), []);
  });

  it("shows qemu's own words when it does not start", async (t) => {
    if (!needs(t, "qemu-img", "qemu-system-x86_64")) {
      return;
    }
    const wrong = switchedOff({
      qemu_binary: "qemu-system-x86_64",
      accelerator: "tcg",
      qemuargs: [["-device", "no-such-device"]],
    });
    const place = placeFor(t, { "t.json": { builders: [wrong] } });
    const { code, stdout } = await buildIn(place);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /Qemu failed to start\. +\[qemu\/not-started\]/);
    assert.match(stdout, /'no-such-device' is not a valid device model name/);
    assert.deepEqual(remains(place), []);
  });
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { makeArguments, withOwn } from "../../driver/qemu/switches.ts";
import { openFileGate } from "../../host/file-gate.ts";
import { listHostPorts } from "../../step/host-port.ts";
import { listDisks } from "./facts.ts";
import { listMachineSwitches, type MachineParts } from "./machine-switches.ts";
import { qemu } from "./qemu.ts";

type Given = Readonly<Record<string, unknown>>;

const ISO = { iso_url: "https://example.com/os.iso", iso_checksum: `sha256:${"ab".repeat(32)}` };
const IDENTITY = { name: "vm", builderType: "qemu" };

describe("builder/qemu", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "qemu-builder-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const here = () => ({
    host: {
      platform: "linux" as const,
      cwd: folder,
      env: {},
      homeDir: folder,
      files: openFileGate(),
      tempDir: "/nowhere/tmp",
      cacheDir: "/nowhere/cache",
    },
    build: IDENTITY,
  });

  async function problems(given: Given, more: Given = {}): Promise<readonly string[]> {
    return (await prepareOptions(qemu, { ...ISO, shutdown_command: "poweroff", ...given }, { ...here(), ...more }))
      .problems;
  }

  /** The machine's arguments, each switch with its value on one line. */
  async function lines(given: Given, parts: Partial<MachineParts> = {}): Promise<readonly string[]> {
    const config = await configOf(qemu, { ...ISO, ...given }, here());
    const disks = listDisks(config, IDENTITY);
    const all = { accelerator: "kvm", disks, display: undefined, iso: "/iso/os.iso", ...parts };
    const switches = listMachineSwitches(config, all, IDENTITY, "/w");
    const [...words] = makeArguments(withOwn(switches, config.qemuargs, config.net_device));
    return words.flatMap((word, at) =>
      word.startsWith("-") ? [words[at + 1]?.startsWith("-") ? word : `${word} ${words[at + 1] ?? ""}`.trim()] : [],
    );
  }

  test("starts a machine from the CD with one disk and one network card", async () => {
    assert.deepEqual(
      await lines(
        {},
        {
          forward: { address: "127.0.0.1", from: 3001, to: 22 },
          vnc: { address: "127.0.0.1", port: 5907, password: false },
        },
      ),
      [
        "-name packer-vm",
        "-machine type=pc,accel=kvm",
        "-boot once=d",
        "-m 512M",
        "-smp 1",
        "-cpu host",
        "-netdev user,id=user.0,hostfwd=tcp:127.0.0.1:3001-:22",
        "-device virtio-net,netdev=user.0",
        "-drive file=/w/output-vm/packer-vm,if=virtio,cache=writeback,discard=ignore,format=qcow2",
        "-drive file=/iso/os.iso,media=cdrom",
        "-vnc 127.0.0.1:7",
      ],
    );
  });

  test("puts several disks on a SCSI controller", async () => {
    const given = {
      disk_interface: "virtio-scsi",
      disk_additional_size: ["1G"],
      disk_detect_zeroes: "unmap",
      disk_discard: "unmap",
      format: "raw",
    };
    const said = await lines(given);
    assert.deepEqual(
      said.filter((line) => /^-(device|drive)/.test(line)),
      [
        "-device virtio-net,netdev=user.0",
        "-device virtio-scsi-pci,id=scsi0",
        "-device scsi-hd,bus=scsi0.0,drive=drive0",
        "-device scsi-hd,bus=scsi0.0,drive=drive1",
        "-drive if=none,file=/w/output-vm/packer-vm,id=drive0,cache=writeback,discard=unmap,format=raw,detect-zeroes=unmap",
        "-drive if=none,file=/w/output-vm/packer-vm-1,id=drive1,cache=writeback,discard=unmap,format=raw,detect-zeroes=unmap",
        "-drive file=/iso/os.iso,media=cdrom",
      ],
    );
  });

  test("starts by EFI from firmware in flash memory, without an order of drives", async () => {
    const efi = { code: "/f/CODE.fd", vars: "/f/VARS.fd" };
    const said = await lines({ efi_boot: true, machine_type: "q35" }, { efi });
    assert.ok(said.includes("-drive file=/f/CODE.fd,if=pflash,unit=0,format=raw,readonly=on"), said.join("\n"));
    assert.ok(said.includes("-drive file=/w/output-vm/efivars.fd,if=pflash,unit=1,format=raw"));
    assert.ok(!said.some((line) => line.startsWith("-boot")));
  });

  test("gives the processors that sockets, cores and threads come to, and never more", async () => {
    const processors = async (given: Given) => (await lines(given)).find((line) => line.startsWith("-smp"));
    assert.equal(await processors({}), "-smp 1");
    assert.equal(await processors({ cpus: 0 }), "-smp 1");
    assert.equal(await processors({ cpus: 3 }), "-smp 3");
    assert.equal(await processors({ cores: 6 }), "-smp 6,cores=6");
    assert.equal(await processors({ sockets: 2, threads: 2 }), "-smp 4,sockets=2,threads=2");
    assert.equal(await processors({ cpus: 9, sockets: 1, cores: 3, threads: 2 }), "-smp 6,sockets=1,cores=3,threads=2");
    assert.equal(await processors({ cpus: 2, cores: 6 }), "-smp 2,cores=6,maxcpus=6");
    assert.deepEqual(await problems({ cpus: -2 }), ['option/value: "cpus" is -2, but must be at least 0']);
  });

  test("gives today's processors where QEMU's own choice is older than today's systems", async () => {
    const model = async (given: Given, accelerator = "tcg") =>
      (await lines(given, { accelerator })).filter((line) => line.startsWith("-cpu"));
    assert.deepEqual(await model({}), ["-cpu max"]);
    assert.deepEqual(await model({}, "kvm"), ["-cpu host"]);
    assert.deepEqual(await model({}, "hvf"), ["-cpu host"]);
    assert.deepEqual(await model({}, "whpx"), []);
    assert.deepEqual(await model({ qemu_binary: "/opt/bin/qemu-system-aarch64", machine_type: "virt" }), ["-cpu max"]);
    assert.deepEqual(await model({ qemu_binary: "qemu-system-ppc64" }), []);
    assert.deepEqual(await model({ cpu_model: "Nehalem" }, "kvm"), ["-cpu Nehalem"]);
    assert.deepEqual(await model({ qemuargs: [["-cpu", "kvm64"]] }, "kvm"), ["-cpu kvm64"]);
    // "host" needs what the user has taken away.
    assert.deepEqual(await model({ qemuargs: [["-machine", "q35,accel=tcg"]] }, "kvm"), ["-cpu max"]);
    assert.deepEqual(await model({ qemuargs: [["-accel", "tcg"]] }, "kvm"), ["-cpu max"]);
  });

  test("gives no order of drives to machines that end when they get one", async () => {
    const order = async (given: Given) => (await lines(given)).filter((line) => line.startsWith("-boot"));
    const arm = { qemu_binary: "qemu-system-aarch64", machine_type: "virt" };
    assert.deepEqual(await order(arm), []);
    assert.deepEqual(await order({ ...arm, machine_type: "virt-7.2", disk_image: true }), []);
    assert.deepEqual(await order({ machine_type: "microvm" }), []);
    assert.deepEqual(await order({ machine_type: "q35" }), ["-boot once=d"]);
  });

  test("refuses interfaces that the machine does not have, and more drives than fit", async () => {
    for (const name of ["scsi", "sd"]) {
      assert.deepEqual(await problems({ disk_interface: name }), [
        `disk_interface: A machine of the type "pc" has no interface "${name}"`,
      ]);
      assert.deepEqual(await problems({ machine_type: "q35", cdrom_interface: name }), [
        `cdrom_interface: A machine of the type "q35" has no interface "${name}"`,
      ]);
    }
    assert.deepEqual(await problems({ machine_type: "pc-q35-7.2,smm=on", disk_interface: "sd" }), [
      'disk_interface: A machine of the type "q35" has no interface "sd"',
    ]);
    assert.deepEqual(await problems({ cdrom_interface: "usb" }), [
      'cdrom_interface: There is no interface "usb" for CDs',
    ]);
    const many = (count: number) => Array.from({ length: count }, () => "1G");
    assert.deepEqual(await problems({ disk_interface: "ide", disk_additional_size: many(2) }), []);
    assert.deepEqual(await problems({ disk_interface: "ide", disk_additional_size: many(3) }), [
      "disk_additional_size: 5 drives do not fit on the machine's IDE controller, which has 4",
    ]);
    assert.deepEqual(
      await problems({ disk_interface: "sata", cdrom_interface: "sata", disk_additional_size: many(5) }),
      ["disk_additional_size: 7 drives do not fit on one SATA controller, which has 6"],
    );
    // Another machine may have them, and drives of the user's own take their place.
    assert.deepEqual(await problems({ disk_interface: "sd", machine_type: "versatilepb" }), []);
    assert.deepEqual(await problems({ disk_interface: "scsi", qemuargs: [["-drive", "file=x"]] }), []);
  });

  test("warns of all that the user's own arguments take away from the machine", async () => {
    const lost = async (given: Given) =>
      (
        await prepareOptions(
          qemu,
          { ...ISO, shutdown_command: "poweroff", ...given },
          { ...here(), communicator: { type: "ssh", config: {} } },
        )
      ).warnings.flatMap((warning) => /it will be without (.*)\. Say/.exec(warning)?.[1] ?? []);
    assert.deepEqual(await lost({ qemuargs: [["-drive", "file=more.img"]] }), ["its disk and its ISO"]);
    assert.deepEqual(await lost({ disk_additional_size: ["1G"], qemuargs: [["-drive", "file=a.iso,media=cdrom"]] }), [
      "its 2 disks",
    ]);
    assert.deepEqual(
      await lost({
        efi_boot: true,
        qemuargs: [
          ["-drive", "file={{ .OutputDir }}/{{ .Name }},if=virtio"],
          ["-cdrom", "a.iso"],
        ],
      }),
      ["its EFI firmware"],
    );
    assert.deepEqual(
      await lost({
        qemuargs: [
          ["-drive", "file=output-vm/packer-vm"],
          ["-cdrom", "x"],
        ],
      }),
      [],
    );
    assert.deepEqual(await lost({ disk_interface: "virtio-scsi", vtpm: true, qemuargs: [["-device", "usb-kbd"]] }), [
      "its disk, which is connected by virtio-scsi and its TPM",
    ]);
    assert.deepEqual(await lost({ cdrom_interface: "sata", qemuargs: [["-device", "usb-kbd"]] }), [
      "its ISO, which is connected by sata",
    ]);
    assert.deepEqual(await lost({ qemuargs: [["-device", "usb-kbd"]] }), []);
    assert.deepEqual(await lost({ qemuargs: [["-serial", "stdio"]] }), []);
    const network = { qemuargs: [["-netdev", "user,id=user.0"]] };
    assert.deepEqual(await lost(network), ["the port that leads to the machine"]);
    assert.deepEqual(await lost({ ...network, skip_nat_mapping: true }), []);
    assert.deepEqual(await lost({ qemuargs: [["-netdev", "user,id=user.0,hostfwd=tcp::{{ .SSHHostPort }}-:22"]] }), []);
    assert.deepEqual(await lost({ qemuargs: [["-netdev", "tap,id=user.0"]] }), []);
  });

  test("doubles commas in file names, which QEMU would take for the end of the name", async () => {
    assert.ok((await lines({}, { iso: "/a,b.iso" })).includes("-drive file=/a,,b.iso,media=cdrom"));
  });

  test("lets the user's arguments replace all values of a switch, and keeps the network card", async () => {
    const said = await lines({
      qemuargs: [
        ["-m", "2048M"],
        ["-drive", "file=x,", "if=none"],
        ["-device", "usb-ehci"],
        ["-no-reboot"],
        ["-device", "usb-kbd"],
      ],
    });
    assert.deepEqual(
      said.filter((line) => /^-(m|drive|device|no-reboot)\b/.test(line)),
      [
        "-m 2048M",
        "-device usb-ehci",
        "-device usb-kbd",
        "-device virtio-net,netdev=user.0",
        "-drive file=x,if=none",
        "-no-reboot",
      ],
    );
    assert.ok(
      !(await lines({ qemuargs: [["-device", "virtio-net,netdev=mine"]] })).includes(
        "-device virtio-net,netdev=user.0",
      ),
    );
  });

  test("takes a disk size without a unit for mebibytes, and 0 for none given", async () => {
    const sizes = async (disk_size: unknown) =>
      listDisks(await configOf(qemu, { ...ISO, disk_size }, here()), IDENTITY)[0]?.size;
    assert.equal(await sizes(8000), "8000M");
    assert.equal(await sizes("8G"), "8G");
    assert.equal(await sizes("0"), "40960M");
  });

  test("takes the older names of the ports for the machine, unless the newer ones are set", async () => {
    const older = { ssh_host_port_min: 3000, ssh_host_port_max: 3100 };
    assert.deepEqual(listHostPorts(await configOf(qemu, { ...ISO, ...older }, here())), { from: 3000, to: 3100 });
    const newer = { ...older, host_port_min: 3050, host_port_max: 0 };
    assert.deepEqual(listHostPorts(await configOf(qemu, { ...ISO, ...newer }, here())), { from: 3050, to: 3100 });
    assert.deepEqual(listHostPorts(await configOf(qemu, ISO, here())), { from: 2222, to: 4444 });
  });

  test("reports everything that does not go together", async () => {
    assert.deepEqual(
      await problems({
        disk_size: "12x",
        use_backing_file: true,
        skip_resize_disk: true,
        host_port_min: 5000,
        vnc_port_min: 6001,
      }),
      [
        "disk_size: Invalid disk size.",
        "use_backing_file: use_backing_file can only be enabled for QCOW2 images and when disk_image is true",
        "skip_resize_disk: skip_resize_disk can only be used when disk_image is true",
        "host_port_min: host_port_min must be less than host_port_max",
        "vnc_port_min: vnc_port_min must be less than vnc_port_max",
      ],
    );
    assert.deepEqual(await problems({ boot_command: ["<enter>"], disable_vnc: true }), [
      "boot_command: A boot command cannot be used when vnc is disabled.",
    ]);
    assert.deepEqual(await problems({ boot_command: ["<enter>"], boot_steps: [["<enter>", "Start"]] }), [
      "boot_steps: Both boot command and boot steps cannot be used.",
    ]);
  });

  test("takes a password for VNC that VNC can compare as a whole, where one is asked for", async () => {
    assert.deepEqual(await problems({ vnc_use_password: true, vnc_password: "12345678" }), []);
    assert.deepEqual(await problems({ vnc_use_password: true, vnc_password: "123456789" }), [
      "vnc_password: vnc_password has more than 8 characters, and VNC knows no more",
    ]);
    const { warnings } = await prepareOptions(qemu, { ...ISO, vnc_password: "1234" }, here());
    assert.ok(warnings.includes('vnc_password does nothing without "vnc_use_password"'), warnings.join("\n"));
  });

  test("refuses an output directory that is there, unless it may be replaced", async () => {
    mkdirSync(join(folder, "output-vm"));
    assert.deepEqual(await problems({}), [
      "output_directory: Output directory 'output-vm' already exists. It must not exist.",
    ]);
    const settings = { force: true, debug: false, onError: "cleanup" as const, packerVersion: "1.11.2" };
    assert.deepEqual(await problems({}, { settings }), []);
  });

  test("warns when the machine will be switched off without being shut down", async () => {
    const { warnings } = await prepareOptions(qemu, ISO, here());
    assert.match(warnings.join("\n"), /A shutdown_command was not specified\./);
  });
});

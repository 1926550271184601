// Machines of qemu through Debian's packer and through this program: what qemu is asked to do, what is said, and what is on the disk.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { fileOn, vmInstaller } from "../servers/vm-installer.ts";
import { bySpeaker } from "./normal.ts";
import { type Asked, askedOf, recorders } from "./qemu-arguments.ts";
import { DISKS, MACHINES, MISTAKEN, OWN_WORDS, type Table } from "./qemu-machines.ts";
import { type Pair, type Side, sideBySide } from "./side-by-side.ts";

/** Everywhere: what Packer asks for, and what is asked for instead. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  // The port that leads to the machine is open to this one only.
  [/hostfwd=tcp::/, "hostfwd=tcp:127.0.0.1:"],
  // Paths of disks and sockets hold wherever qemu goes.
  [/(?<=file=)(?=output-)/, "ROOT/case/"],
  [/(?<=unix:)(?!ROOT)/, "ROOT/case/"],
  // The short forms are deprecated since qemu 6.
  [/,server,nowait$/, ",server=on,wait=off"],
  [/(?<=-vnc .*),password$/, ",password=on"],
  // As newer versions of Packer: how many sockets there are is an option of its own.
  [/^-smp cpus=(\d+),sockets=\d+$/, "-smp $1"],
];

/** Of one machine: what Packer asks for, and what is asked for instead. */
const INSTEAD_OF: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  // Packer opens a window.
  none: [[/^-display gtk$/, "-display none"]],
  // Packer makes a disk of 20 bytes.
  disks: [[/ 20$/, " 20M"]],
  // Packer opens the machine's port on this one, the same for each machine.
  nomapping: [[/,hostfwd=.*$/, ""]],
  // Packer's socket is in the output folder, whose path may be longer than a socket's may be.
  password: [[/(?<=unix:)[^,]+/, "SHORT-SOCKET"]],
  // As newer versions of Packer.
  imageargs: [[/^convert -O/, "convert -o cluster_size=4096 -O"]],
  // Packer's controller fits no machine of a PC.
  cdroms: [
    [/^-device virtio-scsi-device$/, "-device virtio-scsi-pci,id=scsi0"],
    [/^-device scsi-cd,/, "-device scsi-cd,bus=scsi0.0,"],
  ],
};

function expected(name: string, { machine, images }: Asked): Asked {
  const rules = [...INSTEAD, ...(INSTEAD_OF[name] ?? [])];
  const instead = (all: readonly string[]): readonly string[] =>
    all.map((one) => rules.reduce((text, [pattern, word]) => text.replace(pattern, word), one));
  // As newer versions of Packer: how many processors is always said.
  const processors = machine.some((one) => one.startsWith("-smp ")) ? [] : ["-smp 1"];
  // A socket of our own, to notice a machine that stands still.
  const listening = ["-qmp unix:SHORT-SOCKET,server=on,wait=off"];
  return { machine: [...new Set([...instead(machine), ...processors, ...listening])].sort(), images: instead(images) };
}

// As a user types it: the machine waits for it for ever.
const BOOT_COMMAND = "linux answer=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answer.sh";

const FILES = { "some.iso": "x".repeat(2 ** 16), "answer.txt": "yes\n" };

/** Both programs build every machine of a table. */
async function buildBoth(
  t: TestContext,
  table: Table,
  common: Readonly<Record<string, unknown>>,
): Promise<Pair | undefined> {
  if (!needs(t, "qemu-system-x86_64", "qemu-img", "xorriso")) {
    return undefined;
  }
  const builders = Object.entries(table).map(([name, options]) => ({
    ...{ type: "qemu", name, vm_name: `${name}.vm`, iso_url: "some.iso", iso_checksum: "none", disk_size: "40M" },
    ...{ accelerator: "kvm", headless: true, shutdown_timeout: "1m", ...common },
    ...options,
  }));
  const { bin } = recorders(t);
  return sideBySide(t, {
    files: { ...FILES, "t.json": { builders } },
    args: ["build", "-color=false", "t.json"],
    env: { PATH: `${bin}:${process.env["PATH"]}`, DISPLAY: ":0" },
    prepare: ({ folder }) =>
      void spawnSync("qemu-img", ["create", "-q", "-f", "qcow2", join(folder, "small.qcow2"), "1M"]),
  });
}

describe("differential/qemu", () => {
  it("asks qemu and qemu-img for the same", async (t) => {
    const login = { ssh_username: "root", ssh_password: "secret", shutdown_command: "poweroff" };
    const pair = await buildBoth(t, MACHINES, { qemu_binary: recorders(t).failing, ...login });
    if (pair === undefined) {
      return;
    }
    for (const name of Object.keys(MACHINES)) {
      const [theirs, ours] = [pair.packer, pair.ours].map((side) => askedOf(side, `${name}.vm`)) as [Asked, Asked];
      assert.ok(theirs.machine.length > 0, `Packer did not start ${name}`);
      assert.deepEqual(ours, expected(name, theirs), name);
    }
  });

  it("makes the same disks", async (t) => {
    const pair = await buildBoth(t, DISKS, {
      qemu_binary: recorders(t).ending,
      communicator: "none",
      disable_vnc: true,
    });
    if (pair === undefined) {
      return;
    }
    assert.equal(pair.packer.code, 0, pair.packer.output);
    assert.equal(pair.ours.code, 0, pair.ours.output);
    const [theirs, ours] = [pair.packer, pair.ours].map(({ place }) => disksIn(place.folder));
    assert.deepEqual(ours, theirs);
    for (const path of Object.keys(theirs ?? {})) {
      const sides: readonly string[] = [pair.ours, pair.packer].map(({ place }) => join(place.folder, path));
      const compared = spawnSync("qemu-img", ["compare", "-s", ...sides], { encoding: "utf8" });
      // `-s` holds the sizes against one another too.
      assert.equal(compared.status, 0, `${path}: ${compared.stdout}${compared.stderr}`);
    }
  });

  it("installs the same system and says the same", async (t) => {
    const vm = needs(t, "packer", "debugfs") ? vmInstaller(t) : undefined;
    if (vm === undefined) {
      return;
    }
    const builder = {
      ...{
        type: "qemu",
        iso_url: vm.iso,
        iso_checksum: `sha256:${vm.isoSha256}`,
        accelerator: vm.accelerator,
        headless: true,
      },
      ...{ memory: 256, disk_size: "256M", vm_name: "small", output_directory: "made", http_directory: "http" },
      ...{ boot_wait: "1s", boot_key_interval: "10ms", boot_command: [`${BOOT_COMMAND}<enter>`] },
      ...{ ssh_username: "root", ssh_password: "se cret", ssh_timeout: "5m", shutdown_command: "poweroff" },
      qemuargs: [["-serial", "file:{{ .Name }}.log"]],
    };
    const provisioners = [
      { type: "shell", inline: ["cat /etc/hostname", "echo written >/root/written"] },
      { type: "file", source: "answer.txt", destination: "/root/uploaded" },
    ];
    const pair = await sideBySide(t, {
      files: {
        ...FILES,
        "http/answer.sh": "install-system 'se cret' && reboot\n",
        "t.json": { builders: [builder], provisioners },
      },
      args: ["build", "-color=false", "t.json"],
    });
    if (pair === undefined) {
      return;
    }
    for (const { place, code, output } of [pair.packer, pair.ours]) {
      assert.equal(code, 0, output);
      assert.deepEqual(readdirSync(join(place.folder, "made")), ["small"]);
      const disk = join(place.folder, "made/small");
      assert.equal(fileOn(disk, "/root/written"), "written\n");
      assert.equal(fileOn(disk, "/root/uploaded"), FILES["answer.txt"]);
    }
    assert.deepEqual(wordsOf(pair.ours), wordsOf(pair.packer));
  });

  it("refuses the same machines in the same words", async (t) => {
    if (!needs(t, "qemu-system-x86_64")) {
      return;
    }
    const builders = Object.entries(MISTAKEN).map(([name, options]) => {
      const common = {
        type: "qemu",
        name,
        iso_url: "some.iso",
        iso_checksum: "none",
        ssh_username: "root",
        shutdown_command: "poweroff",
      };
      return Object.fromEntries(Object.entries({ ...common, ...options }).filter(([, value]) => value !== undefined));
    });
    const pair = await sideBySide(t, {
      files: { ...FILES, "made/file": "", "t.json": { builders } },
      args: ["build", "-color=false", "t.json"],
    });
    if (pair === undefined) {
      return;
    }
    const ours = flat(pair.ours.stdout);
    const missed: string[] = [];
    for (const name of Object.keys(MISTAKEN)) {
      const said = problemsOf(pair.packer.stdout, name);
      if (said.length === 0) {
        missed.push(`Packer finds nothing wrong with ${name}`);
      }
      missed.push(
        ...said
          .filter((problem) => !ours.includes(OWN_WORDS[problem] ?? problem))
          .map((problem) => `${name}: ${problem}`),
      );
    }
    assert.deepEqual(missed, []);
  });
});

/** What Packer says is wrong with a builder. */
function problemsOf(output: string, name: string): readonly string[] {
  const [, text = ""] =
    new RegExp(`^Error: Failed to prepare build: "${name}"\\n([\\s\\S]*?)(?=^(?:Error|Warning): |^==>)`, "m").exec(
      output,
    ) ?? [];
  return text
    .split(/^\s*\* /m)
    .slice(1)
    .map(flat);
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Takes out of the words of both what is meant to differ. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/(?<=communicator \(SSH, WinRM, etc\): |HTTP server on port )\d+/g, "PORT"],
  // Unlike Packer: the port that a viewer wants, not the number of the display.
  [/(?<=vnc:\/\/127\.0\.0\.1:|VNC \(127\.0\.0\.1:)\d+/g, "PORT"],
  // As newer versions of Packer.
  [/(?<=Typing the boot command)(?= over VNC)/g, "s"],
  // Unlike Packer: each thing is said once, and what does not concern the template is not said.
  [/^(==> \S+: Trying \S+)\n\1$/gm, "$1"],
  [/^ +\S+: (?:Not using a NetBridge|No communicator is configured) -- skipping StepWaitGuestAddress\n/gm, ""],
  // Unlike Packer: what the machine asks for is shown, and how the waiting goes.
  [
    /^ +\S+: (?:HTTP GET .*|Still waiting for .*|Waiting for SSH for .*|The machine does not answer .*; trying again|The machine has restarted .*)\n/gm,
    "",
  ],
];

function wordsOf({ output }: Side): ReturnType<typeof bySpeaker> {
  const plain = WORDS.reduce((text, [pattern, word]) => text.replace(pattern, word), output);
  return bySpeaker(plain.replaceAll(/^Warning: [\s\S]*?\n\n[\s\S]*?\n\n/gm, ""));
}

/** What qemu-img says of every disk that was made: format, size and how it is laid out, but not how much of it is used. */
function disksIn(folder: string): Readonly<Record<string, unknown>> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /\.vm(-\d+)?$/.test(path));
  const facts = paths.sort().map((path) => {
    const { stdout } = spawnSync("qemu-img", ["info", "--output=json", path], { cwd: folder, encoding: "utf8" });
    const { format, "virtual-size": size, "cluster-size": cluster, "backing-filename": backing } = JSON.parse(stdout);
    return [path, { format, size, cluster, backing }] as const;
  });
  return Object.fromEntries(facts);
}

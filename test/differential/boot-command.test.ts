// The same boot commands typed by Debian's packer and by this program: what a machine sees, which keys are sent, and which texts are refused.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { parseBootCommand, typeBootCommand } from "../../src/driver/boot-command/boot-command.ts";
import { connectVnc } from "../../src/driver/vnc/vnc.ts";
import { nodeHost } from "../../src/host/node.ts";
import { needs } from "../needs.ts";
import { type Ended, folderWith, packer } from "../packer-ts.ts";
import { keyLoggerAccelerator, keyLoggerDisk, loggedCodes, startKeyLogger } from "../servers/key-logger.ts";
import { startVncServer } from "../servers/vnc-server.ts";
import { Random } from "../spec/random.ts";

const { network, clock } = nodeHost();
const { signal } = new AbortController();

/** Every character of a US keyboard, every key of version 1.6.6, and every way to hold one. */
const everything = [
  Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join(""),
  "\t\n<wait0.1s>a<wait100ms>",
  "<bs><del><down><end><enter><return><esc><f1><f2><f3><f4><f5><f6><f7><f8><f9><f10><f11><home><insert><left><right><up><tab>",
  "<leftAlt><leftCtrl><leftShift><leftSuper><rightAlt><rightCtrl><rightShift><rightSuper><pageUp><pageDown><spacebar>",
  "<leftCtrlOn><leftAltOn><del><leftAltOff><leftCtrlOff><LEFTSHIFTON>abc1<leftshiftOFF><aOn>b<aOff><AOn>b<AOff><!on><!off>",
  "<rightShiftOn>A<rightShiftOff>z<spacebarOn><spacebarOff><f13><foo><<esc>><wait-5><WAIT1><enterOnx><",
].join("");

/** Typed by packer on a key logger or what stands in for one; gives what its serial port got. */
async function typedByPacker(t: TestContext, command: string, options: object): Promise<string> {
  const folder = folderWith(t, { "disk.raw": keyLoggerDisk() });
  const serial = join(folder, "serial");
  const ended = await inTemplate("build", folder, command, { qemuargs: [["-serial", `file:${serial}`]], ...options });
  assert.equal(ended.code, 0, ended.stdout);
  return readFileSync(serial, "latin1");
}

async function inTemplate(
  verb: "build" | "validate",
  folder: string,
  command: string,
  options: object = {},
): Promise<Ended> {
  const builder = {
    type: "qemu",
    iso_url: join(folder, "disk.raw"),
    iso_checksum: "none",
    disk_image: true,
    format: "raw",
    disk_size: "2M",
    skip_compaction: true,
    headless: true,
    communicator: "none",
    output_directory: join(folder, "output"),
    boot_command: [command],
    ...options,
  };
  const template = join(folder, "t.json");
  writeFileSync(template, JSON.stringify({ builders: [builder] }));
  return packer([verb, template], { cwd: folder, env: { HOME: folder, PACKER_CACHE_DIR: join(folder, "cache") } });
}

async function typeOn(port: number, command: string, keyInterval: number): Promise<void> {
  const vnc = await connectVnc(network, { host: "127.0.0.1", port }, signal);
  await typeBootCommand(parseBootCommand(command).actions, vnc, { keyInterval, clock, signal });
  vnc.close();
}

/** Text made of pieces of tokens, without those that packer refuses. */
function randomCommand(random: Random): string {
  const pieces = [
    "<",
    ">",
    "wait",
    "on",
    "Off",
    "ENTER",
    "f1",
    "leftAlt",
    "up",
    "1",
    "0",
    ".",
    "-",
    "ms",
    "µs",
    "a",
    "É",
    "😀",
    "\n",
    "?",
  ];
  const text = Array.from({ length: 1 + random.below(9) }, () => random.pick(pieces, "")).join("");
  return parseBootCommand(text).problems.length === 0 ? text : "";
}

describe("differential/boot-command", { concurrency: true }, () => {
  it("shows a machine the same keys going down and up", async (t) => {
    if (!needs(t, "packer", "qemu-system-x86_64", "qemu-img")) {
      return;
    }
    const machine = await startKeyLogger(t);
    if (machine === undefined) {
      return;
    }
    const command = `${everything}<f12>`;
    const options = { accelerator: keyLoggerAccelerator, memory: 64, boot_wait: "4s", boot_key_interval: "20ms" };
    const [theirs] = await Promise.all([typedByPacker(t, command, options), typeOn(machine.port, command, 20)]);
    const codes = loggedCodes(theirs);
    assert.ok(codes.length > 1_000, codes);
    assert.equal(await machine.typed(), codes);
  });

  it("sends the same keys for whatever a command is made of", async (t) => {
    if (!needs(t, "packer", "qemu-img")) {
      return;
    }
    const random = new Random(11);
    const command = `${Array.from({ length: 250 }, () => randomCommand(random)).join("<f11>")}ÄéΩǅ<Éon><éOFF><\non><f12>`;
    const child = fileURLToPath(new URL("../servers/vnc-recorder-child.ts", import.meta.url));
    const standIn = `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve("tsx")}' '${child}' "$@"\n`;
    const folder = folderWith(t, { qemu: standIn });
    chmodSync(join(folder, "qemu"), 0o755);
    const options = { qemu_binary: join(folder, "qemu"), boot_wait: "4s", boot_key_interval: "1ms" };
    await using server = await startVncServer();
    const [theirs] = await Promise.all([typedByPacker(t, command, options), typeOn(server.port, command, 0)]);
    const keys = theirs.trim().split("\n");
    await server.keysCome(keys.length);
    assert.deepEqual(server.keys, keys);
  });

  it("refuses the same waits", async (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const folder = folderWith(t, { "disk.raw": keyLoggerDisk() });
    const waits = [
      "0",
      "0s",
      "0.1ns",
      "1ns",
      "-1",
      "-1s",
      "-0s",
      "1h-30m",
      "1m30s",
      "1.5",
      "1.5s",
      ".5s",
      "007",
      "1 s",
      "9".repeat(20),
    ];
    for (const wait of [...waits, "10000000000", "99999999999h", "2562047h", "2562048h", "1d", "1h1us1µs1μs"]) {
      const { code, stdout } = await inTemplate("validate", folder, `<wait${wait}>`);
      assert.equal(parseBootCommand(`<wait${wait}>`).problems.length === 0, code === 0, `<wait${wait}>: ${stdout}`);
    }
  });
});

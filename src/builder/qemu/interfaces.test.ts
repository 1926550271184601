// Real QEMU, asked to start what validation lets pass.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { configOf } from "../../../test/fakes/prepare.ts";
import { needs } from "../../../test/needs.ts";
import { makeArguments } from "../../driver/qemu/switches.ts";
import { listDisks } from "./facts.ts";
import { listMachineSwitches } from "./machine-switches.ts";
import { qemu } from "./qemu.ts";

const IDENTITY = { name: "vm", builderType: "qemu" };
const INTERFACES = ["ide", "sata", "virtio", "virtio-scsi"];

describe("builder/qemu/interfaces", () => {
  it("starts a machine with two disks and two CDs on every pair of interfaces that is let pass", async (t) => {
    if (!needs(t, "qemu-system-x86_64")) {
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "qemu-interfaces-"));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "output-vm"));
    for (const name of ["output-vm/packer-vm", "output-vm/packer-vm-1", "a.iso", "b.iso"]) {
      writeFileSync(join(folder, name), Buffer.alloc(2 ** 20));
    }
    const failed: string[] = [];
    for (const machine_type of ["pc", "q35"]) {
      for (const disk_interface of INTERFACES) {
        for (const cdrom_interface of [undefined, ...INTERFACES]) {
          const given = { machine_type, disk_interface, cdrom_interface, format: "raw", disk_additional_size: ["1M"] };
          const config = await configOf(qemu, {
            ...{ iso_url: "a.iso", iso_checksum: "none", cd_content: { x: "y" }, output_directory: "output-vm" },
            ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
          });
          const media = { iso: join(folder, "a.iso"), cd: join(folder, "b.iso"), disks: listDisks(config, IDENTITY) };
          const parts = { ...media, accelerator: "tcg", display: "" };
          const args = makeArguments(listMachineSwitches(config, parts, IDENTITY, folder));
          const { status, stderr } = spawnSync("qemu-system-x86_64", ["-S", ...args, "-monitor", "stdio"], {
            input: "quit\n",
            encoding: "utf8",
            timeout: 60_000,
          });
          if (status !== 0) {
            failed.push(`${machine_type}, disks ${disk_interface}, CDs ${cdrom_interface}: ${stderr}`);
          }
        }
      }
    }
    assert.deepEqual(failed, []);
  });
});

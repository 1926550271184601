import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { findCode, findEfiFirmware, findSizeMismatch, findVariables, imageKind, needsSmm } from "./efi-firmware.ts";

const PC = { architecture: "x86_64", type: "pc" };

describe("driver/qemu/efi-firmware", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "firmware-"));
    mkdirSync(join(folder, "qemu/firmware"), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const place = () => ({ env: { XDG_CONFIG_HOME: folder }, homeDir: folder });

  function file(name: string, size = 1): string {
    const path = join(folder, name);
    writeFileSync(path, "");
    truncateSync(path, size);
    return path;
  }

  /** Describes firmware; names that sort first come before all of the system's. */
  function describeFirmware(name: string, code: string, vars: string, more: object = {}): void {
    const facts = {
      "interface-types": ["uefi"],
      mapping: { device: "flash", executable: { filename: code }, "nvram-template": { filename: vars } },
      targets: [{ architecture: "x86_64", machines: ["pc-i440fx-*", "pc-q35-*"] }],
      features: [],
      ...more,
    };
    writeFileSync(join(folder, "qemu/firmware", `${name}.json`), JSON.stringify(facts));
  }

  it("takes the first firmware that is described for the machine, is there, and does not ask for signatures", () => {
    const [code, vars] = [file("C.fd"), file("V.fd")];
    describeFirmware("00-a", code, vars, { features: ["secure-boot", "requires-smm"] });
    describeFirmware("00-b", code, join(folder, "missing.fd"));
    describeFirmware("00-c", code, vars, { targets: [{ architecture: "aarch64", machines: ["virt-*"] }] });
    describeFirmware("00-d", file("D.fd"), vars, { "interface-types": ["bios"] });
    writeFileSync(join(folder, "qemu/firmware/00-e.json"), "not JSON");
    describeFirmware("00-f", file("F.fd"), vars, { targets: [{ architecture: "x86_64", machines: ["pc-q35-*"] }] });
    describeFirmware("00-g", file("G.fd"), vars);
    assert.deepEqual(findEfiFirmware(PC, place()), { code: join(folder, "G.fd"), vars });
    assert.deepEqual(findEfiFirmware({ ...PC, type: "q35" }, place()), { code: join(folder, "F.fd"), vars });
    assert.deepEqual(findEfiFirmware({ ...PC, type: "pc-q35-8.2,smm=on" }, place())?.code, join(folder, "F.fd"));
    assert.deepEqual(findEfiFirmware({ architecture: "aarch64", type: "virt" }, place()), { code, vars });
    assert.equal(findEfiFirmware({ architecture: "s390x", type: "s390-ccw-virtio" }, place()), undefined);
  });

  it("finds the variables that belong to named firmware, by their names or by what describes them", () => {
    const plain = file("OVMF_CODE_9M.fd");
    const vars = file("OVMF_VARS_9M.fd");
    assert.equal(findVariables(plain, PC, place()), vars);
    assert.equal(findVariables(file("OVMF_CODE_9M.secboot.fd"), PC, place()), vars);
    const enrolled = join(folder, "OVMF_CODE_9M.ms.fd");
    symlinkSync("OVMF_CODE_9M.secboot.fd", enrolled);
    const keys = file("OVMF_VARS_9M.ms.fd");
    assert.equal(findVariables(enrolled, PC, place()), keys);
    assert.equal(findCode(keys, PC, place()), enrolled);
    describeFirmware("00-own", file("some.bin"), file("other.bin"));
    assert.equal(findVariables(join(folder, "some.bin"), PC, place()), join(folder, "other.bin"));
    assert.equal(findCode(join(folder, "other.bin"), PC, place()), join(folder, "some.bin"));
    assert.equal(findCode(file("nobody.bin"), PC, place()), undefined);
  });

  it("tells firmware that only starts on machines with SMM", () => {
    const code = file("checked.fd");
    assert.equal(needsSmm(code, place()), false);
    describeFirmware("00-own", code, file("V.fd"), { features: ["requires-smm"] });
    assert.equal(needsSmm(code, place()), true);
    for (const name of [
      "X_CODE.secboot.fd",
      "X_CODE_4M.ms.fd",
      "X_CODE_4M.snakeoil.fd",
      "edk2-x86_64-secure-code.fd",
    ]) {
      assert.equal(needsSmm(file(name), place()), true, name);
    }
    assert.equal(needsSmm(file("secured-by-us.fd"), place()), false);
  });

  it("says when two files are not two parts of one firmware", () => {
    const small = { code: file("c2", 1_966_080), vars: file("v2", 131_072) };
    const large = { code: file("c4", 3_653_632), vars: file("v4", 540_672) };
    assert.equal(findSizeMismatch(small), undefined);
    assert.equal(findSizeMismatch(large), undefined);
    assert.match(findSizeMismatch({ ...small, vars: large.vars }) ?? "", /c2 has 1966080 bytes and .*v4 has 540672/);
    assert.match(findSizeMismatch({ ...large, vars: small.vars }) ?? "", /not two parts of one firmware/);
    const arm = { code: file("ca", 2 ** 26), vars: file("va", 2 ** 26) };
    assert.equal(findSizeMismatch(arm), undefined);
    assert.equal(findSizeMismatch({ code: join(folder, "none"), vars: small.vars }), undefined);
  });

  it("tells the format of a file by its content", () => {
    const path = join(folder, "QEMU_VARS.fd");
    writeFileSync(path, Buffer.concat([Buffer.from("QFI\xfb", "latin1"), Buffer.alloc(60)]));
    assert.equal(imageKind(path), "qcow2");
    assert.equal(imageKind(file("QEMU_CODE.qcow2", 100)), "raw");
  });
});

// What a machine's program says, line by line, and whose processor runs a machine.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { findKvmAbsence } from "./kvm.ts";
import { startMachine, startProgram } from "./machine.ts";

describe("driver/qemu/machine", { skip: process.platform === "win32" }, () => {
  async function linesOf(script: string): Promise<{ lines: readonly string[]; words: string }> {
    const host = fakeHost({ programs: "real" });
    const lines: string[] = [];
    const program = await startProgram(host, ["sh", "-c", script], {}, (stream, line) => {
      lines.push(`${stream}: ${line}`);
    });
    await program.ended;
    return { lines, words: program.words() };
  }

  it("tells what is said line by line, without what is meant for a terminal", async () => {
    const { lines, words } = await linesOf(
      "printf '\\033[2J\\033[=3h\\033[01;01Hboot: \\033[1mlinux\\033[0m\\r\\n\\r\\nlast'; printf 'oh\\n' >&2",
    );
    assert.deepEqual(lines.toSorted(), ["stderr: oh", "stdout: boot: linux", "stdout: last"]);
    assert.match(words, /boot: linux/);
    assert.doesNotMatch(words, /\[2J|\[=3h|\[0m/);
  });

  it("tells a line that never ends in pieces", async () => {
    const { lines } = await linesOf("head -c 200000 /dev/zero | tr '\\0' x");
    assert.ok(lines.length > 1, `${lines.length}`);
    assert.equal(lines.map((line) => line.slice("stdout: ".length)).join("").length, 200_000);
  });

  it("is gone when it stands still for good, before its program has ended", async () => {
    const host = fakeHost({ programs: "real" });
    const machine = await startMachine(host, ["sleep", "600"]);
    const reason = new Error("the disk is full");
    assert.equal(machine.gone.aborted, false);
    machine.standsStill(reason);
    assert.deepEqual([machine.gone.reason, machine.stuck.reason], [reason, reason]);
    process.kill(machine.pid, "SIGKILL");
    await machine.ended;
    assert.equal(machine.gone.reason, reason);
  });

  it("has KVM run machines of this processor's kind only", async () => {
    const here = { platform: "linux", arch: "x64" } as const;
    assert.match((await findKvmAbsence(here, "aarch64"))?.reason ?? "", /none for aarch64/);
    assert.match((await findKvmAbsence({ ...here, arch: "arm64" }, "x86_64"))?.reason ?? "", /none for x86_64/);
    assert.doesNotMatch((await findKvmAbsence(here, "i386"))?.reason ?? "", /processor/);
    assert.doesNotMatch((await findKvmAbsence(here, undefined))?.reason ?? "", /processor/);
  });
});

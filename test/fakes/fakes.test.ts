// The doubles must behave, or the tests that stand on them prove nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeCommunicator } from "./communicator.ts";
import { fakeClock, fakeHost } from "./host.ts";
import { fakeProvisionRun } from "./run.ts";

const never = new AbortController().signal;

describe("fakes", () => {
  it("keeps uploaded files with their mode and gives them back", async () => {
    const machine = fakeCommunicator();
    async function* content() {
      yield Buffer.from("he");
      yield Buffer.from("llo");
    }
    await machine.upload({ content: content(), mode: 0o600 }, "/tmp/a", never);
    await machine.exec("chmod 0755 /tmp/a", { stdout() {}, stderr() {} }, never);
    assert.equal(machine.text("/tmp/a"), "hello");
    assert.equal(machine.files.get("/tmp/a")?.mode, 0o755);
    await machine.exec("rm -f /tmp/a", { stdout() {}, stderr() {} }, never);
    assert.equal(machine.files.size, 0);
  });

  it("answers a command as scripted, as often as scripted, and shows it line by line", async () => {
    const run = fakeProvisionRun();
    run.communicator.on(/boom/, { code: 3, stdout: "one\r\n\ntwo", stderr: "bad\n" }, 1);
    assert.deepEqual(await run.execute(run.communicator, "boom 1"), { end: "exited", code: 3 });
    assert.deepEqual(await run.execute(run.communicator, "boom 2"), { end: "exited", code: 0 });
    assert.deepEqual(run.lines, ["    one", "    ", "!!! bad", "    two"]);
  });

  it("jumps over waits, and retries take no time", async () => {
    const host = fakeHost();
    const run = fakeProvisionRun({ host });
    let tries = 0;
    await run.retry(60_000, async () => {
      if (++tries < 4) {
        throw new Error("not yet");
      }
    });
    assert.deepEqual(host.clock.sleeps, [2000, 2000, 2000]);
  });

  it("moves a manual clock only when told", async () => {
    const clock = fakeClock("manual");
    const woken: number[] = [];
    void clock.sleep(20).then(() => woken.push(20));
    void clock.sleep(10).then(() => woken.push(10));
    await clock.advance(15);
    assert.deepEqual(woken, [10]);
    await clock.advance(5);
    assert.deepEqual(woken, [10, 20]);
  });

  it("shows what a component left behind and removes it at the end", async () => {
    const run = fakeProvisionRun();
    const folder = await run.temporaryFolder("fake");
    assert.deepEqual(
      run.resources.map((each) => each.made),
      [folder],
    );
    await run.finish();
    assert.equal(run.resources.length, 0);
  });
});

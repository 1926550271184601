// Commands over WinRM against the test machine: streams, ends, cancelling, connections.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cancelled } from "../rejects.ts";
import { rejection, winrmFixture } from "../servers/winrm-fixture.ts";

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe("e2e/winrm/commands", () => {
  for (const ntlm of [false, true]) {
    it(`runs commands one after another over one connection with ${ntlm ? "sealed NTLM" : "Basic"}`, async () => {
      await using fixture = await winrmFixture({ allowUnencrypted: !ntlm }, { ntlm });
      assert.deepEqual(await fixture.run("echo hällo & <wörld>"), {
        outcome: { end: "exited", code: 0 },
        stdout: "hällo & <wörld>\r\n",
        stderr: "",
      });
      assert.deepEqual((await fixture.run("exit 7")).outcome, { end: "exited", code: 7 });
      assert.equal(fixture.server.connections, 1);
      assert.equal(fixture.server.allSealed, ntlm);
      assert.equal(fixture.server.protocol.shells.size, 0, "every shell is deleted");
    });
  }

  it("keeps standard output and standard error apart, with what cmd.exe says about unknown programs", async () => {
    await using fixture = await winrmFixture();
    const { outcome, stdout, stderr } = await fixture.run("nonesuch /x");
    assert.deepEqual(outcome, { end: "exited", code: 9009 });
    assert.equal(stdout, "");
    assert.match(stderr, /^'nonesuch' is not recognized/);
  });

  it("hands over output while the command is still running", async () => {
    await using fixture = await winrmFixture();
    let proceed = (): void => {};
    const seen = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    fixture.server.machine.program(/^slow$/, async ({ stdout }) => {
      stdout("first\n");
      await seen;
      stdout("second\n");
      return 0;
    });
    const chunks: string[] = [];
    await fixture.run("slow", {
      stdout(chunk) {
        chunks.push(Buffer.from(chunk).toString());
        proceed();
      },
    });
    assert.deepEqual(chunks, ["first\n", "second\n"]);
  });

  it("loses no byte of output that is cut inside characters", async () => {
    await using fixture = await winrmFixture({ maxEnvelopeKb: 8 });
    const text = "häßlich 😀 ".repeat(5_000);
    fixture.server.machine.program(/^much$/, ({ stdout }) => {
      stdout(text);
      return 0;
    });
    assert.equal((await fixture.run("much")).stdout, text);
    assert.ok(fixture.server.actions.filter((action) => action === "Receive").length > 10);
  });

  it("asks again when a command is silent for longer than a request may take", async () => {
    await using fixture = await winrmFixture({ maxTimeoutMs: 50 });
    fixture.server.machine.program(/^quiet$/, async ({ stdout }) => {
      await sleep(300);
      stdout("at last");
      return 3;
    });
    assert.deepEqual(await fixture.run("quiet"), {
      outcome: { end: "exited", code: 3 },
      stdout: "at last",
      stderr: "",
    });
    assert.ok(fixture.server.actions.filter((action) => action === "Receive").length > 2);
  });

  it("sends standard input in pieces that the machine takes, and its end", async () => {
    await using fixture = await winrmFixture({ maxEnvelopeKb: 32 }, { ntlm: true });
    const text = "0123456789".repeat(10_000);
    assert.deepEqual(await fixture.run("more", { stdin: once(text) }), {
      outcome: { end: "exited", code: 0 },
      stdout: text,
      stderr: "",
    });
    assert.ok(fixture.server.actions.filter((action) => action === "Send").length >= 5);
  });

  it("ends standard input that is empty", async () => {
    await using fixture = await winrmFixture();
    const nothing = async function* (): AsyncGenerator<Uint8Array> {};
    assert.equal((await fixture.run("more", { stdin: nothing() })).stdout, "");
  });

  it("does not wait for input that a command leaves unread", async () => {
    await using fixture = await winrmFixture();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield Buffer.from("x");
        await sleep(5);
      }
    };
    assert.deepEqual((await fixture.run("exit 4", { stdin: endless() })).outcome, { end: "exited", code: 4 });
  });

  it("gives every message an id of its own", async () => {
    await using fixture = await winrmFixture();
    await fixture.run("echo a");
    await fixture.run("echo b");
    assert.equal(fixture.server.protocol.messageIds.size, fixture.server.actions.length);
    for (const id of fixture.server.protocol.messageIds) {
      assert.match(id, /^uuid:[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    }
  });

  it("ends a cancelled command on the machine and deletes its shell", async () => {
    await using fixture = await winrmFixture({}, { ntlm: true });
    let ended = false;
    fixture.server.machine.program(/^forever$/, async ({ stdout, signal }) => {
      stdout("going");
      await sleep(60_000, undefined, { signal }).catch(() => {
        ended = true;
      });
      return 1;
    });
    const stop = new AbortController();
    const reason = cancelled();
    const running = fixture.run("forever", { stdout: () => stop.abort(reason) }, stop.signal);
    await assert.rejects(running, (thrown) => thrown === reason);
    assert.ok(ended, "the program was told to end");
    assert.ok(fixture.server.actions.includes("Signal"));
    assert.equal(fixture.server.protocol.shells.size, 0);
  });

  it("says that the machine went away when its connection and its shell are gone", async () => {
    await using fixture = await winrmFixture({ maxTimeoutMs: 100 });
    fixture.server.machine.program(/^restart$/, ({ signal }) => {
      setImmediate(() => {
        fixture.server.protocol.shells.clear();
        fixture.server.cutAll();
      });
      return sleep(10_000, 0, { signal });
    });
    assert.deepEqual((await fixture.run("restart")).outcome, { end: "disconnected" });
  });

  it("goes on with a command whose connection was cut while its shell lives", async () => {
    let cut = false;
    await using fixture = await winrmFixture(
      {
        intercept({ action }) {
          if (action !== "Receive" || cut) {
            return undefined;
          }
          cut = true;
          return { cut: "before" };
        },
      },
      { ntlm: true },
    );
    assert.deepEqual(await fixture.run("echo still here"), {
      outcome: { end: "exited", code: 0 },
      stdout: "still here\r\n",
      stderr: "",
    });
    assert.equal(fixture.server.connections, 2);
  });

  it("opens a new connection when the machine has closed the idle one", async () => {
    await using fixture = await winrmFixture();
    await fixture.run("echo one");
    fixture.server.cutAll();
    assert.equal((await fixture.run("echo two")).stdout, "two\r\n");
  });

  it("never starts a command twice", async () => {
    let cut = false;
    await using fixture = await winrmFixture({
      intercept({ action }) {
        if (action !== "Command" || cut) {
          return undefined;
        }
        cut = true;
        return { cut: "after" };
      },
    });
    assert.equal((await rejection(fixture.run("echo once"))).code, "communicator/winrm-dropped");
    assert.deepEqual(fixture.server.machine.history, ["echo once"]);
  });

  it("runs many commands at once", async () => {
    await using fixture = await winrmFixture({}, { ntlm: true });
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => fixture.run(`echo ${index}`)));
    assert.deepEqual(
      results.map(({ stdout }) => stdout.trim()),
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
  });
});

// Commands over SSH: what arrives, how they end, and what happens when the machine goes away.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { CommandIo, Communicator } from "../../src/sdk/communicator.ts";
import { rejectsWith } from "../rejects.ts";
import { freePort } from "../servers/listen.ts";
import { bytesOf, connectSshTo, hear, realRun } from "../servers/ssh-run.ts";
import { keygen, launchSshd, type Sshd, startSshd } from "../servers/sshd.ts";

const never = new AbortController().signal;
const optionsFor = (sshd: Sshd, more: Readonly<Record<string, unknown>> = {}) => ({
  ssh_host: sshd.host,
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_private_key_file: sshd.keyFile,
  ...more,
});

async function machine(
  t: TestContext,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ sshd: Sshd; machine: Communicator } | undefined> {
  const sshd = await startSshd(t);
  return sshd && { sshd, machine: await connectSshTo(t, optionsFor(sshd, more)) };
}

const ignored: CommandIo = { stdout() {}, stderr() {} };

describe("communicator/ssh commands", () => {
  test("output and errors arrive apart, with the exit status", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    const heard = await hear(there.machine, "echo out; echo err >&2; exit 3");
    assert.deepEqual(heard, { end: "exited", code: 3, stdout: "out\n", stderr: "err\n" });
  });

  test("a command without input finds its standard input at the end", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    assert.equal((await hear(there.machine, "cat; echo done")).stdout, "done\n");
    assert.equal((await hear(there.machine, "wc -c", "12345")).stdout.trim(), "5");
  });

  test("a command that was killed by a signal ends with 128 and its number", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    const { stdout: _, ...end } = await hear(there.machine, "kill -KILL $$");
    assert.deepEqual(end, { end: "exited", code: 137, stderr: "" });
  });

  test("a command that ends before it has read its input is no error", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    const much = bytesOf(...Array.from({ length: 200 }, () => "x".repeat(65536)));
    const end = await there.machine.exec("head -c 10 >/dev/null; exit 4", { ...ignored, stdin: much }, never);
    assert.deepEqual(end, { end: "exited", code: 4 });
  });

  test("a terminal has Packer's size and does not echo", async (t) => {
    const there = await machine(t, { ssh_pty: true });
    if (there === undefined) {
      return;
    }
    const { stdout } = await hear(
      there.machine,
      "tty >/dev/null && echo terminal; stty size; echo $TERM; stty -a | grep -o -- '-echo ' || true",
    );
    assert.match(stdout, /terminal\r\n40 80\r\nxterm\r\n-echo/);
  });

  test("a reader that is slow holds a fast command back", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    let got = 0;
    let slow = 0;
    const io: CommandIo = {
      ...ignored,
      async stdout(chunk) {
        got += chunk.length;
        if (slow++ < 5) {
          await wait(20);
        }
      },
    };
    const before = process.memoryUsage().rss;
    const end = await there.machine.exec("head -c 50000000 /dev/zero", io, never);
    assert.deepEqual(end, { end: "exited", code: 0 });
    assert.equal(got, 50_000_000);
    assert.ok(process.memoryUsage().rss - before < 100e6, "the output was not collected in memory");
  });

  test("a reader that fails ends the command with its own error", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    const io: CommandIo = {
      ...ignored,
      stdout() {
        throw new Error("reader broke");
      },
    };
    await assert.rejects(there.machine.exec("yes", io, never), /reader broke/);
  });

  test("cancelling ends the wait at once, and the command", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    const cancel = new AbortController();
    const mark = `300.${process.pid}`;
    const running = there.machine.exec(`sleep ${mark}`, ignored, cancel.signal);
    running.catch(() => {});
    while ((await hear(there.machine, `pgrep -f '^sleep ${mark}' || true`)).stdout === "") {
      await wait(10);
    }
    cancel.abort(new Error("user pressed Ctrl-C"));
    await assert.rejects(running, /user pressed Ctrl-C/);
    assert.equal((await hear(there.machine, "echo alive")).stdout, "alive\n", "the connection still works");
  });

  test("20 commands run at the same time over one connection", async (t) => {
    // sshd lets ten sessions run at once unless told otherwise.
    const sshd = await startSshd(t, { config: ["MaxSessions 50"] });
    if (sshd === undefined) {
      return;
    }
    const there = await connectSshTo(t, optionsFor(sshd));
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => hear(there, `sleep 0.2; echo ${i}`)));
    assert.deepEqual(
      all.map(({ stdout }) => stdout.trim()),
      Array.from({ length: 20 }, (_, i) => String(i)),
    );
  });

  test("a connection that goes away in mid-command ends it as disconnected, and the next command reconnects", async (t) => {
    const there = await machine(t);
    if (there === undefined) {
      return;
    }
    const begun = signalled();
    const running = there.machine.exec("echo begun; sleep 60", { ...ignored, stdout: () => begun.resolve() }, never);
    await begun.promise;
    there.sshd.cutConnections();
    assert.deepEqual(await running, { end: "disconnected" });
    assert.equal((await hear(there.machine, "echo again")).stdout, "again\n");
  });

  test("a machine that reboots is connected to again once it is back", async (t) => {
    const port = await freePort();
    const first = await startSshd(t, { port });
    if (first === undefined) {
      return;
    }
    const run = realRun();
    const there = await connectSshTo(t, optionsFor(first), run);
    assert.equal((await hear(there, "echo one")).stdout, "one\n");
    await first.stop();
    await assert.rejects(hear(there, "echo down"), /refused the connection/);
    const second = await launchSshd({ port, authorizedKeys: [readFileSync(`${first.keyFile}.pub`, "utf8")] });
    t.after(() => second.stop());
    assert.equal((await hear(there, "echo two")).stdout, "two\n");
    const fingerprint = (dir: string): string => keygen("-lf", join(dir, "host_key")).split(" ")[1] ?? "none";
    const told = `    127.0.0.1:${port} has another host key now: ${fingerprint(second.dir)} instead of ${fingerprint(first.dir)}`;
    assert.equal(run.lines.at(-1), told, "let in as in Packer, but not without a word");
  });

  test("a machine that does not start a command is named in the log while it is waited for", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const link = await freezableLink(t, sshd.port);
    const run = realRun();
    const options = {
      ...optionsFor(sshd),
      ssh_port: link.port,
      ssh_keep_alive_interval: "1s",
      ssh_read_write_timeout: "6s",
    };
    const there = await connectSshTo(t, options, run);
    link.freeze();
    const cancel = new AbortController();
    const starting = hear(there, "echo never", undefined, cancel.signal);
    starting.catch(() => {});
    while (!run.lines.some((line) => line.includes("to open a session and start the command"))) {
      await wait(50);
    }
    cancel.abort(new Error("enough"));
    await assert.rejects(starting, /enough/);
  });

  test("a link that falls silent is given up after the read-write timeout", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const link = await freezableLink(t, sshd.port);
    const options = {
      ...optionsFor(sshd),
      ssh_port: link.port,
      ssh_keep_alive_interval: "200ms",
      ssh_read_write_timeout: "1s",
    };
    const there = await connectSshTo(t, options);
    const begun = signalled();
    const running = there.exec("echo begun; sleep 60", { ...ignored, stdout: () => begun.resolve() }, never);
    await begun.promise;
    link.freeze();
    assert.deepEqual(await running, { end: "disconnected" });
  });

  test("a quiet command outlives the read-write timeout because of the signs of life", async (t) => {
    const there = await machine(t, { ssh_keep_alive_interval: "200ms", ssh_read_write_timeout: "1s" });
    if (there === undefined) {
      return;
    }
    assert.equal((await hear(there.machine, "sleep 2; echo done")).stdout, "done\n");
  });

  test("a server that opens no session says what to look at", async (t) => {
    const sshd = await startSshd(t, { config: ["MaxSessions 0"] });
    if (sshd === undefined) {
      return;
    }
    const there = await connectSshTo(t, optionsFor(sshd), realRun());
    await rejectsWith(hear(there, "echo no"), { code: "communicator/ssh-session", message: /opened no session/ });
  });
});

/** A TCP relay whose connections can be made to swallow everything. */
async function freezableLink(t: TestContext, to: number): Promise<{ port: number; freeze(): void }> {
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      from
        .on("data", (chunk) => frozen || into.write(chunk))
        .on("error", () => into.destroy())
        .on("close", () => into.destroy());
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    freeze() {
      frozen = true;
    },
  };
}

/** A promise that somebody else settles. */
function signalled(): { promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

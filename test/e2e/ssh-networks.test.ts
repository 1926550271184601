// SSH over networks that break: OpenSSH's server in namespaces of its own, wires that are cut, hosts that fall silent.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { BuildError } from "../../src/diagnostic/build-error.ts";
import type { Communicator } from "../../src/sdk/communicator.ts";
import { here, needsNamespaces, place, type Wire, wire } from "../servers/ssh-network.ts";
import { connectSshTo, hear, realRun } from "../servers/ssh-run.ts";
import { type Sshd, startSshd } from "../servers/sshd.ts";

const never = new AbortController().signal;

/** How soon silence is noticed: short, so that the tests are. */
const watchful = { ssh_keep_alive_interval: "300ms", ssh_read_write_timeout: "2s", ssh_timeout: "20s" };

const optionsFor = (sshd: Sshd, more: Readonly<Record<string, unknown>> = {}) => ({
  ssh_host: sshd.host,
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_private_key_file: sshd.keyFile,
  ...watchful,
  ...more,
});

/** A machine at the other end of a wire. */
async function machineOnAWire(t: TestContext): Promise<{ machine: Sshd; line: Wire } | undefined> {
  if (!needsNamespaces(t)) {
    return undefined;
  }
  const there = place(t);
  const line = wire(here, there);
  const machine = await startSshd(t, { at: { namespace: there.namespace, address: line.far } });
  return machine === undefined ? undefined : { machine, line };
}

/** A machine that only the bastion can reach. */
async function machineBehindABastion(
  t: TestContext,
): Promise<{ machine: Sshd; bastion: Sshd; inner: Wire } | undefined> {
  if (!needsNamespaces(t)) {
    return undefined;
  }
  const [middle, end] = [place(t), place(t)];
  const [outer, inner] = [wire(here, middle), wire(middle, end)];
  const bastion = await startSshd(t, { at: { namespace: middle.namespace, address: outer.far } });
  const machine = await startSshd(t, { at: { namespace: end.namespace, address: inner.far } });
  return bastion === undefined || machine === undefined ? undefined : { machine, bastion, inner };
}

function through(bastion: Sshd): Readonly<Record<string, unknown>> {
  return {
    ssh_bastion_host: bastion.host,
    ssh_bastion_port: bastion.port,
    ssh_bastion_username: bastion.user,
    ssh_bastion_private_key_file: bastion.keyFile,
  };
}

/** Settles when the machine can be reached again: a link needs a moment to come up. */
async function reachable({ host, port }: Sshd): Promise<void> {
  for (let open = false; !open; await wait(50)) {
    open = await new Promise((resolve) => {
      const socket = connect({ host, port, timeout: 500 }, () => socket.destroy());
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("timeout", () => socket.destroy(new Error("silent")));
    });
  }
}

/** Starts a command that never ends by itself; settles once it runs. */
async function longCommand(there: Communicator): Promise<{ ended: ReturnType<typeof hear> }> {
  let started = (): void => {};
  const runs = new Promise<void>((resolve) => {
    started = resolve;
  });
  const io = { stdout: () => started(), stderr: () => {} };
  const ended = there.exec("echo started; sleep 300", io, never).then((end) => ({ ...end, stdout: "", stderr: "" }));
  await runs;
  return { ended };
}

describe("communicator/ssh networks", () => {
  test("a machine that only the bastion can reach is reached through it, and its wire may be cut and mended", async (t) => {
    const net = await machineBehindABastion(t);
    if (net === undefined) {
      return;
    }
    const { machine, bastion, inner } = net;
    await assert.rejects(connectSshTo(t, optionsFor(machine, { ssh_timeout: "1s" })), /Timeout waiting for SSH/);
    const there = await connectSshTo(t, optionsFor(machine, through(bastion)));
    assert.equal(
      (await hear(there, "echo $SSH_CONNECTION")).stdout.split(" ")[0],
      inner.near,
      "the machine sees the bastion",
    );
    const { ended } = await longCommand(there);
    inner.cut();
    assert.equal((await ended).end, "disconnected");
    inner.mend();
    const onBastion = await connectSshTo(t, optionsFor(bastion));
    const look = `until timeout 1 bash -c ': </dev/tcp/${machine.host}/${machine.port}' 2>/dev/null; do sleep 0.1; done`;
    assert.equal((await hear(onBastion, look)).end, "exited");
    assert.equal((await hear(there, "echo again")).stdout, "again\n");
  });

  test("a wire that is cut in the middle of a command ends it, and the next command connects again", async (t) => {
    const net = await machineOnAWire(t);
    if (net === undefined) {
      return;
    }
    const run = realRun();
    const there = await connectSshTo(t, optionsFor(net.machine), run);
    const { ended } = await longCommand(there);
    net.line.cut();
    assert.equal((await ended).end, "disconnected");
    assert.match(
      run.lines.at(-1) ?? "",
      /^!!! The connection to .* was lost: nothing was heard from the server for 2 seconds$/,
    );
    net.line.mend();
    await reachable(net.machine);
    assert.equal((await hear(there, "echo again")).stdout, "again\n");
    net.line.cut();
    await assert.rejects(hear(there, "echo never"), (error: BuildError) => {
      assert.equal(error.failure, "network");
      assert.match(error.message, /There is no route to|did not answer/);
      return true;
    });
  });

  for (const method of ["scp", "sftp"]) {
    test(`a wire that is cut in the middle of an upload by ${method} fails it and says why`, async (t) => {
      const net = await machineOnAWire(t);
      if (net === undefined) {
        return;
      }
      const there = await connectSshTo(t, optionsFor(net.machine, { ssh_file_transfer_method: method }));
      const size = 512 * 1024 * 1024;
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (let sent = 0; sent < size; sent += 256 * 1024) {
          if (sent === 4 * 1024 * 1024) {
            net.line.cut();
          }
          yield Buffer.alloc(256 * 1024);
        }
      };
      const target = join(net.machine.dir, "file");
      await assert.rejects(there.upload({ content: endless(), size }, target, never), (error: BuildError) => {
        assert.equal(error.diagnostics[0]?.code, "communicator/ssh-lost");
        assert.match(error.diagnostics[0]?.detail ?? "", /"[^"]*file" was not uploaded/);
        assert.match(error.diagnostics[0]?.detail ?? "", /nothing was heard from the server for 2 seconds/);
        return true;
      });
      net.line.mend();
      await reachable(net.machine);
      await there.upload({ content: Readable.from([Buffer.from("whole")]), size: 5 }, target, never);
      assert.equal(readFileSync(target, "utf8"), "whole");
    });
  }

  test("signs of life notice a host that falls silent without a word", async (t) => {
    const net = await machineOnAWire(t);
    if (net === undefined) {
      return;
    }
    const there = await connectSshTo(t, optionsFor(net.machine));
    const { ended } = await longCommand(there);
    net.line.silence();
    assert.equal((await ended).end, "disconnected");
    net.line.speak();
    await reachable(net.machine);
    assert.equal((await hear(there, "echo awake")).stdout, "awake\n");
  });

  test("a silent command on a host that answers signs of life is left alone", async (t) => {
    const net = await machineOnAWire(t);
    if (net === undefined) {
      return;
    }
    const there = await connectSshTo(t, optionsFor(net.machine));
    assert.equal((await hear(there, "sleep 3; echo done")).stdout, "done\n");
  });

  test("the log names a host that drops every packet, and so does the failure", async (t) => {
    const net = await machineOnAWire(t);
    if (net === undefined) {
      return;
    }
    net.line.silence();
    const run = realRun();
    const address = `${net.machine.host}:${net.machine.port}`;
    await assert.rejects(connectSshTo(t, optionsFor(net.machine, { ssh_timeout: "6s" }), run), (error: BuildError) => {
      assert.equal(error.failure, "timeout");
      assert.equal(error.diagnostics[0]?.detail, `It was still connecting to ${address}, which does not answer.`);
      return true;
    });
    assert.deepEqual(run.lines, [
      "==> Waiting for SSH to become available...",
      `    Still connecting to ${address}, which does not answer`,
    ]);
  });

  test("a host that wakes up while it is waited for is reached", async (t) => {
    const net = await machineOnAWire(t);
    if (net === undefined) {
      return;
    }
    net.line.cut();
    const run = realRun();
    const connecting = connectSshTo(t, optionsFor(net.machine), run);
    await wait(1000);
    net.line.mend();
    assert.equal((await hear(await connecting, "echo up")).stdout, "up\n");
  });

  test("commands and folders cross a line with a long delay whole", async (t) => {
    const net = await machineOnAWire(t);
    if (net === undefined) {
      return;
    }
    const slow = net.line.delay(60);
    if (!slow) {
      t.diagnostic("this kernel has no netem: a relay that holds every packet back stands in for it");
    }
    const port = slow ? net.machine.port : await delayingRelay(t, net.machine.host, net.machine.port, 60);
    const options = optionsFor(net.machine, { ssh_host: slow ? net.machine.host : "127.0.0.1", ssh_port: port });
    const from = mkdtempSync(join(tmpdir(), "packer-ts-slow-"));
    t.after(() => rmSync(from, { recursive: true, force: true }));
    mkdirSync(join(from, "sub"));
    for (let i = 0; i < 300; i++) {
      writeFileSync(join(from, "sub", String(i)), Buffer.alloc(i * 20, i));
    }
    for (const method of ["scp", "sftp"]) {
      const there = await connectSshTo(t, { ...options, ssh_file_transfer_method: method });
      assert.equal((await hear(there, "cat", "a line")).stdout, "a line");
      const to = join(net.machine.dir, method);
      mkdirSync(to);
      await there.uploadDir(`${from}/`, to, never);
      for (let i = 0; i < 300; i++) {
        assert.deepEqual(readFileSync(join(to, "sub", String(i))), Buffer.alloc(i * 20, i));
      }
      await there.upload({ content: Readable.from([Buffer.alloc(1e6, 1)]), size: 1e6 }, join(to, "file"), never);
      assert.equal(readFileSync(join(to, "file")).length, 1e6);
    }
  });
});

/** Leads to a port and holds what comes from there back for a while. */
async function delayingRelay(t: TestContext, host: string, port: number, milliseconds: number): Promise<number> {
  const server = createServer((near) => {
    const far = connect(port, host);
    far.on("error", () => near.destroy()).on("close", () => setTimeout(() => near.destroy(), milliseconds));
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    near.pipe(far);
    far.on("data", (chunk: Buffer) => setTimeout(() => near.writable && near.write(chunk), milliseconds));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

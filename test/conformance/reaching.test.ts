// What a builder can say of its machine that no native builder says: a tunnel of its own, a password that comes late.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createCatalog } from "../../src/catalog.ts";
import { failure } from "../../src/diagnostic/build-error.ts";
import { nodeHost } from "../../src/host/node.ts";
import { type BuildRun, type CommunicatorFacts, defineBuilder } from "../../src/sdk/builder.ts";
import { makeRegistry } from "../../src/sdk/catalog.ts";
import type { ConnectTarget } from "../../src/sdk/communicator-kind.ts";
import { anArtifact, type FakePlanRun, runFakePlan } from "../fakes/plan.ts";
import { startSshd } from "../servers/sshd.ts";
import { startWinrmServer } from "../servers/winrm-server.ts";
import { planOf } from "../template/plan-view.ts";

/** Builds a template whose only source is a machine of a cloud that `reach` tells about. */
async function buildInCloud(
  t: TestContext,
  options: Readonly<Record<string, unknown>>,
  reach: (run: BuildRun) => ConnectTarget | Promise<ConnectTarget>,
  provisioners = "",
): Promise<FakePlanRun> {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-cloud-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  const lines = Object.entries(options).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}`);
  const text = `source "cloud" "a" {\n${lines.join("\n")}\n}\nbuild {\n  sources = ["source.cloud.a"]\n${provisioners}\n}\n`;
  writeFileSync(join(cwd, "t.pkr.hcl"), text);
  const cloud = defineBuilder({
    type: "cloud",
    summary: "Has a machine elsewhere.",
    communicators: ["ssh", "winrm", "none"],
    options: {},
    async build(_config, run) {
      await run.provision(await run.connect(await reach(run)));
      return anArtifact("in the cloud");
    },
  });
  const catalog = { ...createCatalog(), builders: makeRegistry([cloud]) };
  const { plan, diagnostics } = await planOf({ path: "t.pkr.hcl", cwd, catalog });
  assert.deepEqual(diagnostics, []);
  return runFakePlan(plan, { host: { ...nodeHost({ ...process.env, SSH_AUTH_SOCK: undefined }), cwd } });
}

/** A stream that is no socket, as a tunnel over some other protocol gives one. */
function tunnelTo(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(Duplex.from({ readable: socket, writable: socket })));
    socket.once("error", reject);
  });
}

const sayHello = `  provisioner "shell" {\n    inline = ["echo hello from the machine"]\n  }`;

describe("builders that reach their machine in their own way", () => {
  it("provisions over SSH through a tunnel that the builder opens", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const dialled: string[] = [];
    const target: ConnectTarget = {
      host: async () => "i-0123456789.cloud.invalid",
      dial: async ({ host, port }) => {
        dialled.push(`${host}:${port}`);
        return tunnelTo(sshd.port);
      },
    };
    const options = { ssh_username: sshd.user, ssh_private_key_file: sshd.keyFile, ssh_port: 2222 };
    const { lines, builds } = await buildInCloud(t, options, () => target, sayHello);
    assert.equal(builds[0]?.error, undefined);
    assert.deepEqual(dialled, ["i-0123456789.cloud.invalid:2222"]);
    assert.ok(lines.includes("    cloud.a: hello from the machine"), lines.join("\n"));
  });

  it("says what kept a tunnel from being opened", async (t) => {
    const options = { ssh_username: "u", ssh_password: "p", ssh_timeout: "1s" };
    const dial = (): Promise<Duplex> => Promise.reject(new Error("the session was denied"));
    const { lines, builds } = await buildInCloud(t, options, () => ({ host: async () => "i-1", dial }));
    assert.match(builds[0]?.error ?? "", /Timeout waiting for SSH/);
    assert.ok(lines.includes("    cloud.a: The tunnel to i-1:22 could not be opened"), lines.join("\n"));
  });

  it("reaches WinRM through a tunnel too, with a password that comes late and is never shown", async (t) => {
    const server = await startWinrmServer({ users: { Administrator: "late secret" } });
    t.after(() => server.close());
    const options = { communicator: "winrm", winrm_username: "Administrator" };
    const target = (): ConnectTarget => ({
      host: async () => "i-0123456789.cloud.invalid",
      password: wait(50, "late secret"),
      dial: ({ port }) => (port === 5985 ? tunnelTo(server.port) : Promise.reject(new Error("a wrong port"))),
    });
    const { lines, builds, secrets } = await buildInCloud(t, options, target);
    assert.equal(builds[0]?.error, undefined);
    assert.ok(lines.includes("==> cloud.a: Connected to WinRM!"), lines.join("\n"));
    assert.ok(!secrets.filter("it is late secret").includes("late secret"));
  });

  for (const [communicator, option] of [
    ["ssh", "ssh_username"],
    ["winrm", "winrm_username"],
  ] as const) {
    it(`ends at once when the password for ${communicator} will never come`, async (t) => {
      const denied = failure("capacity", "run/system-error", "The cloud lost the password");
      const options = { communicator, [option]: "Administrator" };
      const target = (): ConnectTarget => ({ host: async () => "127.0.0.1", password: Promise.reject(denied) });
      const { builds } = await buildInCloud(t, options, target);
      assert.match(builds[0]?.error ?? "", /The cloud lost the password/);
      assert.equal(builds[0]?.failure, "capacity");
    });
  }

  it("does without the builder's password where the template has one", async (t) => {
    const server = await startWinrmServer({ users: { Administrator: "from the template" } });
    t.after(() => server.close());
    const options = { communicator: "winrm", winrm_username: "Administrator", winrm_password: "from the template" };
    const target = (): ConnectTarget => ({
      host: async () => "127.0.0.1",
      port: async () => server.port,
      password: Promise.reject(new Error("The cloud has none")),
    });
    const { builds } = await buildInCloud(t, options, target);
    assert.equal(builds[0]?.error, undefined);
  });

  it("ends when the time to wait is over, though the password has not come", async (t) => {
    const options = { ssh_username: "u", ssh_timeout: "200ms" };
    const target = (): ConnectTarget => ({ host: async () => "127.0.0.1", password: new Promise(() => {}) });
    const { builds } = await buildInCloud(t, options, target);
    assert.match(builds[0]?.error ?? "", /Timeout waiting for SSH/);
  });

  it("knows what the template says of any communicator before there is a machine", async (t) => {
    const seen: Omit<CommunicatorFacts, "config">[] = [];
    const look = async (run: BuildRun): Promise<ConnectTarget> => {
      const { config: _, ...facts } = await run.communicator();
      seen.push(facts);
      throw failure("template", "run/system-error", "Seen enough");
    };
    await buildInCloud(t, { ssh_username: "u", ssh_host: "box", ssh_password: "p" }, look);
    await buildInCloud(t, { communicator: "winrm", winrm_username: "w", winrm_use_ssl: true }, look);
    await buildInCloud(t, { communicator: "none" }, look);
    const [unsaid, nothing] = [undefined, { host: undefined, port: undefined, user: undefined, password: undefined }];
    assert.deepEqual(seen, [
      { type: "ssh", connects: true, host: "box", port: 22, user: "u", password: "p" },
      { type: "winrm", connects: true, host: unsaid, port: 5986, user: "w", password: unsaid },
      { type: "none", connects: false, ...nothing },
    ]);
  });
});

// A key pair that lives no longer than its build: made, let in, used and taken out again, with OpenSSH on the other side.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { ssh } from "../../src/communicator/ssh/ssh.ts";
import { nodeHost } from "../../src/host/node.ts";
import { shell } from "../../src/provisioner/shell/shell.ts";
import { aBuilder, anArtifact, type FakePlanRun, plannedOf, planOf, runFakePlan } from "../fakes/plan.ts";
import { configOf } from "../fakes/prepare.ts";
import { startSshd } from "../servers/sshd.ts";

const STRANGER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA somebody@else\n";

interface Built extends FakePlanRun {
  /** The machine's list of keys while the provisioner ran, and afterwards. */
  readonly during: string;
  readonly after: string;
}

/** A build as one in a cloud: the machine gets the public key before anybody connects. */
async function build(t: TestContext, options: Readonly<Record<string, unknown>>): Promise<Built | undefined> {
  const home = mkdtempSync(join(tmpdir(), "temporary-key-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, ".ssh"), { mode: 0o700 });
  const list = join(home, ".ssh/authorized_keys");
  writeFileSync(list, STRANGER, { mode: 0o600 });
  const sshd = await startSshd(t, { config: [`AuthorizedKeysFile ${list}`, `SetEnv HOME=${home}`] });
  if (sshd === undefined) {
    return undefined;
  }
  const login = { ssh_host: sshd.host, ssh_port: sshd.port, ssh_username: sshd.user, ssh_timeout: "20s", ...options };
  const builder = aBuilder(async (run) => {
    const temporaryKey = await run.temporaryKey();
    if (temporaryKey !== undefined) {
      appendFileSync(list, temporaryKey.publicKey);
    }
    await run.provision(await run.connect(temporaryKey === undefined ? {} : { temporaryKey }));
    return anArtifact("made");
  });
  const copy = join(home, "copy");
  const planned = {
    ...plannedOf(shell, { config: await configOf(shell, { inline: [`cp ${list} ${copy}`] }) }),
    ...{ type: "shell", pauseBefore: 0, timeout: 0, maxRetries: 0 },
  };
  const communicator = { ...plannedOf(ssh, { config: await configOf(ssh, login) }), pauseBeforeConnecting: 0 };
  const run = await runFakePlan(planOf({ builder, communicator, provisioners: [planned] }), { host: nodeHost() });
  assert.equal(run.builds[0]?.outcome, "built", run.lines.join("\n"));
  return { ...run, during: readFileSync(copy, "utf8"), after: readFileSync(list, "utf8") };
}

describe("e2e/ssh temporary key", () => {
  for (const [type, bits] of [
    ["rsa", 2048],
    ["ecdsa", 384],
    ["ed25519", undefined],
  ] as const) {
    test(`a machine is built with a key pair of its own (${type}), which ssh_clear_authorized_keys takes out again`, async (t) => {
      const size = bits === undefined ? {} : { temporary_key_pair_bits: bits };
      const built = await build(t, { temporary_key_pair_type: type, ...size, ssh_clear_authorized_keys: true });
      if (built === undefined) {
        return;
      }
      assert.match(
        built.lines.join("\n"),
        new RegExp(`Creating temporary ${type.toUpperCase()} SSH key for instance\\.\\.\\.`),
      );
      assert.match(built.lines.join("\n"), /Trying to remove ephemeral keys from authorized_keys files/);
      assert.match(built.during, / packer_[0-9a-f-]{36}\n$/);
      assert.equal(built.after, STRANGER);
    });
  }

  test("the key stays where nobody asked for it to go, under the name that was asked for", async (t) => {
    const built = await build(t, { temporary_key_pair_type: "ed25519", temporary_key_pair_name: "for-this-image" });
    if (built === undefined) {
      return;
    }
    assert.match(built.after, /^ssh-ed25519 \S+ for-this-image$/m);
    assert.doesNotMatch(built.lines.join("\n"), /Trying to remove/);
  });
});

// What the options of the SSH communicator accept and refuse before anything runs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { needs } from "../../../test/needs.ts";
import { openFileGate } from "../../host/file-gate.ts";
import { ssh } from "./ssh.ts";
import { parseTunnel } from "./tunnels.ts";
import { chooseLimits } from "./waiting.ts";

const login = { ssh_host: "h", ssh_username: "u", ssh_password: "p" };

async function problems(given: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  return (await prepareOptions(ssh, given)).problems;
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "ssh-options-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe("communicator/ssh options", () => {
  test("a user name is required", async () => {
    assert.deepEqual(await problems({ ssh_host: "h" }), [
      'ssh_username: An ssh_username must be specified\n  Note: some builders used to default ssh_username to "root".',
    ]);
    assert.deepEqual(await problems(login), []);
  });

  test("ciphers and key exchanges that nobody here knows are told beforehand", async () => {
    const given = { ...login, ssh_ciphers: ["rot13"], ssh_key_exchange_algorithms: ["x", "curve25519-sha256"] };
    const { problems: found, warnings } = await prepareOptions(ssh, given);
    assert.deepEqual(found, ['ssh_ciphers: None of ssh_ciphers is known: "rot13"']);
    assert.deepEqual(warnings, [
      'ssh_key_exchange_algorithms has what this client does not know and cannot offer: "x"',
    ]);
  });

  test("the address is the one the template says, if it says one", async () => {
    assert.equal(ssh.host?.(await configOf(ssh, { ...login, ssh_host: "example.org" })), "example.org");
    assert.equal(ssh.host?.(await configOf(ssh, { ...login, ssh_host: "" })), undefined);
  });

  test("waiting has Packer's limits: five minutes and ten log-ins unless one of them is set", async () => {
    const limits = async (given: object) => chooseLimits(await configOf(ssh, { ...login, ...given }));
    assert.deepEqual(await limits({}), { timeout: 300_000, attempts: 10 });
    assert.deepEqual(await limits({ ssh_timeout: "90s" }), { timeout: 90_000, attempts: 0 });
    assert.deepEqual(await limits({ ssh_handshake_attempts: 3 }), { timeout: 0, attempts: 3 });
    assert.deepEqual(await limits({ ssh_timeout: "1m", ssh_wait_timeout: "2m" }), { timeout: 120_000, attempts: 0 });
  });

  test("key and certificate files are looked at beforehand", async (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const dir = folder(t);
    const keygen = (...args: readonly string[]) => spawnSync("ssh-keygen", ["-q", ...args]);
    const at = (name: string) => join(dir, name);
    for (const name of ["key", "other", "authority"]) {
      keygen("-t", "ed25519", "-N", "", "-f", at(name));
    }
    keygen("-t", "ed25519", "-N", "secret", "-f", at("locked"));
    for (const [name, ...how] of [["good"], ["old", "-V", "20200101:20200102"]] as const) {
      copyFileSync(at("key.pub"), at(`${name}.pub`));
      keygen("-s", at("authority"), "-I", "x", ...how, at(`${name}.pub`));
    }
    writeFileSync(at("garbage"), "hello");
    const withKey = (key: string, certificate?: string) =>
      problems({
        ...login,
        ssh_private_key_file: at(key),
        ssh_certificate_file: certificate === undefined ? undefined : at(certificate),
      });
    assert.deepEqual(await withKey("key"), []);
    assert.deepEqual(await withKey("key", "good-cert.pub"), []);
    const refused: readonly (readonly [Promise<readonly string[]>, RegExp])[] = [
      [withKey("missing"), /ssh_private_key_file is invalid: stat .*missing: no such file or directory/],
      [withKey("locked"), /ssh_private_key_file is invalid: .*protected by a passphrase/],
      [withKey("garbage"), /ssh_private_key_file is invalid: .*no key found/],
      [withKey("key.pub"), /ssh_private_key_file is invalid: .*no key found: this is a public key/],
      [withKey("key", "missing"), /unable to read certificate file/],
      [withKey("key", "old-cert.pub"), /not a valid cert: it expired on 2020-01-02/],
      [withKey("other", "good-cert.pub"), /not a valid cert: it certifies a different key/],
      [withKey("key", "key.pub"), /this is a public key, not a certificate/],
    ];
    for (const [found, expected] of refused) {
      assert.equal((await found).length, 1);
      assert.match((await found)[0] ?? "", expected);
    }
  });

  test("`~` in a key's path is the home folder", async (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const homeDir = folder(t);
    mkdirSync(join(homeDir, ".ssh"));
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(homeDir, ".ssh/id")]);
    const host = {
      platform: "linux",
      cwd: "/",
      env: {},
      homeDir,
      files: openFileGate(),
      tempDir: "/nowhere/tmp",
      cacheDir: "/nowhere/cache",
    } as const;
    assert.deepEqual(
      (await prepareOptions(ssh, { ...login, ssh_private_key_file: "~/.ssh/id" }, { host })).problems,
      [],
    );
  });

  test("a bastion needs a way in, and excludes a proxy", async () => {
    assert.deepEqual(await problems({ ...login, ssh_bastion_host: "b" }), [
      "ssh_bastion_host: ssh_bastion_password, ssh_bastion_private_key_file or ssh_bastion_agent_auth must be specified",
    ]);
    for (const way of [
      { ssh_bastion_password: "x" },
      { ssh_bastion_agent_auth: true },
      { ssh_bastion_interactive: true },
    ]) {
      assert.deepEqual(await problems({ ...login, ssh_bastion_host: "b", ...way }), []);
    }
    assert.deepEqual(
      await problems({ ...login, ssh_bastion_host: "b", ssh_bastion_password: "x", ssh_proxy_host: "p" }),
      ["ssh_bastion_host: please specify either ssh_bastion_host or ssh_proxy_host, not both"],
    );
  });

  test("values outside their lists are refused", async () => {
    assert.equal((await problems({ ...login, ssh_file_transfer_method: "ftp" })).length, 1);
    assert.equal((await problems({ ...login, ssh_port: 70000 })).length, 1);
    assert.equal((await problems({ ...login, ssh_timeout: "soon" })).length, 1);
    assert.equal(
      (await problems({ ...login, temporary_key_pair_type: "rsa", temporary_key_pair_bits: 512 })).length,
      1,
    );
    assert.match(
      (await problems({ ...login, ssh_certificate_file: "c" }))[0] ?? "",
      /ssh_private_key_file must be specified/,
    );
  });

  test("DSA keys are accepted with a warning that OpenSSH refuses them", async () => {
    const { problems: none, warnings } = await prepareOptions(ssh, { ...login, temporary_key_pair_type: "dsa" });
    assert.deepEqual(none, []);
    assert.match(warnings[0] ?? "", /^OpenSSH refuses DSA keys/);
    for (const type of ["rsa", "ecdsa", "ed25519"]) {
      assert.deepEqual((await prepareOptions(ssh, { ...login, temporary_key_pair_type: type })).warnings, []);
    }
  });

  test("tunnels are read as OpenSSH writes them", async () => {
    assert.deepEqual(parseTunnel("8080:example.com:80", "here"), {
      listen: "here",
      port: 8080,
      toHost: "example.com",
      toPort: 80,
    });
    assert.deepEqual(parseTunnel("1:[::1]:2", "there"), { listen: "there", port: 1, toHost: "::1", toPort: 2 });
    for (const wrong of ["", "80", "80:host", "x:host:80", "80:host:99999", "0:host:1", "1:2:3:4"]) {
      assert.ok("problem" in parseTunnel(wrong, "here"), wrong);
    }
    assert.match(
      (await problems({ ...login, ssh_local_tunnels: ["abc"] }))[0] ?? "",
      /ssh_local_tunnels \('abc'\) is invalid/,
    );
  });
});

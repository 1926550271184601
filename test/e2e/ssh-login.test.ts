// Every way of logging in, against OpenSSH's own server, agent and certificates.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { needs } from "../needs.ts";
import { connectSshTo, hear, realRun } from "../servers/ssh-run.ts";
import { keygen, type Sshd, startSshd } from "../servers/sshd.ts";

const optionsFor = (sshd: Sshd, more: Readonly<Record<string, unknown>> = {}) => ({
  ssh_host: sshd.host,
  ssh_port: sshd.port,
  ssh_username: sshd.user,
  ssh_handshake_attempts: 1,
  ...more,
});

/** A server that lets the fixture's own key in and every key that the test adds. */
async function serverWithKeys(t: TestContext, ...publicKeyFiles: (() => string)[]): Promise<Sshd | undefined> {
  const sshd = await startSshd(t);
  if (sshd === undefined) {
    return undefined;
  }
  const lines = publicKeyFiles.map((file) => readFileSync(file(), "utf8"));
  writeFileSync(join(sshd.dir, "authorized_keys"), [readFileSync(`${sshd.keyFile}.pub`, "utf8"), ...lines].join("\n"));
  return sshd;
}

async function agentWith(t: TestContext, sshd: Sshd, ...keyFiles: readonly string[]): Promise<string> {
  const path = join(sshd.dir, `agent-${keyFiles.length}-${Math.floor(performance.now())}`);
  const agent = spawn("ssh-agent", ["-D", "-a", path], { stdio: "ignore" });
  t.after(() => agent.kill());
  while (!existsSync(path)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const file of keyFiles) {
    const added = spawnSync("ssh-add", ["-q", file], {
      env: { ...process.env, SSH_AUTH_SOCK: path },
      encoding: "utf8",
    });
    assert.equal(added.status, 0, added.stderr);
  }
  return path;
}

describe("communicator/ssh log-in", () => {
  const forms: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["Ed25519 in OpenSSH form", ["-t", "ed25519"], []],
    ["ECDSA 256 in OpenSSH form", ["-t", "ecdsa", "-b", "256"], []],
    ["ECDSA 521 in PEM form", ["-t", "ecdsa", "-b", "521", "-m", "PEM"], []],
    ["ECDSA 384 in PKCS#8 form", ["-t", "ecdsa", "-b", "384", "-m", "PKCS8"], []],
    ["RSA in OpenSSH form", ["-t", "rsa", "-b", "2048"], []],
    ["RSA in PEM form", ["-t", "rsa", "-b", "2048", "-m", "PEM"], []],
    ["RSA in PKCS#8 form", ["-t", "rsa", "-b", "2048", "-m", "PKCS8"], []],
  ];
  for (const [name, args] of forms) {
    test(`a key that is ${name} lets us in`, async (t) => {
      const sshd = await startSshd(t);
      if (sshd === undefined) {
        return;
      }
      const file = join(sshd.dir, "key");
      keygen(...args, "-f", file);
      writeFileSync(join(sshd.dir, "authorized_keys"), readFileSync(`${file}.pub`));
      const machine = await connectSshTo(t, optionsFor(sshd, { ssh_private_key_file: file }));
      assert.equal((await hear(machine, "echo in")).stdout, "in\n");
    });
  }

  test("an Ed25519 key in PKCS#8 form, which ssh-keygen cannot write, lets us in", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined || !needs(t, "openssl")) {
      return;
    }
    const file = join(sshd.dir, "key");
    spawnSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", file]);
    const { readPrivateKey } = await import("../../src/driver/ssh/private-key.ts");
    const key = readPrivateKey(readFileSync(file, "utf8"));
    assert.ok("value" in key);
    writeFileSync(join(sshd.dir, "authorized_keys"), `ssh-ed25519 ${key.value.publicBlob.toString("base64")}\n`);
    const machine = await connectSshTo(t, optionsFor(sshd, { ssh_private_key_file: file }));
    assert.equal((await hear(machine, "echo in")).stdout, "in\n");
  });

  test("a password lets us in, and a wrong one is refused without being printed", async (t) => {
    const sshd = await startSshd(t, { password: "s3cret word" });
    if (sshd === undefined) {
      return;
    }
    const machine = await connectSshTo(t, optionsFor(sshd, { ssh_password: "s3cret word" }));
    assert.equal((await hear(machine, "echo in")).stdout, "in\n");
    await assert.rejects(connectSshTo(t, optionsFor(sshd, { ssh_password: "wrong" })), (error: Error) => {
      assert.match(error.message, /Error waiting for SSH: 127\.0\.0\.1:\d+ did not let "\w+" in/);
      assert.match(error.message, /The server offers: publickey, password/);
      assert.match(error.message, /Tried: password/);
      assert.doesNotMatch(error.message, /wrong/);
      return true;
    });
  });

  test("keyboard-interactive is answered with the password", async (t) => {
    const sshd = await startSshd(t, { password: "s3cret", pam: true, config: ["PasswordAuthentication no"] });
    if (sshd === undefined) {
      return;
    }
    const machine = await connectSshTo(t, optionsFor(sshd, { ssh_password: "s3cret" }));
    assert.equal((await hear(machine, "echo in")).stdout, "in\n");
  });

  test("a server that wants key and password gets both", async (t) => {
    const sshd = await startSshd(t, { password: "s3cret", config: ["AuthenticationMethods publickey,password"] });
    if (sshd === undefined) {
      return;
    }
    const machine = await connectSshTo(
      t,
      optionsFor(sshd, { ssh_password: "s3cret", ssh_private_key_file: sshd.keyFile }),
    );
    assert.equal((await hear(machine, "echo in")).stdout, "in\n");
    await assert.rejects(
      connectSshTo(t, optionsFor(sshd, { ssh_private_key_file: sshd.keyFile })),
      /One method worked|did not let/,
    );
  });

  test("the agent's key lets us in, and remote commands may use the agent unless that is switched off", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined || !needs(t, "ssh-agent", "ssh-add")) {
      return;
    }
    const env = { SSH_AUTH_SOCK: await agentWith(t, sshd, sshd.keyFile) };
    const machine = await connectSshTo(t, optionsFor(sshd, { ssh_agent_auth: true }), realRun({ env }));
    assert.match((await hear(machine, "ssh-add -l")).stdout, /ED25519/);
    assert.match((await hear(machine, "ssh-add -l")).stdout, /ED25519/, "also in the second command");
    const without = await connectSshTo(
      t,
      optionsFor(sshd, { ssh_agent_auth: true, ssh_disable_agent_forwarding: true }),
      realRun({ env }),
    );
    assert.equal((await hear(without, 'echo "[$SSH_AUTH_SOCK]"')).stdout, "[]\n");
  });

  test("commands run where the server forbids agent forwarding", async (t) => {
    const sshd = await startSshd(t, { config: ["AllowAgentForwarding no"] });
    if (sshd === undefined || !needs(t, "ssh-agent", "ssh-add")) {
      return;
    }
    const env = { SSH_AUTH_SOCK: await agentWith(t, sshd, sshd.keyFile) };
    const machine = await connectSshTo(t, optionsFor(sshd, { ssh_agent_auth: true }), realRun({ env }));
    assert.equal((await hear(machine, "echo in")).stdout, "in\n");
  });

  for (const [type, bits] of [
    ["ed25519", "256"],
    ["rsa", "2048"],
    ["ecdsa", "256"],
  ] as const) {
    test(`a ${type} certificate lets us in, from files and from the agent`, async (t) => {
      const sshd = await startSshd(t, { authorizedKeys: [] });
      if (sshd === undefined) {
        return;
      }
      const { file, certificate } = signedKey(sshd, type, bits, ["-n", sshd.user]);
      const machine = await connectSshTo(
        t,
        optionsFor(sshd, { ssh_private_key_file: file, ssh_certificate_file: certificate }),
      );
      assert.equal((await hear(machine, "echo in")).stdout, "in\n");
      if (!needs(t, "ssh-agent", "ssh-add")) {
        return;
      }
      // ssh-add loads the certificate that lies beside the key.
      const env = { SSH_AUTH_SOCK: await agentWith(t, sshd, file) };
      const viaAgent = await connectSshTo(t, optionsFor(sshd, { ssh_agent_auth: true }), realRun({ env }));
      assert.equal((await hear(viaAgent, "echo in")).stdout, "in\n");
    });
  }

  test("a certificate opens the bastion, another key the machine behind it", async (t) => {
    const [bastion, machine] = [await startSshd(t, { authorizedKeys: [] }), await startSshd(t)];
    if (bastion === undefined || machine === undefined) {
      return;
    }
    const { file, certificate } = signedKey(bastion, "ed25519", "256", ["-n", bastion.user]);
    const through = {
      ssh_private_key_file: machine.keyFile,
      ssh_bastion_host: bastion.host,
      ssh_bastion_port: bastion.port,
      ssh_bastion_username: bastion.user,
      ssh_bastion_private_key_file: file,
      ssh_bastion_certificate_file: certificate,
    };
    assert.equal((await hear(await connectSshTo(t, optionsFor(machine, through)), "echo behind")).stdout, "behind\n");
    assert.match(bastion.log(), /Accepted publickey for .* ED25519-CERT/);
  });

  test("ciphers and key exchange are those that the template asks for", async (t) => {
    const sshd = await startSshd(t, { config: ["LogLevel DEBUG1"] });
    if (sshd === undefined) {
      return;
    }
    const asked = { ssh_ciphers: ["aes256-ctr"], ssh_key_exchange_algorithms: ["ecdh-sha2-nistp521"] };
    const machine = await connectSshTo(t, optionsFor(sshd, { ssh_private_key_file: sshd.keyFile, ...asked }));
    assert.equal((await hear(machine, "echo in")).stdout, "in\n");
    assert.match(sshd.log(), /kex: algorithm: ecdh-sha2-nistp521/);
    assert.match(sshd.log(), /kex: client->server cipher: aes256-ctr/);
    assert.match(sshd.log(), /kex: server->client cipher: aes256-ctr/);
    const none = { ssh_private_key_file: sshd.keyFile, ssh_ciphers: ["3des-cbc"], ssh_timeout: "5s" };
    await assert.rejects(connectSshTo(t, optionsFor(sshd, none)), /cipher/i);
  });

  test("ssh_ip_version decides which address of a name is used", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const named = { ssh_host: "localhost", ssh_private_key_file: sshd.keyFile };
    const machine = await connectSshTo(t, optionsFor(sshd, { ...named, ssh_ip_version: "4" }));
    assert.match((await hear(machine, "echo $SSH_CONNECTION")).stdout, /^127\.0\.0\.1 /);
    // The server listens on 127.0.0.1 alone.
    await assert.rejects(connectSshTo(t, optionsFor(sshd, { ...named, ssh_ip_version: "6", ssh_timeout: "3s" })));
  });

  test("a certificate for another name says whose it is", async (t) => {
    const sshd = await startSshd(t, { authorizedKeys: [] });
    if (sshd === undefined) {
      return;
    }
    const { file, certificate } = signedKey(sshd, "ed25519", "256", ["-n", "somebody"]);
    await assert.rejects(
      connectSshTo(t, optionsFor(sshd, { ssh_private_key_file: file, ssh_certificate_file: certificate })),
      hintOf(/The certificate "test" is for somebody, not for/),
    );
  });

  test("a key the server does not know is named with its fingerprint", async (t) => {
    const sshd = await startSshd(t, { authorizedKeys: [] });
    if (sshd === undefined) {
      return;
    }
    const printed = spawnSync("ssh-keygen", ["-lf", sshd.keyFile], { encoding: "utf8" }).stdout.split(" ")[1] ?? "";
    await assert.rejects(connectSshTo(t, optionsFor(sshd, { ssh_private_key_file: sshd.keyFile })), (error: Error) => {
      assert.ok(error.message.includes(printed), error.message);
      return true;
    });
  });

  test("an agent with too many keys is told apart from a wrong key", async (t) => {
    const sshd = await serverWithKeys(t);
    if (sshd === undefined || !needs(t, "ssh-agent", "ssh-add")) {
      return;
    }
    const files = Array.from({ length: 8 }, (_, i) => join(sshd.dir, `many${i}`));
    for (const file of files) {
      keygen("-t", "ed25519", "-f", file);
    }
    const env = { SSH_AUTH_SOCK: await agentWith(t, sshd, ...files) };
    await assert.rejects(
      connectSshTo(t, optionsFor(sshd, { ssh_agent_auth: true }), realRun({ env })),
      hintOf(/agent holds more keys/),
    );
  });

  test("temporary keys of every type let us in", async (t) => {
    const sshd = await startSshd(t);
    if (sshd === undefined) {
      return;
    }
    const { generateKeyPair } = await import("../../src/driver/ssh/key-pair.ts");
    for (const [type, bits] of [
      ["rsa", 2048],
      ["ecdsa", 521],
      ["ecdsa", 256],
      ["ed25519", 0],
    ] as const) {
      const pair = await generateKeyPair(type, { bits, comment: "temporary" });
      writeFileSync(join(sshd.dir, "authorized_keys"), pair.publicKey);
      const machine = await connectSshTo(t, optionsFor(sshd), realRun(), { privateKeys: [pair.privateKey] });
      assert.equal((await hear(machine, "echo in")).stdout, "in\n");
      // OpenSSH itself reads the private half and finds the same public half in it.
      const file = join(sshd.dir, `temporary-${type}-${bits}`);
      writeFileSync(file, pair.privateKey, { mode: 0o600 });
      assert.equal(
        keygen("-y", "-f", file).split(" ").slice(0, 2).join(" "),
        pair.publicKey.split(" ").slice(0, 2).join(" "),
      );
    }
  });
});

function signedKey(
  sshd: Sshd,
  type: string,
  bits: string,
  names: readonly string[],
): { file: string; certificate: string } {
  const authority = join(sshd.dir, "authority");
  const file = join(sshd.dir, "signed");
  keygen("-t", "ed25519", "-f", authority);
  keygen("-t", type, "-b", bits, "-f", file);
  keygen("-s", authority, "-I", "test", ...names, `${file}.pub`);
  // One line of authorized_keys can trust an authority, so the server needs no restart.
  writeFileSync(join(sshd.dir, "authorized_keys"), `cert-authority ${readFileSync(`${authority}.pub`, "utf8")}`);
  copyFileSync(`${file}-cert.pub`, join(sshd.dir, "certificate.pub"));
  return { file, certificate: join(sshd.dir, "certificate.pub") };
}

function hintOf(expected: RegExp): (error: Error) => boolean {
  return (error) => {
    const hint = (error as { diagnostics?: { hint?: string | undefined }[] }).diagnostics?.[0]?.hint ?? "";
    assert.match(hint, expected, error.message);
    return true;
  };
}

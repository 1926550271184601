// Private keys in every form, and the words for those that cannot be used.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import ssh2 from "ssh2";
import { needs } from "../../../test/needs.ts";
import { generateKeyPair } from "./key-pair.ts";
import { fingerprint, readPrivateKey } from "./private-key.ts";

function generateKey(dir: string, name: string): string {
  spawnSync("ssh-keygen", ["-q", "-N", "", "-t", "ed25519", "-f", join(dir, name)]);
  return readFileSync(join(dir, name), "utf8");
}

describe("driver/ssh private keys", () => {
  test("what ssh-keygen makes of a key is what we make of it, in every form", (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const dir = mkdtempSync(join(tmpdir(), "keys-"));
    t.after(() => rmSync(dir, { recursive: true }));
    for (const type of ["-t ed25519", "-t rsa -b 2048", "-t ecdsa -b 256", "-t ecdsa -b 384", "-t ecdsa -b 521"]) {
      for (const form of ["", "-m PEM", "-m PKCS8"]) {
        const file = join(dir, `${type}${form}`.replaceAll(" ", ""));
        assert.equal(
          spawnSync("ssh-keygen", ["-q", "-N", "", ...type.split(" "), ...form.split(" ").filter(Boolean), "-f", file])
            .status,
          0,
        );
        const key = readPrivateKey(readFileSync(file, "utf8"));
        assert.ok("value" in key, `${type} ${form}`);
        const [publicType, publicKey] = readFileSync(`${file}.pub`, "utf8").split(" ");
        assert.equal(key.value.type, publicType);
        assert.equal(key.value.publicBlob.toString("base64"), publicKey);
        const printed = spawnSync("ssh-keygen", ["-lf", file], { encoding: "utf8" }).stdout;
        assert.ok(printed.includes(fingerprint(key.value.publicBlob)), printed);
        writeFileSync(`${file}.again`, key.value.openssh, { mode: 0o600 });
        assert.equal(
          spawnSync("ssh-keygen", ["-yf", `${file}.again`], { encoding: "utf8" })
            .stdout.split(" ")[1]
            ?.trim(),
          publicKey,
        );
      }
    }
  });

  test("a key is the same whatever a terminal, a variable or a form has done to the text around and between its lines", (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const dir = mkdtempSync(join(tmpdir(), "keys-"));
    t.after(() => rmSync(dir, { recursive: true }));
    const text = generateKey(dir, "key");
    const texts = {
      "text before": `Here is the key:\n${text}`,
      "text after": `${text}\nthat was it`,
      "a prompt before": `$ cat key\n${text}$ `,
      "blanks at the ends": text.replaceAll("\n", "  \n"),
      "Windows line ends": text.replaceAll("\n", "\r\n"),
      "a margin": text.replaceAll(/^/gm, "    "),
      "blanks instead of line ends": text.replaceAll("\n", " "),
      "no line ends": text.replaceAll("\n", ""),
    };
    for (const [what, given] of Object.entries(texts)) {
      const key = readPrivateKey(given);
      assert.ok("value" in key, what);
      const file = join(dir, "again");
      writeFileSync(file, key.value.openssh, { mode: 0o600 });
      const printed = spawnSync("ssh-keygen", ["-yf", file], { encoding: "utf8" }).stdout;
      assert.equal(printed.split(" ")[1], readFileSync(join(dir, "key.pub"), "utf8").split(" ")[1], what);
      const parsed = ssh2.utils.parseKey(key.value.openssh);
      assert.ok(!(parsed instanceof Error), `${what}: the library takes it, too`);
    }
  });

  test("a key of an elliptic curve is found behind the parameters that OpenSSL writes before it", (t) => {
    if (!needs(t, "openssl")) {
      return;
    }
    const made = spawnSync("openssl", ["ecparam", "-genkey", "-name", "prime256v1"], { encoding: "utf8" }).stdout;
    assert.match(made, /^-----BEGIN EC PARAMETERS-----/);
    const key = readPrivateKey(made);
    assert.ok("value" in key);
    assert.equal(key.value.type, "ecdsa-sha2-nistp256");
  });

  test("keys that cannot be used say why and what to do", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const locked = privateKey
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
      .toString();
    const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    const odd = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    const cases: readonly (readonly [string, RegExp, RegExp])[] = [
      [locked, /protected by a passphrase/, /ssh-keygen -p/],
      ["-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", /protected by a passphrase/, /ssh-agent/],
      ["PuTTY-User-Key-File-3: ssh-ed25519\n", /PuTTY key/, /puttygen/],
      ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me@here", /public key/, /without `\.pub`/],
      ["hello", /no key found/, /BEGIN OPENSSH PRIVATE KEY/],
      ["", /no key found/, /BEGIN/],
      ["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", /no key found/, /private key/],
      [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----",
        /damaged/,
        /copied completely/,
      ],
      ["-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", /damaged/, /copied completely/],
      [String(dsa), /DSA keys are not supported/, /ssh-keygen -t ed25519/],
      [String(odd), /not supported/, /ssh-keygen -t ed25519/],
    ];
    for (const [text, problem, hint] of cases) {
      const key = readPrivateKey(text);
      assert.ok("problem" in key, text);
      assert.match(key.problem, problem);
      assert.match(key.hint, hint);
    }
  });

  test("a key pair of a size that does not exist is refused", async () => {
    await assert.rejects(generateKeyPair("rsa", { bits: 512 }), /512 bits/);
    await assert.rejects(generateKeyPair("ecdsa", { bits: 300 }), /300 bits/);
    const pair = await generateKeyPair("ecdsa", { comment: "packer_1" });
    assert.match(pair.publicKey, /^ecdsa-sha2-nistp521 \S+ packer_1\n$/);
  });
});

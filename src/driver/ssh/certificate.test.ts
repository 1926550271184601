// OpenSSH certificates as ssh-keygen makes them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { needs } from "../../../test/needs.ts";
import { findProblem, parseCertificate, readCertificate } from "./certificate.ts";
import { readPrivateKey } from "./private-key.ts";

function signed(t: TestContext, type: string, ...how: readonly string[]): { certificate: string; publicBlob: Buffer } {
  const dir = mkdtempSync(join(tmpdir(), "certificates-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const [authority, key] = [join(dir, "authority"), join(dir, "key")];
  for (const [file, kind] of [
    [authority, "ed25519"],
    [key, type],
  ] as const) {
    spawnSync("ssh-keygen", ["-q", "-N", "", "-t", kind, "-f", file]);
  }
  const ran = spawnSync("ssh-keygen", ["-q", "-s", authority, "-I", "name of it", ...how, `${key}.pub`], {
    encoding: "utf8",
  });
  assert.equal(ran.status, 0, ran.stderr);
  const parsed = readPrivateKey(readFileSync(key, "utf8"));
  assert.ok("value" in parsed);
  return { certificate: readFileSync(`${key}-cert.pub`, "utf8"), publicBlob: parsed.value.publicBlob };
}

describe("driver/ssh certificates", () => {
  const now = Date.UTC(2026, 0, 1);

  test("names, dates and key are read, for every type of key", (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    for (const type of ["ed25519", "rsa", "ecdsa"]) {
      const { certificate, publicBlob } = signed(t, type, "-n", "root,deploy", "-V", "20250101000000Z:20270101000000Z");
      const read = readCertificate(certificate);
      assert.ok("value" in read);
      assert.equal(read.value.keyId, "name of it");
      assert.equal(read.value.role, "user");
      assert.deepEqual(read.value.principals, ["root", "deploy"]);
      assert.equal(findProblem(read.value, publicBlob, now), undefined);
      assert.match(findProblem(read.value, publicBlob, Date.UTC(2024, 0, 1)) ?? "", /not valid before 2025-01-01/);
      assert.match(findProblem(read.value, publicBlob, Date.UTC(2028, 0, 1)) ?? "", /expired on 2027-01-01/);
      assert.match(findProblem(read.value, Buffer.from("another"), now) ?? "", /different key/);
    }
  });

  test("a certificate without an end is valid for ever", (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const { certificate, publicBlob } = signed(t, "ed25519");
    const read = readCertificate(certificate);
    assert.ok("value" in read);
    assert.deepEqual(read.value.principals, []);
    assert.equal(findProblem(read.value, publicBlob, now), undefined);
  });

  test("a host certificate is no user certificate", (t) => {
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const { certificate, publicBlob } = signed(t, "ed25519", "-h");
    const read = readCertificate(certificate);
    assert.ok("value" in read);
    assert.match(findProblem(read.value, publicBlob, now) ?? "", /host certificate/);
  });

  test("what is no certificate says so, and a cut one at any byte is damaged", (t) => {
    for (const [text, problem] of [
      ["", /no certificate/],
      ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me", /public key, not a certificate/],
      ["ssh-ed25519-cert-v01@openssh.com AAAA", /damaged/],
    ] as const) {
      const read = readCertificate(text);
      assert.ok("problem" in read);
      assert.match(read.problem, problem);
    }
    if (!needs(t, "ssh-keygen")) {
      return;
    }
    const blob = Buffer.from(signed(t, "ed25519", "-n", "root").certificate.split(" ")[1] ?? "", "base64");
    // What follows the dates is for the server alone.
    const dates = blob.indexOf("root") + 4 + 16;
    for (let end = 0; end < dates; end++) {
      assert.throws(() => parseCertificate(blob.subarray(0, end)), RangeError);
    }
  });
});

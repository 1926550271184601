// NTLMv2's arithmetic against the worked example of [MS-NLMP] section 4.2.4.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { derivePasswordKey, deriveSealingKey, deriveSigningKey, respond } from "./keys.ts";
import { AV, encodeAvPairs, NTLM_FLAGS } from "./messages.ts";
import { rc4 } from "./rc4.ts";
import { openSealingSession } from "./session.ts";

const FLAGS = 0xe28a8233;
const SESSION_KEY = Buffer.alloc(16, 0x55);

function example(): ReturnType<typeof respond> {
  return respond({
    key: derivePasswordKey("User", "Password", "Domain"),
    serverChallenge: Buffer.from("0123456789abcdef", "hex"),
    clientChallenge: Buffer.alloc(8, 0xaa),
    time: Buffer.alloc(8),
    targetInfo: encodeAvPairs(
      new Map([
        [AV.domainName, Buffer.from("Domain", "utf16le")],
        [AV.computerName, Buffer.from("Server", "utf16le")],
      ]),
    ),
    withoutLm: false,
  });
}

describe("driver/winrm/ntlm/keys", () => {
  it("turns the example's password into the published key", () => {
    assert.equal(derivePasswordKey("User", "Password", "Domain").toString("hex"), "0c868a403bfd7a93a3001ef22ef02e3f");
  });

  it("does not care about the case of a user, but about that of a domain", () => {
    assert.deepEqual(
      derivePasswordKey("uSERé", "Password", "Domain"),
      derivePasswordKey("UserÉ", "Password", "Domain"),
    );
    assert.notDeepEqual(
      derivePasswordKey("User", "Password", "DOMAIN"),
      derivePasswordKey("User", "Password", "Domain"),
    );
    assert.notDeepEqual(derivePasswordKey("Straße", "p", ""), derivePasswordKey("STRASSE", "p", ""));
  });

  it("answers the example's challenge as published", () => {
    const { ntResponse, lmResponse, sessionBaseKey } = example();
    assert.equal(ntResponse.subarray(0, 16).toString("hex"), "68cd0ab851e51c96aabc927bebef6a1c");
    assert.equal(lmResponse.toString("hex"), "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
    assert.equal(sessionBaseKey.toString("hex"), "8de40ccadbc14a82f15cb0ad0de95ca3");
    assert.equal(rc4(sessionBaseKey)(SESSION_KEY).toString("hex"), "c5dad2544fc9799094ce1ce90bc9d03e");
  });

  it("derives the published signing and sealing keys", () => {
    assert.equal(deriveSigningKey(SESSION_KEY, "client-to-server").toString("hex"), "4788dc861b4782f35d43fd98fe1a2d39");
    assert.equal(
      deriveSealingKey(SESSION_KEY, FLAGS, "client-to-server").toString("hex"),
      "59f600973cc4960a25480a7c196e4c58",
    );
  });

  it("seals the example's message as published", () => {
    const { data, signature } = openSealingSession(SESSION_KEY, FLAGS, "client-to-server").seal(
      Buffer.from("Plaintext", "utf16le"),
    );
    assert.equal(data.toString("hex"), "54e50165bf1936dc996020c1811b0f06fb5f");
    assert.equal(signature.toString("hex"), "010000007fb38ec5c55d497600000000");
  });

  it("opens what the other side sealed, and nothing that was altered or replayed", () => {
    const client = openSealingSession(SESSION_KEY, FLAGS, "client-to-server");
    const server = openSealingSession(SESSION_KEY, FLAGS, "server-to-client");
    const first = client.seal(Buffer.from("one"));
    assert.equal(server.open(first)?.toString(), "one");
    const second = client.seal(Buffer.from("two"));
    second.data[0] = (second.data[0] ?? 0) ^ 1;
    assert.equal(server.open(second), undefined);
    assert.equal(server.open(first), undefined);
  });

  it("uses less of the key where less was negotiated", () => {
    const weak = deriveSealingKey(SESSION_KEY, NTLM_FLAGS.use56, "client-to-server");
    assert.notDeepEqual(weak, deriveSealingKey(SESSION_KEY, FLAGS, "client-to-server"));
    assert.notDeepEqual(weak, deriveSealingKey(SESSION_KEY, 0, "client-to-server"));
  });
});

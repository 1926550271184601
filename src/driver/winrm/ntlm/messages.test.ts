// NTLM messages: the one that [MS-NLMP] prints, and bytes that are none.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startNtlmExchange } from "./client.ts";
import { AV, decodeAuthenticate, decodeAvPairs, decodeChallenge, encodeChallenge } from "./messages.ts";

/** The CHALLENGE_MESSAGE of [MS-NLMP] section 4.2.4.3. */
const CHALLENGE = Buffer.from(
  "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f" +
    "530065007200760065007200" +
    "02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000",
  "hex",
);

describe("driver/winrm/ntlm/messages", () => {
  it("reads the published challenge and writes it again", () => {
    const challenge = decodeChallenge(CHALLENGE);
    assert.ok(challenge !== undefined);
    assert.equal(challenge.serverChallenge.toString("hex"), "0123456789abcdef");
    assert.equal(challenge.flags, 0xe28a8233);
    assert.equal(challenge.targetInfo.get(AV.domainName)?.toString("utf16le"), "Domain");
    assert.equal(challenge.targetInfo.get(AV.computerName)?.toString("utf16le"), "Server");
    const again = encodeChallenge(challenge, "Server");
    // Only the version differs, which is the sender's.
    assert.deepEqual(again.subarray(0, 48), CHALLENGE.subarray(0, 48));
    assert.deepEqual(again.subarray(56), CHALLENGE.subarray(56));
  });

  it("gives nothing for what is cut short or something else", () => {
    for (let length = 0; length < CHALLENGE.length; length++) {
      assert.equal(decodeChallenge(CHALLENGE.subarray(0, length)), undefined, String(length));
    }
    assert.equal(decodeAuthenticate(CHALLENGE), undefined);
    assert.equal(decodeAvPairs(Buffer.from("0200ffff0000", "hex")), undefined);
    assert.equal(decodeAvPairs(Buffer.from("02000000", "hex")), undefined, "no end mark");
  });

  it("names the domain apart, and sends user@domain whole", () => {
    const sent = (username: string) => {
      const context = {
        targetName: "HTTP/x",
        sealed: false,
        random: (length: number) => new Uint8Array(length),
        now: () => 0,
      };
      const answer = startNtlmExchange({ username, password: "p" }, context).answer(CHALLENGE);
      assert.ok(answer.ok);
      const { user, domain } = decodeAuthenticate(answer.token) ?? {};
      return [domain, user];
    };
    assert.deepEqual(sent("DOM\\user"), ["DOM", "user"]);
    assert.deepEqual(sent("user"), ["", "user"]);
    assert.deepEqual(sent("user@dom.example"), ["", "user@dom.example"]);
  });

  it("will not answer a challenge without the security that is needed", () => {
    const context = {
      targetName: "HTTP/x",
      sealed: true,
      random: (length: number) => new Uint8Array(length),
      now: () => 0,
    };
    const exchange = startNtlmExchange({ username: "u", password: "p" }, context);
    assert.deepEqual(exchange.answer(Buffer.from("hello")), { ok: false, problem: "no-challenge" });
    const without = (flags: number): Buffer => {
      const challenge = Buffer.from(CHALLENGE);
      challenge.writeUInt32LE((challenge.readUInt32LE(20) & ~flags) >>> 0, 20);
      return challenge;
    };
    assert.deepEqual(exchange.answer(without(0x20)), { ok: false, problem: "no-sealing" });
    assert.deepEqual(exchange.answer(without(0x20000000)), { ok: false, problem: "weak-sealing" }, "128 bits");
    assert.deepEqual(exchange.answer(without(0x40000000)), { ok: false, problem: "weak-sealing" }, "key exchange");
    assert.ok(exchange.answer(without(0x80000000)).ok, "56 bits are not asked for");
    const inTls = startNtlmExchange({ username: "u", password: "p" }, { ...context, sealed: false });
    assert.ok(inTls.answer(without(0x60000000)).ok, "TLS seals by itself");
    assert.deepEqual(exchange.answer(without(0x80000)), { ok: false, problem: "no-extended-security" });
  });
});

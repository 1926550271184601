// RC4 against RFC 6229 and the classic three examples.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rc4 } from "./rc4.ts";

describe("driver/winrm/rc4", () => {
  it("gives the key streams of RFC 6229 at offsets 0, 240 and 4096", () => {
    const stream = rc4(Buffer.from("0102030405", "hex"))(Buffer.alloc(4112));
    assert.equal(stream.subarray(0, 16).toString("hex"), "b2396305f03dc027ccc3524a0a1118a8");
    assert.equal(stream.subarray(240, 256).toString("hex"), "28cb1132c96ce286421dcaadb8b69eae");
    assert.equal(stream.subarray(4096, 4112).toString("hex"), "ff25b58995996707e51fbdf08b34d875");
  });

  it("encrypts the well-known examples", () => {
    assert.equal(rc4(Buffer.from("Key"))(Buffer.from("Plaintext")).toString("hex"), "bbf316e8d940af0ad3");
    assert.equal(rc4(Buffer.from("Wiki"))(Buffer.from("pedia")).toString("hex"), "1021bf0420");
    assert.equal(
      rc4(Buffer.from("Secret"))(Buffer.from("Attack at dawn")).toString("hex"),
      "45a01f645fc35b383552544b9bf5",
    );
  });

  it("goes on where the last call ended", () => {
    const whole = rc4(Buffer.from("Key"))(Buffer.from("Plaintext"));
    const stream = rc4(Buffer.from("Key"));
    assert.deepEqual(Buffer.concat([stream(Buffer.from("Plain")), stream(Buffer.from("text"))]), whole);
  });
});

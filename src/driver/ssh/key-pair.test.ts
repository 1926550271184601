// Temporary key pairs that cannot be made.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import { generateKeyPair } from "./key-pair.ts";

describe("driver/ssh/key-pair", () => {
  for (const [type, bits, allowed] of [
    ["rsa", 512, "at least 1024"],
    ["ecdsa", 300, "256, 384 or 521"],
  ] as const) {
    test(`${type} with ${bits} bits is refused with the sizes there are`, async () => {
      const { diagnostics } = await rejectsWith(generateKeyPair(type, { bits }), {
        code: "communicator/ssh-key",
        failure: "template",
        message: `A temporary ${type} key cannot have ${bits} bits`,
      });
      assert.ok(diagnostics[0]?.hint?.includes(allowed), diagnostics[0]?.hint);
    });
  }
});

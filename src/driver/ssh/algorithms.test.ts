import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { algorithmsFor, ciphers, keyExchanges } from "./algorithms.ts";

const nowhere = { host: "192.0.2.1", port: 22, credentials: { username: "me" } };

describe("driver/ssh algorithms", () => {
  test("what is known here is what the library knows", () => {
    const known = createRequire(import.meta.url)("ssh2/lib/protocol/constants.js") as Record<string, readonly string[]>;
    assert.deepEqual(ciphers, known["SUPPORTED_CIPHER"]);
    assert.deepEqual(keyExchanges, known["SUPPORTED_KEX"]);
  });

  test("a list keeps its order, and names that nobody here knows are left out of it", () => {
    const asked = {
      ...nowhere,
      ciphers: ["aes256-ctr", "arcfour", "aes128-ctr"],
      keyExchange: ["x", "curve25519-sha256"],
    };
    assert.deepEqual(algorithmsFor(asked), { cipher: ["aes256-ctr", "aes128-ctr"], kex: ["curve25519-sha256"] });
  });
});

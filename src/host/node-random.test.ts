// Random numbers of the real machine.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeHost } from "./node.ts";

describe("host/random", () => {
  it("gives whole numbers below any limit that a number can hold", () => {
    const { random } = nodeHost();
    for (const below of [1, 2, 9999, 2 ** 32, 2 ** 32 + 1, 2 ** 47, 2 ** 53]) {
      const numbers = Array.from({ length: 64 }, () => random.integer(below));
      assert.ok(
        numbers.every((number) => Number.isSafeInteger(number) && number >= 0 && number < below),
        String(below),
      );
      if (below > 2 ** 32) {
        assert.ok(new Set(numbers).size === 64);
      }
    }
  });
});

// Wildcards against what they mean, and against patterns that are made to take for ever.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { anyMany, anyOne, joinWildcards, literally, matchAny, type WildcardPart } from "./wildcards.ts";

/** `*`, `?` and everything else as it stands. */
function read(pattern: string): readonly WildcardPart[] {
  return [...pattern].flatMap((character) => {
    if (character === "*") {
      return [anyMany];
    }
    return character === "?" ? [anyOne] : literally(character);
  });
}

/** The same numbers in every run. */
function randomNumbers(seed: number): () => number {
  let last = seed;
  return () => {
    last = (last * 48271) % 2147483647;
    return last;
  };
}

describe("diagnostic/wildcards", () => {
  test("a pattern fits what a regular expression of the same meaning fits", () => {
    const letters = ["a", "b", "*", "?", "é", "😀"];
    const texts = ["", "a", "ab", "aab", "ba", "é", "a😀b", "*", "abab", "\n"];
    const random = randomNumbers(7);
    for (let round = 0; round < 2000; round++) {
      const pattern = Array.from({ length: round % 6 }, () => letters[random() % letters.length]).join("");
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");
      for (const text of texts) {
        assert.equal(joinWildcards(read(pattern)).test(text), expression.test(text), `${pattern} with ${text}`);
      }
    }
  });

  test("choices and classes are taken, one within the other", () => {
    const digits = matchAny("0-9");
    const { test: fits } = joinWildcards([...read("v"), { choice: [[digits], [...read("x"), digits, anyMany], []] }]);
    assert.deepEqual(["v", "v1", "vx1", "vx1abc"].map(fits), [true, true, true, true]);
    assert.deepEqual(["", "vx", "v12", "va"].map(fits), [false, false, false, false]);
    assert.throws(() => matchAny("z-a"), SyntaxError);
  });

  test("many stars over a long name are through in a moment", () => {
    const begun = performance.now();
    assert.equal(joinWildcards(read(`${"*a".repeat(60)}*b`)).test("a".repeat(4000)), false);
    assert.equal(joinWildcards(read("*".repeat(200))).test("a".repeat(4000)), true);
    assert.ok(performance.now() - begun < 3000, `${performance.now() - begun} ms`);
  });
});

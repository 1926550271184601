import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeDuration } from "./duration.ts";

describe("sdk/duration", () => {
  const cases: readonly [number, string][] = [
    [0, "0s"],
    [0.000001, "1ns"],
    [0.0015, "1.5µs"],
    [300, "300ms"],
    [1000, "1s"],
    [1500, "1.5s"],
    [60_000, "1m0s"],
    [90_500, "1m30.5s"],
    [600_000, "10m0s"],
    [3_600_000, "1h0m0s"],
    [90_061_001, "25h1m1.001s"],
    [-2000, "-2s"],
  ];
  for (const [milliseconds, text] of cases) {
    test(`${milliseconds} ms reads ${text}`, () => assert.equal(writeDuration(milliseconds), text));
  }
});

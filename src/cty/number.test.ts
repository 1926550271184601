import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ArithmeticError,
  add,
  type BigFloat,
  compareNumbers,
  divide,
  fromDouble,
  fromInteger,
  isWhole,
  multiply,
  negate,
  parseDecimal,
  remainder,
  subtract,
  toDouble,
  truncate,
} from "./number.ts";
import { numberText } from "./number-text.ts";

function decimal(text: string): BigFloat {
  const n = parseDecimal(text);
  assert.ok(n !== undefined, `${text} is a number`);
  return n;
}

describe("cty/number", () => {
  it("writes a number as it was written, without an exponent", () => {
    for (const text of [
      "0",
      "1",
      "-1",
      "10",
      "0.1",
      "-0.25",
      "3.14159265358979323846264338327950288419716939937510582097494459",
      "123456789012345678901234567890.5",
    ]) {
      assert.equal(numberText(decimal(text)), text);
    }
    assert.equal(numberText(decimal("1e3")), "1000");
    assert.equal(numberText(decimal("25e-4")), "0.0025");
    assert.equal(numberText(decimal("1.500")), "1.5");
    assert.equal(numberText(decimal("1e100")), `1${"0".repeat(100)}`);
  });

  it("adds decimals without the errors of doubles", () => {
    assert.equal(numberText(add(decimal("0.1"), decimal("0.2"))), "0.3");
    assert.equal(numberText(subtract(decimal("1.5"), decimal("0.5"))), "1");
    assert.equal(numberText(add(decimal("9007199254740992"), decimal("1"))), "9007199254740993");
  });

  it("writes a third with all digits that 512 bits hold", () => {
    assert.equal(numberText(divide(decimal("1"), decimal("3"))), `0.${"3".repeat(154)}5`);
    assert.equal(numberText(multiply(divide(decimal("1"), decimal("3")), decimal("3"))), "1");
  });

  it("keeps 64 bits for counts, so that their quotient is shorter", () => {
    assert.equal(numberText(divide(fromInteger(1), fromInteger(3))), "0.33333333333333333334");
  });

  it("leaves a remainder with the sign of the dividend", () => {
    assert.equal(numberText(remainder(decimal("-7"), decimal("3"))), "-1");
    assert.equal(numberText(remainder(decimal("7"), decimal("-3"))), "1");
    assert.equal(numberText(remainder(decimal("5.5"), decimal("2"))), "1.5");
    assert.equal(numberText(remainder(decimal("1"), decimal("0"))), "1");
  });

  it("knows infinity, and refuses what has no result", () => {
    const infinite = divide(decimal("1"), decimal("0"));
    assert.equal(numberText(infinite), "+Inf");
    assert.equal(numberText(divide(decimal("-1"), decimal("0"))), "-Inf");
    assert.equal(numberText(add(infinite, decimal("1"))), "+Inf");
    assert.equal(numberText(divide(decimal("1"), infinite)), "0");
    assert.equal(compareNumbers(infinite, decimal("1e300")) > 0, true);
    assert.throws(() => divide(decimal("0"), decimal("0")), ArithmeticError);
    assert.throws(() => subtract(infinite, infinite), ArithmeticError);
    assert.throws(() => multiply(infinite, decimal("0")), ArithmeticError);
    assert.throws(() => truncate(infinite), ArithmeticError);
  });

  it("reads only decimal numbers", () => {
    for (const text of ["", " 1", "1 ", "0x10", "1_000", "1,5", "e5", "--1", "1e", "Inf", "NaN", "."]) {
      assert.equal(parseDecimal(text), undefined, text);
    }
    assert.equal(numberText(decimal("+5")), "5");
    assert.equal(numberText(decimal(".5")), "0.5");
  });

  it("refuses numbers that would take megabytes to write", () => {
    assert.equal(parseDecimal("1e999999999"), undefined);
    assert.equal(parseDecimal("9".repeat(20_000)), undefined);
    let n = decimal("1e100000");
    assert.throws(() => {
      for (let i = 0; i < 10; i++) {
        n = multiply(n, n);
      }
    }, ArithmeticError);
    assert.equal(numberText(decimal("1e-999999999")), "0");
  });

  it("gives the nearest double", () => {
    for (const n of [0, 1, -1.5, 0.1, 1e21, 1 / 3, 5e-324, Number.MAX_VALUE, Number.MIN_VALUE * 3]) {
      assert.equal(toDouble(decimal(String(n))), n);
    }
    assert.equal(toDouble(decimal("1e400")), Number.POSITIVE_INFINITY);
    assert.equal(toDouble(divide(decimal("1"), decimal("3"))), 1 / 3);
  });

  it("takes doubles exactly", () => {
    assert.equal(numberText(fromDouble(0.1)), "0.1");
    assert.equal(numberText(fromDouble(2 ** 60)), "1152921504606847000");
    assert.equal(compareNumbers(fromDouble(0.5), decimal("0.5")), 0);
    assert.notEqual(compareNumbers(fromDouble(0.1), decimal("0.1")), 0);
  });

  it("compares by size", () => {
    const sorted = ["-1e9", "-2", "-1.5", "0", "1e-9", "0.5", "1", "1e9"];
    const mixed = [...sorted].reverse().map(decimal);
    assert.deepEqual(
      mixed.sort(compareNumbers).map(numberText),
      sorted.map((text) => numberText(decimal(text))),
    );
    assert.equal(compareNumbers(decimal("0"), negate(decimal("0"))), 0);
  });

  it("knows whole numbers", () => {
    assert.equal(isWhole(decimal("10")), true);
    assert.equal(isWhole(decimal("1e3")), true);
    assert.equal(isWhole(decimal("1.5")), false);
    assert.equal(truncate(decimal("-1.9")), -1n);
  });

  it("agrees with doubles where doubles are exact", () => {
    const values = [0, 1, -3, 7, 100, 0.5, -0.25, 1024, 12345];
    for (const a of values) {
      for (const b of values) {
        assert.equal(toDouble(add(fromDouble(a), fromDouble(b))), a + b);
        assert.equal(toDouble(multiply(fromDouble(a), fromDouble(b))) + 0, a * b + 0);
        if (b !== 0) {
          assert.equal(toDouble(divide(decimal(String(a)), decimal(String(b)))) + 0, a / b + 0);
        }
      }
    }
  });
});

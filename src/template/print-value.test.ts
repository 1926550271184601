// Values as the console shows them, recorded from packer 1.6.6.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { needs } from "../../test/needs.ts";
import { functionScope } from "../../test/spec/functions/scope.ts";
import { stringType } from "../cty/type.ts";
import { sensitive, unknownValue, withMarks } from "../cty/value.ts";
import { evaluate } from "../hcl/evaluate.ts";
import { parseExpression } from "../hcl/parser.ts";
import { printValue } from "./print-value.ts";

const recorded: Readonly<Record<string, string>> = {
  "1000000": "1000000",
  "9223372036854775807": "9223372036854775807",
  "9223372036854775808": "9.223372036854776e+18",
  "-9223372036854775808": "-9223372036854775808",
  "1e21": "1e+21",
  "1234567.5": "1.2345675e+06",
  "123456.5": "123456.5",
  "0.0001": "0.0001",
  "0.00001": "1e-05",
  "1/3": "0.3333333333333333",
  "-0": "0",
  "pow(2, 2000)": "+Inf",
  true: "true",
  null: "null",
  '"a\\nb"': "a\nb",
  '["a\\nb\\u0001\\u007f\\u00ad€😀\\u2028"]': '[\n  "a\\nb\\x01\\x7f\\u00ad€😀\\u2028",\n]',
  "{}": "{}",
  "[]": "[]",
  "[null, [], {}]": "[\n  null,\n  [],\n  {},\n]",
  "{a = null}": "{}",
  "{a = [null], b = null}": '{\n  "a" = [\n    null,\n  ]\n}',
  "{a = [{b = 1}, {c = [1, {d = 2}]}]}":
    '{\n  "a" = [\n    {\n      "b" = 1\n    },\n    {\n      "c" = [\n        1,\n        {\n          "d" = 2\n        },\n      ]\n    },\n  ]\n}',
  'convert(["b", "a"], set(string))': '[\n  "a",\n  "b",\n]',
  '{"a b" = 1, a-b = 2, "é" = 3, "" = 4}': '{\n  "" = 4\n  "a b" = 1\n  "a-b" = 2\n  "é" = 3\n}',
};

function evaluated(text: string) {
  return evaluate(parseExpression(text).expression, functionScope).value;
}

describe("template/print-value", () => {
  for (const [text, shown] of Object.entries(recorded)) {
    it(`shows ${text}`, () => assert.equal(printValue(evaluated(text)), shown));
  }

  it("shows the same as packer's console", (t) => {
    if (!needs(t, "packer")) {
      return;
    }
    const expressions = Object.keys(recorded);
    const { stdout } = spawnSync("packer", ["console", "-config-type=hcl2"], {
      input: `[${expressions.join(", ")}]\n`,
      encoding: "utf8",
    });
    assert.equal(`${printValue(evaluated(`[${expressions.join(", ")}]`))}\n`, stdout);
  });

  it("puts a string in quotes when it is part of something", () => {
    assert.equal(printValue(evaluated('"a"'), { nested: true }), '"a"');
  });

  it("hides every part of a secret, and nothing else", () => {
    const secret = withMarks(evaluated('{a = "hush", b = [5, true, null, ""]}'), [sensitive]);
    assert.equal(
      printValue(secret),
      '{\n  "a" = "<sensitive>"\n  "b" = [\n    <sensitive>,\n    <sensitive>,\n    null,\n    "",\n  ]\n}',
    );
    assert.equal(printValue(evaluated('["hush"]')), '[\n  "hush",\n]');
  });

  it("shows nothing of what is known only in part", () => {
    assert.equal(printValue(unknownValue(stringType)), "<unknown>");
  });
});

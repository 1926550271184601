// Calls with whatever arguments: nothing crashes, and every mistake lies inside the call.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dynamicType, listType, numberType, objectType, stringType } from "../../../src/cty/type.ts";
import {
  listValue,
  objectValue,
  sensitive,
  setValue,
  stringValue,
  unknownValue,
  type Value,
  withMarks,
} from "../../../src/cty/value.ts";
import type { EvalContext } from "../../../src/hcl/context.ts";
import { evaluate } from "../../../src/hcl/evaluate.ts";
import { parseExpression } from "../../../src/hcl/parser.ts";
import { hclFunctions } from "../../../src/template/functions/registry.ts";
import { Random } from "../random.ts";
import { stillWorld } from "./scope.ts";

/** How many calls; `FUNCTION_FUZZ` asks for a longer run. */
const rounds = Number(process.env["FUNCTION_FUZZ"] ?? 4000);
const seed = Number(process.env["FUNCTION_FUZZ_SEED"] ?? 1);

const later = unknownValue(stringType);
const variables = new Map<string, Value>([
  ["later", later],
  ["anything", unknownValue(dynamicType)],
  ["later_list", unknownValue(listType(stringType))],
  ["later_number", unknownValue(numberType)],
  ["later_object", unknownValue(objectType([["a", stringType]]))],
  ["partly", listValue(stringType, [stringValue("a"), later])],
  ["partly_set", setValue(stringType, [stringValue("a"), later])],
  ["partly_object", objectValue([["a", later]])],
  ["secret", withMarks(stringValue("hush"), [sensitive])],
  ["secret_list", withMarks(listValue(stringType, [stringValue("hush")]), [sensitive])],
  ["secret_part", objectValue([["a", withMarks(stringValue("hush"), [sensitive])]])],
]);

const atoms = [
  ...variables.keys(),
  ..."null true false 0 1 -1 2 0.5 1e30 -1e400 1e-400 9223372036854775808 [] {} [null] [[]] [{}] {a=null}".split(" "),
  ...[
    '""',
    '"a"',
    '"é👍🏽"',
    '"\\u0000"',
    '"("',
    '"%d"',
    '"%s %[9]v"',
    '"2020-01-02T03:04:05Z"',
    '"1h"',
    '"YYYY"',
    '"a,b\\n1,2"',
    '"[1]"',
    '"a: [1, *x]"',
  ],
  ...[
    '"10.0.0.0/8"',
    '"::/0"',
    '"aGk="',
    '"utf-8"',
    '"dns"',
    '"hello.txt"',
    '"**"',
    '"~"',
    '"../"',
    '"greeting.tpl"',
    "number",
    "list(string)",
    "nope",
    '(1 + "x")',
  ],
  ...[
    '["a", "b"]',
    '[1, "a", true]',
    '{a = 1, b = "x"}',
    'convert(["b", "a"], set(string))',
    "convert({a = 1}, map(string))",
    "[[1], [2, 3]]",
    "[{a = 1}, {b = 2}]",
  ],
];

function argument(random: Random, depth: number): string {
  if (depth > 0 && random.below(4) === 0) {
    return `[${argument(random, depth - 1)}, ${argument(random, depth - 1)}]`;
  }
  if (depth > 0 && random.below(6) === 0) {
    return `{a = ${argument(random, depth - 1)}, "b c" = ${argument(random, depth - 1)}}`;
  }
  return random.pick(atoms, "null");
}

// Only what is slow on purpose is left out.
const world = { ...stillWorld, host: { ...stillWorld.host, homeDir: stillWorld.baseDir } };
const functions = new Map([...hclFunctions(world)].filter(([name]) => name !== "bcrypt"));
const names = [...functions.keys()];
const scope: EvalContext = { functions, variables };

describe("template/functions with whatever arguments", () => {
  it(`never crash and never mark what is outside the call, in ${rounds} calls`, () => {
    const random = new Random(seed);
    for (let round = 0; round < rounds; round++) {
      const name = random.pick(names, "abs");
      const { parameters, variadic } = functions.get(name) ?? { parameters: [] };
      const isWrong = random.below(10) === 0;
      const fitting = (): number => parameters.length + (variadic === undefined ? 0 : random.below(3));
      const count = isWrong ? random.below(5) : fitting();
      const args = Array.from({ length: count }, () => argument(random, 2)).join(", ");
      const call = `${name}(${args}${count > 0 && random.below(12) === 0 ? "..." : ""})`;
      const { expression, diagnostics } = parseExpression(call);
      const result = assertNoThrow(() => evaluate(expression, scope), call);
      for (const { code, subject } of [...diagnostics, ...result.diagnostics]) {
        assert.match(code, /^hcl\//, call);
        const inside = subject !== undefined && subject.start.offset >= 0 && subject.end.offset <= call.length;
        assert.ok(inside, `${call}: ${code} lies outside`);
      }
    }
  });
});

function assertNoThrow<T>(work: () => T, call: string): T {
  try {
    return work();
  } catch (thrown) {
    throw new Error(`${call} crashed`, { cause: thrown });
  }
}

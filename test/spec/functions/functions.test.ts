// Calls of functions that are kept as data, each with its value or with the mistakes it must lead to.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { boolType, dynamicType, listType, mapType, numberType, stringType } from "../../../src/cty/type.ts";
import { typeText } from "../../../src/cty/type-name.ts";
import {
  isKnown,
  isSensitive,
  listValue,
  objectValue,
  sensitive,
  stringValue,
  unknownValue,
  type Value,
  withMarks,
} from "../../../src/cty/value.ts";
import type { EvalContext } from "../../../src/hcl/context.ts";
import { evaluate } from "../../../src/hcl/evaluate.ts";
import { parseExpression } from "../../../src/hcl/parser.ts";
import { jsonText } from "../../../src/template/functions/json-text.ts";
import { functionDescriptions } from "../../../src/template/functions/registry.ts";
import { functionScope } from "./scope.ts";

interface FunctionCase {
  readonly call: string;
  readonly value?: unknown;
  /** The value as JSON, where numbers have more digits than JavaScript keeps. */
  readonly json?: string | undefined;
  /** The type of a value that is not known. */
  readonly unknown?: string | undefined;
  readonly secret?: boolean | undefined;
  /** Codes with their columns, such as `hcl/invalid-argument 5-9`. */
  readonly mistakes?: readonly string[] | undefined;
}

interface CaseFile {
  /** Where the outcomes come from. */
  readonly recorded: string;
  readonly cases: readonly FunctionCase[];
}

const hush = withMarks(stringValue("hush"), [sensitive]);
const variables = new Map<string, Value>([
  [
    "later",
    objectValue([
      ["any", unknownValue(dynamicType)],
      ["bool", unknownValue(boolType)],
      ["hidden", withMarks(unknownValue(stringType), [sensitive])],
      ["list", unknownValue(listType(stringType))],
      ["map", unknownValue(mapType(stringType))],
      ["number", unknownValue(numberType)],
      ["text", unknownValue(stringType)],
    ]),
  ],
  [
    "hidden",
    objectValue([
      ["text", hush],
      ["list", withMarks(listValue(stringType, ["a", "b"].map(stringValue)), [sensitive])],
    ]),
  ],
]);
const scope: EvalContext = { ...functionScope, variables };

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, ...(JSON.parse(readFileSync(new URL(name, folder), "utf8")) as CaseFile) }));

/** What came of a call, in the words of the cases. */
function outcome(call: string): Omit<FunctionCase, "call"> {
  const { expression, diagnostics } = parseExpression(call);
  const result = evaluate(expression, scope);
  const mistakes = [...diagnostics, ...result.diagnostics];
  if (mistakes.length > 0) {
    return { mistakes: mistakes.map(({ code, subject }) => `${code} ${subject?.start.column}-${subject?.end.column}`) };
  }
  const { value } = result;
  const secret = isSensitive(value) ? { secret: true } : {};
  return isKnown(value) ? { json: jsonText(value), ...secret } : { unknown: typeText(value.type), ...secret };
}

function expected({ call, value, ...rest }: FunctionCase): Omit<FunctionCase, "call"> {
  return value === undefined ? rest : { json: JSON.stringify(value), ...rest };
}

/** JSON without what Packer escapes for HTML. */
function plain({ json, ...rest }: Omit<FunctionCase, "call">, exact: boolean): Omit<FunctionCase, "call"> {
  if (json === undefined) {
    return rest;
  }
  return { json: exact ? json : JSON.stringify(JSON.parse(json)), ...rest };
}

for (const { name, recorded, cases } of files) {
  describe(`template/functions ${name.replace(".json", "")}, as ${recorded}`, () => {
    for (const one of cases) {
      it(one.call, () => {
        const exact = one.json !== undefined;
        assert.deepEqual(plain(outcome(one.call), exact), plain(expected(one), exact));
      });
    }
  });
}

describe("template/functions as a whole", () => {
  it("has a case for every function", () => {
    const called = new Set(files.flatMap(({ cases }) => cases.flatMap(({ call }) => /^\w+/.exec(call)?.[0] ?? [])));
    assert.deepEqual(
      functionDescriptions()
        .filter(({ name }) => !called.has(name))
        .map(({ name }) => name),
      [],
    );
  });

  it("describes every function in sentences", () => {
    for (const { name, description } of functionDescriptions()) {
      assert.match(description, /^[A-Z`-].*\.$/s, name);
    }
  });
});

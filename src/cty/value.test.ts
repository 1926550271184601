import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { convert } from "./convert.ts";
import { valuesEqual } from "./equal.ts";
import { problemText } from "./mismatch.ts";
import { numberText } from "./number-text.ts";
import { pathText, walkValue } from "./path.ts";
import {
  boolType,
  compareStrings,
  dynamicType,
  hasDynamic,
  listType,
  mapType,
  numberType,
  objectType,
  setType,
  stringType,
  tupleType,
  typesEqual,
  withoutOptional,
} from "./type.ts";
import { friendlyName, typeText, withArticle } from "./type-name.ts";
import { unifyTypes } from "./unify.ts";
import {
  allMarks,
  asElements,
  asEntries,
  asNumber,
  asString,
  boolValue,
  isSensitive,
  isWhollyKnown,
  listEntries,
  listValue,
  mapParts,
  nullValue,
  numberValue,
  objectValue,
  sensitive,
  setValue,
  stringValue,
  tupleValue,
  unknownValue,
  untypedNull,
  type Value,
  withMarks,
  withoutAnyMarks,
} from "./value.ts";

const secret = (value: Value) => withMarks(value, [sensitive]);

describe("cty/value", () => {
  it("keeps strings in normal form", () => {
    assert.equal(asString(stringValue("e\u0301")), "\u00e9");
    assert.deepEqual([...asEntries(objectValue([["e\u0301", untypedNull]])).keys()], ["\u00e9"]);
  });

  it("orders the elements of a set and drops repetitions", () => {
    const numbers = setValue(
      numberType,
      [10, 9, 9, -1].map((n) => numberValue(n)),
    );
    assert.deepEqual(
      asElements(numbers).map((n) => numberText(asNumber(n))),
      ["-1", "9", "10"],
    );
    const strings = setValue(stringType, ["b", "a", "Z", "\u{1f600}", "\uffee"].map(stringValue));
    assert.deepEqual(asElements(strings).map(asString), ["Z", "a", "b", "\uffee", "\u{1f600}"]);
    const withNull = setValue(boolType, [nullValue(boolType), boolValue(true), boolValue(false)]);
    assert.deepEqual(
      asElements(withNull).map(({ data }) => data),
      [false, true, null],
    );
  });

  it("moves marks of elements to the set", () => {
    const set = setValue(stringType, [secret(stringValue("a")), stringValue("b")]);
    assert.deepEqual([...set.marks], [sensitive]);
    assert.equal(
      asElements(set).some((element) => element.marks.size > 0),
      false,
    );
  });

  it("finds and removes marks at any depth", () => {
    const value = objectValue([["a", tupleValue([secret(stringValue("x")), withMarks(numberValue(1), ["other"])])]]);
    assert.equal(isSensitive(value), true);
    assert.deepEqual([...allMarks(value)].sort(), ["other", sensitive]);
    assert.equal(allMarks(withoutAnyMarks(value)).size, 0);
    assert.equal(secret(secret(value)).marks.size, 1);
  });

  it("knows whether anything in it is unknown", () => {
    assert.equal(isWhollyKnown(tupleValue([numberValue(1)])), true);
    assert.equal(isWhollyKnown(tupleValue([unknownValue(numberType)])), false);
    assert.equal(isWhollyKnown(untypedNull), true);
  });

  it("walks through entries and parts with the way to each", () => {
    const value = objectValue([["a", listValue(numberType, [numberValue(5)])]]);
    const paths: string[] = [];
    walkValue(value, (_, path) => paths.push(pathText(path)));
    assert.deepEqual(paths, ["", ".a", ".a[0]"]);
    assert.deepEqual(
      listEntries(value).map(([key]) => key.data),
      ["a"],
    );
    assert.equal(pathText([{ key: 'odd "key"' }]), '["odd \\"key\\""]');
    assert.deepEqual(mapParts(tupleValue([numberValue(1)]), () => numberValue(2)).data, [numberValue(2)]);
  });
});

describe("cty/equality", () => {
  it("says nothing while an unknown value could decide", () => {
    assert.equal(valuesEqual(unknownValue(numberType), numberValue(1)), undefined);
    assert.equal(valuesEqual(unknownValue(numberType), stringValue("1")), false);
    assert.equal(
      valuesEqual(tupleValue([unknownValue(numberType), numberValue(1)]), tupleValue([numberValue(0), numberValue(2)])),
      false,
    );
    assert.equal(
      valuesEqual(tupleValue([unknownValue(numberType), numberValue(1)]), tupleValue([numberValue(0), numberValue(1)])),
      undefined,
    );
  });

  it("makes null equal to null, whatever their types", () => {
    assert.equal(valuesEqual(untypedNull, nullValue(stringType)), true);
    assert.equal(valuesEqual(untypedNull, stringValue("")), false);
  });
});

describe("cty/type", () => {
  const person = objectType(
    [
      ["name", stringType],
      ["age", numberType],
    ],
    new Set(["age"]),
  );

  it("has names for messages and for templates", () => {
    assert.equal(friendlyName(listType(mapType(numberType))), "list of map of number");
    assert.equal(withArticle(person), "an object");
    assert.equal(withArticle(dynamicType), "a value of any type");
    assert.equal(typeText(person), "object({age = optional(number), name = string})");
    assert.equal(
      typeText(tupleType([setType(boolType), objectType([["a b", dynamicType]])])),
      'tuple([set(bool), object({"a b" = any})])',
    );
  });

  it("compares by structure", () => {
    assert.equal(
      typesEqual(
        person,
        objectType(
          [
            ["age", numberType],
            ["name", stringType],
          ],
          new Set(["age"]),
        ),
      ),
      true,
    );
    assert.equal(typesEqual(person, withoutOptional(person)), false);
    assert.equal(typesEqual(tupleType([stringType]), tupleType([numberType])), false);
    assert.equal(hasDynamic(mapType(tupleType([dynamicType]))), true);
    assert.equal(hasDynamic(person), false);
  });

  it("orders strings by code point", () => {
    assert.deepEqual(["\u{10000}", "\uffff", "b", "a", "ab"].sort(compareStrings), [
      "a",
      "ab",
      "b",
      "\uffff",
      "\u{10000}",
    ]);
  });

  it("finds one type for several", () => {
    assert.equal(unifyTypes([numberType, stringType], "safe"), stringType);
    assert.equal(unifyTypes([numberType, boolType], "unsafe"), undefined);
    assert.deepEqual(unifyTypes([], "safe"), dynamicType);
    assert.deepEqual(unifyTypes([listType(numberType), tupleType([stringType])], "safe"), listType(stringType));
    assert.deepEqual(unifyTypes([mapType(numberType), objectType([["a", stringType]])], "unsafe"), mapType(stringType));
    assert.deepEqual(unifyTypes([numberType, dynamicType], "unsafe"), numberType);
    assert.equal(unifyTypes([objectType([]), tupleType([])], "unsafe"), undefined);
  });
});

describe("cty/conversion", () => {
  const problem = (value: Value, type: Parameters<typeof convert>[1]): string => {
    const converted = convert(value, type);
    return converted.ok ? "fits" : problemText(converted.problem);
  };

  it("says which part does not fit, and what was expected of it", () => {
    const ports = listType(objectType([["port", numberType]]));
    const given = tupleValue([objectValue([["port", numberValue(1)]]), objectValue([["port", stringValue("http")]])]);
    assert.equal(problem(given, ports), "[1].port: a number is required");
    assert.equal(problem(tupleValue([objectValue([])]), ports), '[0]: attribute "port" is required');
    assert.equal(problem(stringValue("a"), ports), "a list of object is required, not a string");
    assert.equal(
      problem(
        objectValue([]),
        objectType([
          ["a", stringType],
          ["b", stringType],
          ["c", stringType],
        ]),
      ),
      'attributes "a", "b" and "c" are required',
    );
    assert.equal(
      problem(stringValue("TRUE"), boolType),
      'a bool is required; to convert from string, use lowercase "true"',
    );
    assert.equal(
      problem(tupleValue([numberValue(1), boolValue(true)]), listType(dynamicType)),
      "all list elements must have the same type",
    );
  });

  it("keeps marks of the whole and of the parts", () => {
    const converted = convert(secret(tupleValue([numberValue(1)])), listType(stringType));
    assert.ok(converted.ok);
    assert.deepEqual([...converted.value.marks], [sensitive]);
    const inner = convert(tupleValue([secret(numberValue(1))]), listType(stringType));
    assert.ok(inner.ok);
    assert.deepEqual([...(asElements(inner.value)[0]?.marks ?? [])], [sensitive]);
  });

  it("gives null elements the type of the others", () => {
    const converted = convert(tupleValue([untypedNull, numberValue(1)]), listType(dynamicType));
    assert.ok(converted.ok);
    assert.equal(typeText(converted.value.type), "list(number)");
    assert.equal(
      problem(
        objectValue([
          ["a", untypedNull],
          ["b", tupleValue([])],
          ["c", stringValue("x")],
        ]),
        mapType(dynamicType),
      ),
      "all map elements must have the same type",
    );
  });
});

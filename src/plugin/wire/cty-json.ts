// Values of the template language with their types, as JSON: how a configuration goes to a plugin.

import type { BigFloat } from "../../cty/number.ts";
import { parseDecimal } from "../../cty/number.ts";
import { numberText } from "../../cty/number-text.ts";
import {
  boolType,
  dynamicType,
  listType,
  mapType,
  numberType,
  objectType,
  setType,
  stringType,
  type Type,
  tupleType,
} from "../../cty/type.ts";
import {
  boolValue,
  listParts,
  listValue,
  mapValue,
  nullValue,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  tupleValue,
  unknown,
  type Value,
} from "../../cty/value.ts";

/** What came is not a value of the type that it says. */
export class CtyError extends Error {}

const DEEPEST = 200;

/** `{"value":…,"type":…}`; the value is known in all its parts. */
export function writeCtyJson(value: Value): string {
  return `{"value":${writeValue(value)},"type":${JSON.stringify(writeType(value.type))}}`;
}

/** A type as plugins write it: `"string"`, `["list","string"]`, `["object",{…}]`. */
export function writeType(type: Type): unknown {
  switch (type.kind) {
    case "list":
    case "set":
    case "map":
      return [type.kind, writeType(type.element)];
    case "tuple":
      return ["tuple", type.elements.map(writeType)];
    case "object":
      return ["object", Object.fromEntries([...type.attributes].map(([name, one]) => [name, writeType(one)]))];
    default:
      return type.kind;
  }
}

/** Reads a type. Throws `CtyError`. */
export function readType(from: unknown, depth = 0): Type {
  if (depth > DEEPEST) {
    throw new CtyError("a type is nested too deeply");
  }
  switch (from) {
    case "string":
      return stringType;
    case "number":
      return numberType;
    case "bool":
      return boolType;
    case "dynamic":
      return dynamicType;
    default:
      return readCompoundType(from, depth);
  }
}

function readCompoundType(from: unknown, depth: number): Type {
  const [kind, of] = Array.isArray(from) ? (from as readonly unknown[]) : [];
  const element = () => readType(of, depth + 1);
  if (kind === "list") {
    return listType(element());
  }
  if (kind === "set") {
    return setType(element());
  }
  if (kind === "map") {
    return mapType(element());
  }
  if (kind === "tuple" && Array.isArray(of)) {
    return tupleType(of.map((one) => readType(one, depth + 1)));
  }
  if (kind === "object" && typeof of === "object" && of !== null) {
    return objectType(Object.entries(of).map(([name, one]) => [name, readType(one, depth + 1)] as const));
  }
  throw new CtyError("a type in an unknown form came");
}

/** Reads a value of a known type from plain data: of JSON, or of MessagePack. Throws `CtyError`. */
export function readPlain(from: unknown, type: Type): Value {
  if (from === null || from === undefined) {
    return nullValue(type);
  }
  switch (type.kind) {
    case "string":
      return stringValue(expectText(from));
    case "number":
      return readNumber(from);
    case "bool":
      return boolValue(expectBool(from));
    case "list":
      return listValue(
        type.element,
        expectList(from).map((one) => readPlain(one, type.element)),
      );
    case "set":
      return setValue(
        type.element,
        expectList(from).map((one) => readPlain(one, type.element)),
      );
    case "map":
      return mapValue(
        type.element,
        expectEntries(from).map(([name, one]) => [name, readPlain(one, type.element)]),
      );
    case "tuple":
      return tupleValue(expectList(from).map((one, at) => readPlain(one, type.elements[at] ?? dynamicType)));
    case "object": {
      const given = new Map(expectEntries(from));
      return objectValue([...type.attributes].map(([name, one]) => [name, readPlain(given.get(name), one)]));
    }
    default:
      throw new CtyError("a value without a type came");
  }
}

function readNumber(from: unknown): Value {
  if (typeof from === "number" || typeof from === "bigint") {
    return numberValue(from);
  }
  const n = parseDecimal(expectText(from));
  if (n === undefined) {
    throw new CtyError(`"${expectText(from)}" came where a number was expected`);
  }
  return numberValue(n);
}

function expectText(from: unknown): string {
  if (typeof from !== "string") {
    throw new CtyError(`${typeof from} came where a string was expected`);
  }
  return from;
}

function expectBool(from: unknown): boolean {
  if (typeof from !== "boolean") {
    throw new CtyError(`${typeof from} came where a bool was expected`);
  }
  return from;
}

function expectList(from: unknown): readonly unknown[] {
  if (!Array.isArray(from)) {
    throw new CtyError(`${typeof from} came where a list was expected`);
  }
  return from as readonly unknown[];
}

function expectEntries(from: unknown): [string, unknown][] {
  if (typeof from !== "object" || from === null || Array.isArray(from)) {
    throw new CtyError(`${typeof from} came where an object was expected`);
  }
  return Object.entries(from);
}

/** A known value alone, as JSON. */
export function writeValue(value: Value): string {
  const { data } = value;
  if (data === unknown) {
    throw new CtyError("a value that is not known yet cannot go to a plugin");
  }
  if (data === null || typeof data === "boolean" || typeof data === "string") {
    return JSON.stringify(data);
  }
  if (data instanceof Map) {
    const entries = [...(data as ReadonlyMap<string, Value>)];
    return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${writeValue(one)}`).join(",")}}`;
  }
  return Array.isArray(data) ? `[${listParts(value).map(writeValue).join(",")}]` : numberText(data as BigFloat);
}

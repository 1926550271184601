// Turns a value into another type, or says which part of it does not fit.
import { isConvertible } from "./convertible.ts";
import { compatibilityProblem } from "./mismatch.ts";
import type { BigFloat } from "./number.ts";
import { parseDecimal } from "./number.ts";
import { numberText } from "./number-text.ts";
import type { Path, PathStep } from "./path.ts";
import type { CollectionType, ObjectType, TupleType, Type } from "./type.ts";
import { dynamicType, hasDynamic, isCollection, isPrimitive, typesEqual, withoutOptional } from "./type.ts";
import { unifyTypes } from "./unify.ts";
import type { Value } from "./value.ts";
import {
  boolValue,
  listValue,
  mapValue,
  nullValue,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  tupleValue,
  unknown,
  unknownValue,
  withMarks,
} from "./value.ts";

/** Why a value cannot be what is wanted: which part, and what was expected of it. */
interface ConversionProblem {
  readonly path: Path;
  /** Without the path and without a full stop, such as `a number is required`. */
  readonly message: string;
}

export type Conversion =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: ConversionProblem };

class ConversionFailure extends Error {
  readonly problem: ConversionProblem;

  constructor(path: Path, message: string) {
    super(message);
    this.problem = { path, message };
  }
}

/** The value as the wanted type; marks, null and unknown stay what they are. */
export function convert(value: Value, wanted: Type): Conversion {
  if (wanted.kind === "dynamic" || value.type === wanted) {
    return { ok: true, value };
  }
  try {
    return { ok: true, value: convertPart(value, wanted, []) };
  } catch (thrown) {
    if (thrown instanceof ConversionFailure) {
      return { ok: false, problem: thrown.problem };
    }
    throw thrown;
  }
}

function convertPart(value: Value, wanted: Type, path: Path): Value {
  if (wanted.kind === "dynamic") {
    return value;
  }
  if (typesEqual(value.type, wanted) && !hasDynamic(wanted)) {
    return value;
  }
  if (value.type.kind !== "dynamic" && !isConvertible(value.type, wanted, "unsafe")) {
    const { path: at, message } = compatibilityProblem(value, wanted, path);
    throw new ConversionFailure(at, message);
  }
  return withMarks(convertUnmarked(value, wanted, path), value.marks);
}

function convertUnmarked(value: Value, wanted: Type, path: Path): Value {
  if (value.data === null) {
    return nullValue(settleType(value.type, wanted));
  }
  if (value.data === unknown) {
    return unknownValue(settleType(value.type, wanted));
  }
  return convertKnown(value, wanted, path);
}

/** The type a null or unknown value gets: what is wanted, with the open parts taken from what it was. */
function settleType(from: Type, wanted: Type): Type {
  const plain = withoutOptional(wanted);
  if (!hasDynamic(plain) || from.kind === "dynamic") {
    return plain;
  }
  if (plain.kind === "dynamic") {
    return from;
  }
  if (isCollection(plain) && isCollection(from)) {
    return { kind: plain.kind, element: settleType(from.element, plain.element) };
  }
  return plain;
}

function convertKnown(value: Value, wanted: Type, path: Path): Value {
  if (isPrimitive(wanted)) {
    return convertPrimitive(value, wanted.kind, path);
  }
  if (isCollection(wanted)) {
    return convertToCollection(value, wanted, path);
  }
  if (wanted.kind === "tuple") {
    return convertToTuple(value, wanted, path);
  }
  return wanted.kind === "object" ? convertToObject(value, wanted, path) : value;
}

function convertPrimitive(value: Value, wanted: "string" | "number" | "bool", path: Path): Value {
  const { data } = value;
  if (wanted === "string") {
    return stringValue(typeof data === "boolean" ? String(data) : numberText(data as BigFloat));
  }
  if (typeof data !== "string") {
    return value;
  }
  if (wanted === "number") {
    const n = parseDecimal(data);
    if (n === undefined) {
      throw new ConversionFailure(path, "a number is required");
    }
    return numberValue(n);
  }
  if (data === "true" || data === "1") {
    return boolValue(true);
  }
  if (data === "false" || data === "0") {
    return boolValue(false);
  }
  const lower = data.toLowerCase();
  const slip = lower === "true" || lower === "false" ? `; to convert from string, use lowercase "${lower}"` : "";
  throw new ConversionFailure(path, `a bool is required${slip}`);
}

function convertToCollection(value: Value, wanted: CollectionType, path: Path): Value {
  const entries: [string, Value][] = [];
  const keyed = value.data instanceof Map;
  if (value.data instanceof Map) {
    for (const [key, part] of value.data) {
      const step: PathStep = value.type.kind === "object" ? { attribute: key } : { key };
      entries.push([key, convertPart(part, wanted.element, [...path, step])]);
    }
  } else if (Array.isArray(value.data)) {
    (value.data as readonly Value[]).forEach((part, index) => {
      entries.push([String(index), convertPart(part, wanted.element, [...path, { index }])]);
    });
  }
  const element = hasDynamic(wanted.element) ? oneType(value, entries, wanted, path) : withoutOptional(wanted.element);
  if (keyed) {
    return mapValue(element, entries);
  }
  const parts = entries.map(([, part]) => part);
  return wanted.kind === "set" ? setValue(element, parts) : listValue(element, parts);
}

/** Finds and applies the one type for elements that were wanted to be "any"; changes `entries`. */
function oneType(value: Value, entries: [string, Value][], wanted: CollectionType, path: Path): Type {
  if (entries.length === 0) {
    return isCollection(value.type) ? value.type.element : withoutOptional(wanted.element);
  }
  // Nulls and unknown values without a type take the type of the others.
  const types = entries.map(([, part]) => part.type).filter(({ kind }) => kind !== "dynamic");
  const element = unifyTypes(types, "unsafe");
  if (element === undefined) {
    const what = wanted.kind === "map" ? "map" : wanted.kind;
    throw new ConversionFailure(path, `all ${what} elements must have the same type`);
  }
  for (const entry of entries) {
    entry[1] = convertPart(entry[1], element, path);
  }
  return element;
}

function convertToTuple(value: Value, wanted: TupleType, path: Path): Value {
  if (!Array.isArray(value.data)) {
    return value;
  }
  const parts: readonly Value[] = value.data;
  return tupleValue(
    parts.map((part, index) => convertPart(part, wanted.elements[index] ?? dynamicType, [...path, { index }])),
  );
}

function convertToObject(value: Value, wanted: ObjectType, path: Path): Value {
  const given: ReadonlyMap<string, Value> = value.data instanceof Map ? value.data : new Map();
  const attributes: [string, Value][] = [];
  for (const [name, type] of wanted.attributes) {
    const part = given.get(name);
    if (part !== undefined) {
      attributes.push([name, convertPart(part, type, [...path, { attribute: name }])]);
    } else if (wanted.optional.has(name)) {
      attributes.push([name, nullValue(withoutOptional(type))]);
    } else {
      throw new ConversionFailure(path, `attribute "${name}" is required`);
    }
  }
  return objectValue(attributes);
}

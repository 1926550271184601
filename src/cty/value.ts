// Values: what an expression of a template comes to. Immutable, typed, possibly null, unknown or marked.
import type { BigFloat } from "./number.ts";
import { fromDouble, fromInteger } from "./number.ts";
import { sortSet } from "./set-order.ts";
import type { Type } from "./type.ts";
import {
  boolType,
  compareStrings,
  dynamicType,
  listType,
  mapType,
  numberType,
  objectType,
  setType,
  stringType,
  tupleType,
} from "./type.ts";

/** Stands where a value will only be known during the run. */
export const unknown: unique symbol = Symbol("unknown");

/** What a value holds, by its type: string, number, bool; elements of list, set, tuple; entries of map, object in the order of their keys. */
type ValueData = string | BigFloat | boolean | readonly Value[] | ReadonlyMap<string, Value> | null | typeof unknown;

/** Notes that travel with a value through every operation, such as `sensitive`. */
export type Marks = ReadonlySet<string>;

/** A value of a template. Build it with the functions of this file, which keep its promises. */
export interface Value {
  readonly type: Type;
  readonly data: ValueData;
  /** Marks of the value itself; elements carry their own. */
  readonly marks: Marks;
}

/** The mark of secrets. */
export const sensitive = "sensitive";

export const noMarks: Marks = new Set();

/** Below this all characters are in normal form. */
const mayNeedNormalizing = /[^\0-\u02ff]/;

/** A string, normalised to NFC. */
export function stringValue(text: string): Value {
  return { type: stringType, data: mayNeedNormalizing.test(text) ? text.normalize("NFC") : text, marks: noMarks };
}

export function numberValue(n: BigFloat | number | bigint): Value {
  return { type: numberType, data: toBigFloat(n), marks: noMarks };
}

function toBigFloat(n: BigFloat | number | bigint): BigFloat {
  if (typeof n === "number") {
    return fromDouble(n);
  }
  return typeof n === "bigint" ? fromInteger(n) : n;
}

export const trueValue: Value = { type: boolType, data: true, marks: noMarks };
export const falseValue: Value = { type: boolType, data: false, marks: noMarks };

export function boolValue(truth: boolean): Value {
  return truth ? trueValue : falseValue;
}

export function nullValue(type: Type): Value {
  return { type, data: null, marks: noMarks };
}

export function unknownValue(type: Type): Value {
  return { type, data: unknown, marks: noMarks };
}

/** Neither value nor type are known: what a failed expression comes to. */
export const dynamicValue: Value = unknownValue(dynamicType);

/** The null that was written down, before anything gives it a type. */
export const untypedNull: Value = nullValue(dynamicType);

/** A list; the caller has made the elements one type. */
export function listValue(element: Type, elements: readonly Value[]): Value {
  return { type: listType(element), data: elements, marks: noMarks };
}

export function tupleValue(elements: readonly Value[]): Value {
  return { type: tupleType(elements.map((element) => element.type)), data: elements, marks: noMarks };
}

/** A set: equal elements fall together, and marks of elements become marks of the whole. */
export function setValue(element: Type, elements: readonly Value[]): Value {
  const marks = new Set<string>();
  const plain = elements.map((each) => {
    const found = allMarks(each);
    for (const mark of found) {
      marks.add(mark);
    }
    return found.size === 0 ? each : withoutAnyMarks(each);
  });
  return withMarks({ type: setType(element), data: sortSet(plain), marks: noMarks }, marks);
}

function sortEntries(entries: Iterable<readonly [string, Value]>): ReadonlyMap<string, Value> {
  const normalised = [...entries].map(([name, value]): [string, Value] => [name.normalize("NFC"), value]);
  return new Map(normalised.sort(([a], [b]) => compareStrings(a, b)));
}

export function mapValue(element: Type, entries: Iterable<readonly [string, Value]>): Value {
  return { type: mapType(element), data: sortEntries(entries), marks: noMarks };
}

export function objectValue(attributes: Iterable<readonly [string, Value]>): Value {
  const data = sortEntries(attributes);
  return { type: objectType([...data].map(([name, value]) => [name, value.type])), data, marks: noMarks };
}

/** True when the value is there, null included; its parts may still be unknown. */
export function isKnown(value: Value): boolean {
  return value.data !== unknown;
}

export function isNull(value: Value): boolean {
  return value.data === null;
}

/** True when neither the value nor any part of it is unknown. */
export function isWhollyKnown(value: Value): boolean {
  if (value.data === unknown) {
    return false;
  }
  return listParts(value).every(isWhollyKnown);
}

/** The parts of a list, set, tuple, map or object; none for anything else. */
export function listParts(value: Value): readonly Value[] {
  if (Array.isArray(value.data)) {
    return value.data;
  }
  if (value.data instanceof Map) {
    return [...value.data.values()];
  }
  return [];
}

/** The string of a known string value. */
export function asString(value: Value): string {
  if (typeof value.data === "string") {
    return value.data;
  }
  throw new TypeError(`not a known string but ${value.type.kind}`);
}

export function asBool(value: Value): boolean {
  if (typeof value.data === "boolean") {
    return value.data;
  }
  throw new TypeError(`not a known bool but ${value.type.kind}`);
}

export function asNumber(value: Value): BigFloat {
  if (value.type.kind === "number" && value.data !== null && value.data !== unknown) {
    return value.data as BigFloat;
  }
  throw new TypeError(`not a known number but ${value.type.kind}`);
}

/** The elements of a known list, set or tuple. */
export function asElements(value: Value): readonly Value[] {
  if (Array.isArray(value.data)) {
    return value.data;
  }
  throw new TypeError(`not a known list, set or tuple but ${value.type.kind}`);
}

/** The entries of a known map or object, in the order of their keys. */
export function asEntries(value: Value): ReadonlyMap<string, Value> {
  if (value.data instanceof Map) {
    return value.data;
  }
  throw new TypeError(`not a known map or object but ${value.type.kind}`);
}

/** Keys and values of anything that can be walked: positions for lists and tuples, the element itself for sets. */
export function listEntries(value: Value): [key: Value, value: Value][] {
  if (value.data instanceof Map) {
    return [...value.data].map(([name, part]) => [stringValue(name), part]);
  }
  if (!Array.isArray(value.data)) {
    throw new TypeError(`${value.type.kind} cannot be walked`);
  }
  const elements: readonly Value[] = value.data;
  if (value.type.kind === "set") {
    return elements.map((element) => [element, element]);
  }
  return elements.map((element, i) => [numberValue(i), element]);
}

/** The value with these marks added to its own. */
export function withMarks(value: Value, marks: Iterable<string>): Value {
  let merged: Set<string> | undefined;
  for (const mark of marks) {
    if (value.marks.has(mark)) {
      continue;
    }
    merged ??= new Set(value.marks);
    merged.add(mark);
  }
  return merged === undefined ? value : { ...value, marks: merged };
}

/** The value without its own marks; its parts keep theirs. */
export function withoutMarks(value: Value): Value {
  return value.marks.size === 0 ? value : { ...value, marks: noMarks };
}

/** The marks of the value and of all its parts. */
export function allMarks(value: Value): Marks {
  const own = value.marks;
  let merged: Set<string> | undefined;
  for (const part of listParts(value)) {
    for (const mark of allMarks(part)) {
      if (own.has(mark) || merged?.has(mark)) {
        continue;
      }
      merged ??= new Set(own);
      merged.add(mark);
    }
  }
  return merged ?? own;
}

/** The value without marks anywhere in it. */
export function withoutAnyMarks(value: Value): Value {
  return allMarks(value).size === 0 ? value : mapParts(withoutMarks(value), withoutAnyMarks);
}

/** True when the value or a part of it is secret. */
export function isSensitive(value: Value): boolean {
  return allMarks(value).has(sensitive);
}

/** The value with each direct part replaced; the parts must keep their types. */
export function mapParts(value: Value, change: (part: Value) => Value): Value {
  if (Array.isArray(value.data)) {
    return { ...value, data: (value.data as readonly Value[]).map(change) };
  }
  if (value.data instanceof Map) {
    return { ...value, data: new Map([...value.data].map(([name, part]) => [name, change(part)])) };
  }
  return value;
}

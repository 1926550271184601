// A specification in gob, which plugins with an SDK older than 0.6 speak; every host has to.
import {
  boolType,
  listType,
  mapType,
  numberType,
  objectType,
  setType,
  stringType,
  type Type,
} from "../../../cty/type.ts";
import { type GobValue, readGob } from "../gob/gob.ts";
import { type ConfigSpec, makeSpec, SpecError, type SpecPart } from "./spec.ts";

const CTY = "github.com/zclconf/go-cty/cty.";
const DEEPEST = 100;

/** The letters by which the kinds of a primitive type are numbered. */
const primitives: Readonly<Record<string, Type>> = { S: stringType, N: numberType, B: boolType };

/** Reads what a plugin answered. Throws `SpecError` or `GobError`. */
export function readGobSpec(bytes: Uint8Array): ConfigSpec {
  return readLevel(readGob(bytes), 0);
}

function readLevel(value: GobValue, depth: number): ConfigSpec {
  if (!(value instanceof Map) || depth > DEEPEST) {
    throw new SpecError("a specification that is no object, or nested too deeply, came");
  }
  const parts: [string, SpecPart][] = [];
  for (const [key, part] of value as ReadonlyMap<string, GobValue>) {
    parts.push(readPart(key, part, depth));
  }
  return makeSpec(parts);
}

function readPart(key: string, part: GobValue, depth: number): [string, SpecPart] {
  const { name, value } = readInterface(part);
  const held = value instanceof Map ? (value as ReadonlyMap<string, GobValue>) : new Map<string, GobValue>();
  const called = held.get("TypeName") ?? held.get("Name");
  const required = held.get("Required") === true;
  switch (name.slice(name.lastIndexOf(".") + 1)) {
    case "AttrSpec":
      return [asText(called, key), { is: "argument", type: readGobType(held.get("Type"), 0), required }];
    case "BlockSpec":
      return [asText(called, key), { is: "block", required, nested: readNested(held.get("Nested"), depth) }];
    case "BlockListSpec":
    case "BlockSetSpec":
    case "BlockTupleSpec":
      return [asText(called, key), { is: "blocks", nested: readNested(held.get("Nested"), depth) }];
    default:
      throw new SpecError(`a part of the unknown kind "${name}" came`);
  }
}

function readNested(value: GobValue, depth: number): ConfigSpec {
  return readLevel(readInterface(value).value, depth + 1);
}

/** Reads a type, which is a stream of gob of its own, in bytes. Throws `SpecError` or `GobError`. */
export function readGobType(value: GobValue, depth = 0): Type {
  if (!(value instanceof Uint8Array) || depth > DEEPEST) {
    throw new SpecError("a type came in an unknown form, or is nested too deeply");
  }
  const read = readGob(value);
  const held = read instanceof Map ? (read as ReadonlyMap<string, GobValue>) : undefined;
  const { name, value: type } = readInterface(held?.get("Impl"));
  const parts = type instanceof Map ? (type as ReadonlyMap<string, GobValue>) : new Map<string, GobValue>();
  const element = () => readGobType(parts.get("ElementTypeT"), depth + 1);
  switch (name.startsWith(CTY) ? name.slice(CTY.length) : name) {
    case "primitiveType":
      return readPrimitive(parts.get("Kind"));
    case "typeList":
      return listType(element());
    case "typeSet":
      return setType(element());
    case "typeMap":
      return mapType(element());
    case "typeObject":
      return readObjectType(parts.get("AttrTypes"), depth);
    default:
      throw new SpecError(`the type "${name}" is not known`);
  }
}

function readPrimitive(kind: GobValue): Type {
  const type = typeof kind === "bigint" ? primitives[String.fromCharCode(Number(kind))] : undefined;
  if (type === undefined) {
    throw new SpecError("a simple type of an unknown kind came");
  }
  return type;
}

function readObjectType(types: GobValue, depth: number): Type {
  const attributes: [string, Type][] = [];
  if (types instanceof Map) {
    for (const [name, type] of types as ReadonlyMap<string, GobValue>) {
      attributes.push([name, readGobType(type, depth + 1)]);
    }
  }
  return objectType(attributes);
}

function readInterface(value: GobValue): { readonly name: string; readonly value: GobValue } {
  if (typeof value === "object" && !(value instanceof Map) && "name" in value) {
    return value;
  }
  throw new SpecError("something without the name of its type came");
}

function asText(value: GobValue, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

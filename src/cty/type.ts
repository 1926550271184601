// The types that values of a template can have.

/** A type, or a type constraint where it holds `dynamic` ("any") or optional attributes. */
export type Type = PrimitiveType | DynamicType | CollectionType | ObjectType | TupleType;

export interface PrimitiveType {
  readonly kind: "string" | "number" | "bool";
}

/** Not known yet, or anything goes. */
export interface DynamicType {
  readonly kind: "dynamic";
}

/** Any number of elements of one type. */
export interface CollectionType {
  readonly kind: "list" | "set" | "map";
  readonly element: Type;
}

/** Named attributes, each with its own type. */
export interface ObjectType {
  readonly kind: "object";
  readonly attributes: ReadonlyMap<string, Type>;
  /** Attributes that a value may leave out. Only in constraints: the type of a value has none. */
  readonly optional: ReadonlySet<string>;
}

/** A fixed number of elements, each with its own type. */
export interface TupleType {
  readonly kind: "tuple";
  readonly elements: readonly Type[];
}

export const stringType: PrimitiveType = { kind: "string" };
export const numberType: PrimitiveType = { kind: "number" };
export const boolType: PrimitiveType = { kind: "bool" };
export const dynamicType: DynamicType = { kind: "dynamic" };

export function listType(element: Type): CollectionType {
  return { kind: "list", element };
}

export function setType(element: Type): CollectionType {
  return { kind: "set", element };
}

export function mapType(element: Type): CollectionType {
  return { kind: "map", element };
}

const noneOptional: ReadonlySet<string> = new Set();

/** An object type; its attributes are kept in the order of their names. */
export function objectType(
  attributes: Iterable<readonly [string, Type]>,
  optional: ReadonlySet<string> = noneOptional,
): ObjectType {
  const sorted = [...attributes].sort(([a], [b]) => compareStrings(a, b));
  return { kind: "object", attributes: new Map(sorted), optional };
}

export function tupleType(elements: readonly Type[]): TupleType {
  return { kind: "tuple", elements };
}

export function isPrimitive(type: Type): type is PrimitiveType {
  return type.kind === "string" || type.kind === "number" || type.kind === "bool";
}

export function isCollection(type: Type): type is CollectionType {
  return type.kind === "list" || type.kind === "set" || type.kind === "map";
}

/** Compares strings by code point, which is also the order of their UTF-8 bytes. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) {
      continue;
    }
    const leftIsSurrogate = left >= 0xd800 && left <= 0xdfff;
    const rightIsSurrogate = right >= 0xd800 && right <= 0xdfff;
    if (leftIsSurrogate !== rightIsSurrogate) {
      return leftIsSurrogate ? 1 : -1;
    }
    return left - right;
  }
  return a.length - b.length;
}

export function typesEqual(a: Type, b: Type): boolean {
  if (a === b) {
    return true;
  }
  if (a.kind !== b.kind) {
    return false;
  }
  if (isCollection(a) && isCollection(b)) {
    return typesEqual(a.element, b.element);
  }
  if (a.kind === "tuple" && b.kind === "tuple") {
    return (
      a.elements.length === b.elements.length &&
      a.elements.every((element, i) => typesEqual(element, b.elements[i] ?? dynamicType))
    );
  }
  if (a.kind === "object" && b.kind === "object") {
    return objectTypesEqual(a, b);
  }
  return true;
}

function objectTypesEqual(a: ObjectType, b: ObjectType): boolean {
  if (a.attributes.size !== b.attributes.size || a.optional.size !== b.optional.size) {
    return false;
  }
  for (const [name, type] of a.attributes) {
    const other = b.attributes.get(name);
    if (other === undefined || !typesEqual(type, other) || a.optional.has(name) !== b.optional.has(name)) {
      return false;
    }
  }
  return true;
}

/** True when the type says "any" somewhere. */
export function hasDynamic(type: Type): boolean {
  switch (type.kind) {
    case "dynamic":
      return true;
    case "list":
    case "set":
    case "map":
      return hasDynamic(type.element);
    case "tuple":
      return type.elements.some(hasDynamic);
    case "object":
      return [...type.attributes.values()].some(hasDynamic);
    default:
      return false;
  }
}

/** The type without notes on optional attributes, as the type of a value is. */
export function withoutOptional(type: Type): Type {
  if (isCollection(type)) {
    return { kind: type.kind, element: withoutOptional(type.element) };
  }
  if (type.kind === "tuple") {
    return tupleType(type.elements.map(withoutOptional));
  }
  if (type.kind === "object") {
    return objectType([...type.attributes].map(([name, attribute]) => [name, withoutOptional(attribute)]));
  }
  return type;
}

// One type for several values: what the elements of a list or the arms of a condition become.
import type { Safety } from "./convertible.ts";
import { isConvertible } from "./convertible.ts";
import type { CollectionType, ObjectType, TupleType, Type } from "./type.ts";
import { dynamicType, isPrimitive, listType, mapType, objectType, tupleType, typesEqual } from "./type.ts";

/** The type that all of these can become, or undefined when there is none. */
export function unifyTypes(types: readonly Type[], safety: Safety): Type | undefined {
  const [first] = types;
  if (first === undefined) {
    return dynamicType;
  }
  if (types.every((type) => typesEqual(type, first))) {
    return first;
  }
  const structural = unifyStructure(types, safety);
  if (structural !== "none") {
    return structural;
  }
  return chooseAmong(types, safety);
}

/** A new type for types of one shape; "none" when their shapes do not decide. */
function unifyStructure(types: readonly Type[], safety: Safety): Type | undefined | "none" {
  const typed = types.filter((type) => type.kind !== "dynamic");
  const anyDynamic = typed.length < types.length;
  const kinds = new Set(typed.map((type) => type.kind));
  const only = (...allowed: Type["kind"][]) => [...kinds].every((kind) => allowed.includes(kind));
  for (const kind of ["map", "list", "set"] as const) {
    if (kinds.has(kind) && only(kind)) {
      return anyDynamic ? dynamicType : unifyElements(typed, kind, safety);
    }
  }
  if (kinds.has("object") && only("object")) {
    return anyDynamic ? dynamicType : unifyObjects(typed as ObjectType[], safety);
  }
  if (kinds.has("tuple") && only("tuple")) {
    return anyDynamic ? dynamicType : unifyTuples(typed as TupleType[], safety);
  }
  // A collection and what is written like one become the collection, where their elements allow it.
  for (const [kind, written] of [["map", "object"] as const, ["list", "tuple"] as const]) {
    const unified = kinds.has(kind) && only(kind, written) ? unifyElements(typed, kind, safety) : undefined;
    if (unified !== undefined) {
      return unified;
    }
  }
  return kinds.has("object") && kinds.has("tuple") ? undefined : "none";
}

function unifyElements(types: readonly Type[], kind: CollectionType["kind"], safety: Safety): Type | undefined {
  const parts = types.flatMap((type) => {
    if (type.kind === "object") {
      return [...type.attributes.values()];
    }
    if (type.kind === "tuple") {
      return type.elements;
    }
    return "element" in type ? [type.element] : [];
  });
  const element = unifyTypes(parts, safety);
  return element === undefined ? undefined : { kind, element };
}

/** Objects with the same names stay objects; others become a map where their attributes allow it. */
function unifyObjects(types: readonly ObjectType[], safety: Safety): Type | undefined {
  const names = [...(types[0]?.attributes.keys() ?? [])];
  const alike = types.every(
    (type) => type.attributes.size === names.length && names.every((name) => type.attributes.has(name)),
  );
  if (!alike) {
    const element = unifyTypes(
      types.flatMap((type) => [...type.attributes.values()]),
      safety,
    );
    return element === undefined ? undefined : mapType(element);
  }
  const attributes: [string, Type][] = [];
  for (const name of names) {
    const unified = unifyTypes(
      types.map((type) => type.attributes.get(name) ?? dynamicType),
      safety,
    );
    if (unified === undefined) {
      return undefined;
    }
    attributes.push([name, unified]);
  }
  return objectType(attributes);
}

/** Tuples of one length stay tuples; others become a list where their elements allow it. */
function unifyTuples(types: readonly TupleType[], safety: Safety): Type | undefined {
  const length = types[0]?.elements.length ?? 0;
  if (types.some((type) => type.elements.length !== length)) {
    const element = unifyTypes(
      types.flatMap((type) => type.elements),
      safety,
    );
    return element === undefined ? undefined : listType(element);
  }
  const elements: Type[] = [];
  for (let i = 0; i < length; i++) {
    const unified = unifyTypes(
      types.map((type) => type.elements[i] ?? dynamicType),
      safety,
    );
    if (unified === undefined) {
      return undefined;
    }
    elements.push(unified);
  }
  return tupleType(elements);
}

/** The first of the types, strings first and "any" last, that all others can become. */
function chooseAmong(types: readonly Type[], safety: Safety): Type | undefined {
  const preferred = types
    .map((type, position) => ({ type, position }))
    .sort((a, b) => rankType(a.type) - rankType(b.type) || a.position - b.position);
  for (const { type: wanted } of preferred) {
    const fits = types.every(
      (type) => typesEqual(type, wanted) || type.kind === "dynamic" || isConvertible(type, wanted, safety),
    );
    if (fits) {
      return types.some((type) => type.kind === "dynamic") && !isPrimitive(wanted) ? dynamicType : wanted;
    }
  }
  return undefined;
}

function rankType(type: Type): number {
  if (type.kind === "dynamic") {
    return 9;
  }
  if (type.kind === "string") {
    return 0;
  }
  if (isPrimitive(type)) {
    return 1;
  }
  if (type.kind === "list" || type.kind === "map") {
    return 2;
  }
  return type.kind === "set" ? 3 : 4;
}

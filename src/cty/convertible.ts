// Which types can be turned into which, judged by type alone.
import type { CollectionType, ObjectType, Type } from "./type.ts";
import { isCollection, isPrimitive } from "./type.ts";

/** How far a conversion may go: `safe` ones always succeed, `unsafe` ones may fail for some values, such as string to number. */
export type Safety = "safe" | "unsafe";

/** True when a value of type `from` can, at least sometimes, become a value of type `to`. */
export function isConvertible(from: Type, to: Type, safety: Safety): boolean {
  if (to.kind === "dynamic") {
    return true;
  }
  if (from.kind === "dynamic") {
    return safety === "unsafe";
  }
  if (isPrimitive(from)) {
    return isPrimitive(to) && primitiveConvertible(from.kind, to.kind, safety);
  }
  if (isPrimitive(to)) {
    return false;
  }
  if (isCollection(to)) {
    return toCollection(from, to, safety);
  }
  if (to.kind === "tuple") {
    return (
      from.kind === "tuple" &&
      from.elements.length === to.elements.length &&
      from.elements.every((element, i) => convertibleOrSame(element, to.elements[i], safety))
    );
  }
  if (from.kind === "object") {
    return objectToObject(from, to, safety);
  }
  return (
    from.kind === "map" &&
    safety === "unsafe" &&
    [...to.attributes.values()].every((type) => convertibleOrSame(from.element, type, safety))
  );
}

function primitiveConvertible(from: string, to: string, safety: Safety): boolean {
  if (from === to || to === "string") {
    return true;
  }
  return from === "string" && safety === "unsafe";
}

function convertibleOrSame(from: Type, to: Type | undefined, safety: Safety): boolean {
  if (to === undefined) {
    return false;
  }
  return isConvertible(from, to, safety) || (from.kind === "dynamic" && to.kind === "dynamic");
}

function toCollection(from: Type, to: CollectionType, safety: Safety): boolean {
  if (to.kind === "map") {
    if (from.kind === "map") {
      return convertibleOrSame(from.element, to.element, safety);
    }
    return (
      from.kind === "object" &&
      [...from.attributes.values()].every((type) => convertibleOrSame(type, to.element, safety))
    );
  }
  // A list forgets order and repetitions when it becomes a set, so that is never done unasked.
  if (to.kind === "set" && from.kind !== "set" && safety === "safe") {
    return false;
  }
  if (from.kind === "list" || from.kind === "set") {
    return convertibleOrSame(from.element, to.element, safety);
  }
  return from.kind === "tuple" && from.elements.every((type) => convertibleOrSame(type, to.element, safety));
}

function objectToObject(from: ObjectType, to: ObjectType, safety: Safety): boolean {
  for (const [name, type] of to.attributes) {
    const given = from.attributes.get(name);
    if (given === undefined ? !to.optional.has(name) : !convertibleOrSame(given, type, safety)) {
      return false;
    }
  }
  return true;
}

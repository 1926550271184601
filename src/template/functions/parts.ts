// Elements of lists and maps on their way from one collection into another.
import { convert } from "../../cty/convert.ts";
import { problemText } from "../../cty/mismatch.ts";
import { isCollection, type Type } from "../../cty/type.ts";
import { asElements, listValue, mapValue, objectValue, setValue, tupleValue, type Value } from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";

/** The value as another type; the argument at `position` is to blame when that is impossible. */
export function convertTo(value: Value, wanted: Type, position?: number): Value {
  const converted = convert(value, wanted);
  if (converted.ok) {
    return converted.value;
  }
  throw new FunctionError(problemText(converted.problem), position);
}

/** The elements of a list, set or tuple as values of one type. */
export function convertParts(list: Value, wanted: Type, position?: number): readonly Value[] {
  return asElements(list).map((element) => convertTo(element, wanted, position));
}

/** Elements as the list, set or tuple that the function has promised. */
export function gatherElements(elements: readonly Value[], promised: Type): Value {
  if (!isCollection(promised)) {
    return tupleValue(elements);
  }
  const parts = elements.map((element) => convertTo(element, promised.element));
  return promised.kind === "set" ? setValue(promised.element, parts) : listValue(promised.element, parts);
}

/** Entries as the map or object that the function has promised. */
export function gatherEntries(entries: Iterable<readonly [string, Value]>, promised: Type): Value {
  if (promised.kind !== "map") {
    return objectValue(entries);
  }
  return mapValue(
    promised.element,
    [...entries].map(([name, value]) => [name, convertTo(value, promised.element)] as const),
  );
}

/** True for what has its elements one after the other: lists and tuples, and sets where they are welcome. */
export function isSequence(type: Type, withSets = false): boolean {
  return type.kind === "list" || type.kind === "tuple" || (withSets && type.kind === "set");
}

// Functions that work on maps, and on any collection. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/collection/length and its neighbours
import { add, compareNumbers, fromInteger, isZero } from "../../cty/number.ts";
import {
  dynamicType,
  isCollection,
  listType,
  mapType,
  numberType,
  objectType,
  stringType,
  type Type,
  tupleType,
  typesEqual,
} from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { unifyTypes } from "../../cty/unify.ts";
import type { Value } from "../../cty/value.ts";
import {
  asElements,
  asEntries,
  asNumber,
  asString,
  isKnown,
  isNull,
  listValue,
  nullValue,
  numberValue,
  stringValue,
  unknownValue,
  withMarks,
  withoutMarks,
} from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { graphemeCount } from "../../hcl/source.ts";
import { convertTo, gatherElements, gatherEntries, isSequence } from "./parts.ts";
import { argument, movingParts, number, whole } from "./signature.ts";

/** All of them. */
export const collectionFunctions: readonly PlainFunction[] = [
  {
    name: "length",
    description: "How many elements a collection has, or how many characters a string.",
    parameters: [whole("value")],
    returns: ([value]) => {
      const type = value?.type ?? dynamicType;
      if (type.kind === "string" || type.kind === "tuple" || type.kind === "object" || isCollection(type)) {
        return numberType;
      }
      throw new FunctionError(`a string, a collection or a structure is required, not ${withArticle(type)}`, 0);
    },
    call: movingParts(([value]) => numberValue(value === undefined ? 0 : measureLength(value))),
  },
  {
    name: "coalesce",
    description: "The first of the values that is neither null nor an empty string.",
    parameters: [],
    variadic: whole("vals", dynamicType, { allowNull: true }),
    returns: coalesceType,
    call: coalesce,
  },
  {
    name: "coalescelist",
    description: "The first of the lists that is not empty.",
    parameters: [],
    variadic: whole("vals", dynamicType, { allowNull: true }),
    returns: (args) => {
      if (args.length === 0) {
        throw new FunctionError("at least one list is required");
      }
      args.forEach(({ type }, position) => {
        if (!isSequence(type)) {
          throw new FunctionError(`a list or tuple is required, not ${withArticle(type)}`, position);
        }
      });
      const first = argument(args, 0).type;
      return args.every(({ type }) => typesEqual(type, first)) ? first : dynamicType;
    },
    call: pickFirst((list) => asElements(list).length > 0, "there is no list with elements"),
  },
  {
    name: "keys",
    description: "The keys of a map, in order.",
    parameters: [whole("inputMap")],
    returns: ([map]) => {
      if (map?.type.kind === "map") {
        return listType(stringType);
      }
      if (map?.type.kind === "object") {
        return tupleType([...map.type.attributes].map(() => stringType));
      }
      return notAMap(map, 0);
    },
    call: movingParts(([map], returns) =>
      gatherElements(map === undefined ? [] : [...asEntries(map).keys()].map(stringValue), returns),
    ),
  },
  {
    name: "values",
    description: "The values of a map, in the order of their keys.",
    parameters: [whole("values")],
    returns: ([map]) => {
      if (map?.type.kind === "map") {
        return listType(map.type.element);
      }
      if (map?.type.kind === "object") {
        return tupleType([...map.type.attributes.values()]);
      }
      return notAMap(map, 0);
    },
    call: movingParts(([map], returns) =>
      gatherElements(map === undefined ? [] : [...asEntries(map).values()], returns),
    ),
  },
  {
    name: "lookup",
    description: "The value under a key of a map, or `default` when the map has no such key.",
    parameters: [whole("inputMap"), whole("key", stringType), whole("default")],
    returns: lookupType,
    call: movingParts((args, returns) =>
      convertTo(asEntries(argument(args, 0)).get(asString(argument(args, 1))) ?? argument(args, 2), returns),
    ),
  },
  {
    name: "merge",
    description:
      "One map with the entries of all; of those with the same key the last one counts. Null maps add nothing.",
    parameters: [],
    variadic: whole("maps", dynamicType, { allowNull: true }),
    returns: mergeType,
    call: movingParts((args, returns) => {
      if (args.every(isNull)) {
        return nullValue(returns);
      }
      return gatherEntries(new Map(args.flatMap((map) => (isNull(map) ? [] : [...asEntries(map)]))), returns);
    }),
  },
  {
    name: "range",
    description:
      "Numbers from `start` (0) up to but not including `limit`, `step` (1) apart: `range(limit)`, `range(start, limit)`, `range(start, limit, step)`.",
    parameters: [],
    variadic: number("params"),
    returns: listType(numberType),
    call: range,
  },
  {
    name: "zipmap",
    description: "A map from keys and their values, in the same order.",
    parameters: [whole("keys", listType(stringType)), whole("values")],
    returns: zipmapType,
    call: movingParts((args, returns) => {
      const keys = asElements(argument(args, 0));
      const values = asElements(argument(args, 1));
      sameLength(keys.length, values.length);
      if (!keys.every(isKnown)) {
        return unknownValue(returns);
      }
      const marks = new Set(keys.flatMap((key) => [...key.marks]));
      return withMarks(gatherEntries(new Map(keys.map((key, i) => [toKey(key), argument(values, i)])), returns), marks);
    }),
  },
];

function measureLength(value: Value): number {
  if (typeof value.data === "string") {
    return graphemeCount(value.data);
  }
  return Array.isArray(value.data) ? value.data.length : asEntries(value).size;
}

function coalesceType(args: readonly Value[]): Type {
  if (args.length === 0) {
    throw new FunctionError("at least one value is required");
  }
  const type = unifyTypes(
    args.map((value) => value.type),
    "safe",
  );
  if (type === undefined) {
    throw new FunctionError("all values must have the same type");
  }
  return type;
}

function coalesce(args: readonly Value[], returns: Type): Value {
  const marks = new Set<string>();
  for (const value of args) {
    for (const mark of value.marks) {
      marks.add(mark);
    }
    if (!isKnown(value)) {
      return withMarks(unknownValue(returns), marks);
    }
    if (isNull(value) || value.data === "") {
      continue;
    }
    return withMarks(convertTo(value, returns), marks);
  }
  throw new FunctionError("all values are null or empty strings");
}

function pickFirst(wanted: (value: Value) => boolean, otherwise: string): PlainFunction["call"] {
  return (args, returns) => {
    const marks = new Set<string>();
    for (const value of args) {
      for (const mark of value.marks) {
        marks.add(mark);
      }
      if (!isKnown(value)) {
        return withMarks(unknownValue(returns), marks);
      }
      if (!isNull(value) && wanted(withoutMarks(value))) {
        return withMarks(value, marks);
      }
    }
    throw new FunctionError(otherwise);
  };
}

function notAMap(value: Value | undefined, position: number): never {
  throw new FunctionError(`a map or object is required, not ${withArticle(value?.type ?? dynamicType)}`, position);
}

function lookupType(args: readonly Value[]): Type {
  const map = argument(args, 0);
  const key = argument(args, 1);
  const otherwise = argument(args, 2);
  if (map.type.kind === "map") {
    const { element } = map.type;
    if (unifyTypes([element, otherwise.type], "safe") === undefined || unfit(otherwise, element)) {
      throw new FunctionError(`the default must fit the elements of the map: ${withArticle(element)} is required`, 2);
    }
    return element;
  }
  if (map.type.kind !== "object") {
    return notAMap(map, 0);
  }
  if (!isKnown(key)) {
    return dynamicType;
  }
  return map.type.attributes.get(asString(key)) ?? otherwise.type;
}

function unfit(value: Value, type: Type): boolean {
  try {
    convertTo(value, type);
    return false;
  } catch {
    return true;
  }
}

function mergeType(args: readonly Value[]): Type {
  const attributes = new Map<string, Type>();
  let complete = true;
  args.forEach((map, position) => {
    if (isNull(map) && map.type.kind === "dynamic") {
      return;
    }
    if (map.type.kind === "map") {
      if (!isKnown(map)) {
        complete = false;
      } else if (!isNull(map)) {
        for (const key of asEntries(map).keys()) {
          attributes.set(key, map.type.element);
        }
      }
    } else if (map.type.kind === "object") {
      if (!isNull(map)) {
        for (const [key, type] of map.type.attributes) {
          attributes.set(key, type);
        }
      }
    } else {
      notAMap(map, position);
    }
  });
  const types = args.flatMap((map) => (isNull(map) ? [] : [map.type]));
  const [first] = types;
  if (first !== undefined && types.every((type) => typesEqual(type, first))) {
    return first;
  }
  const elements = types.map((type) => (type.kind === "map" ? type.element : undefined));
  const [element] = elements;
  if (element !== undefined && elements.every((one) => one !== undefined && typesEqual(one, element))) {
    return mapType(element);
  }
  return complete ? objectType(attributes) : dynamicType;
}

const longestRange = 1024;

function range(args: readonly Value[]): Value {
  if (args.length < 1 || args.length > 3) {
    throw new FunctionError("one, two or three numbers are required");
  }
  const numbers = args.map(asNumber);
  const [start, limit] = numbers.length === 1 ? [fromInteger(0), numbers[0]] : numbers;
  if (start === undefined || limit === undefined) {
    throw new FunctionError("one, two or three numbers are required");
  }
  const falls = compareNumbers(limit, start) < 0;
  const step = numbers[2] ?? fromInteger(falls ? -1 : 1);
  if (numbers[2] !== undefined && !isZero(step) && compareNumbers(limit, start) !== 0 && step.negative !== falls) {
    throw new FunctionError(
      step.negative
        ? "the limit must be less than the start when the step is negative"
        : "the limit must be greater than the start when the step is positive",
      1,
    );
  }
  const found: Value[] = [];
  for (
    let next = start;
    falls ? compareNumbers(next, limit) > 0 : compareNumbers(next, limit) < 0;
    next = add(next, step)
  ) {
    if (found.length >= longestRange) {
      throw new FunctionError(
        `more than ${longestRange} numbers were made; bring start and limit closer together or take larger steps`,
      );
    }
    found.push(numberValue(next));
  }
  return listValue(numberType, found);
}

function zipmapType(args: readonly Value[]): Type {
  const keys = argument(args, 0);
  const values = argument(args, 1);
  if (values.type.kind === "list") {
    return mapType(values.type.element);
  }
  if (values.type.kind !== "tuple") {
    throw new FunctionError(`a list or tuple is required, not ${withArticle(values.type)}`, 1);
  }
  if (!isKnown(keys) || !asElements(keys).every(isKnown)) {
    return dynamicType;
  }
  const { elements } = values.type;
  sameLength(asElements(keys).length, elements.length);
  return objectType(new Map(asElements(keys).map((key, i) => [toKey(key), elements[i] ?? dynamicType])));
}

function toKey(key: Value): string {
  if (isNull(key)) {
    throw new FunctionError("a key must not be null", 0);
  }
  return asString(key);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function sameLength(keys: number, values: number): void {
  if (keys !== values) {
    const counts = `${count(keys, "key")} and ${count(values, "value")}`;
    throw new FunctionError(`there must be as many values as keys, and these are ${counts}`, 1);
  }
}

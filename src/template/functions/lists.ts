// Functions that work on lists and tuples. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/collection/chunklist and its neighbours
import { valuesEqual } from "../../cty/equal.ts";
import { numberText } from "../../cty/number-text.ts";
import {
  boolType,
  compareStrings,
  dynamicType,
  isCollection,
  listType,
  numberType,
  stringType,
  type Type,
  tupleType,
} from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { unifyTypes } from "../../cty/unify.ts";
import type { Value } from "../../cty/value.ts";
import {
  asBool,
  asElements,
  asNumber,
  asString,
  boolValue,
  isKnown,
  isNull,
  isWhollyKnown,
  listValue,
  numberValue,
  unknownValue,
  withMarks,
} from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { gatherElements, isSequence } from "./parts.ts";
import { anything, argument, movingParts, takeTyped, whole } from "./signature.ts";
import { wholeArgument } from "./whole-number.ts";

/** All of them. */
export const listFunctions: readonly PlainFunction[] = [
  {
    name: "alltrue",
    description: "Whether all elements of the list are true, as they are in an empty one.",
    parameters: [takeTyped("list", listType(boolType), { allowUnknown: true })],
    returns: boolType,
    call: (args) => quantify(argument(args, 0), false),
  },
  {
    name: "anytrue",
    description: "Whether at least one element of the list is true.",
    parameters: [takeTyped("list", listType(boolType), { allowUnknown: true })],
    returns: boolType,
    call: (args) => quantify(argument(args, 0), true),
  },
  {
    name: "chunklist",
    description: "The list cut into lists of at most `size` elements; one list of all when the size is 0.",
    parameters: [whole("list", listType(dynamicType)), whole("size", numberType)],
    returns: ([list]) => listType(list?.type ?? dynamicType),
    call: movingParts(chunks),
  },
  {
    name: "compact",
    description: "The strings of the list that are neither empty nor null.",
    parameters: [takeTyped("list", listType(stringType))],
    returns: listType(stringType),
    call: ([list]) =>
      listValue(
        stringType,
        list === undefined ? [] : asElements(list).filter((element) => !isNull(element) && element.data !== ""),
      ),
  },
  {
    name: "concat",
    description: "All lists one after the other.",
    parameters: [],
    variadic: whole("seqs"),
    returns: concatType,
    call: movingParts((args, returns) => gatherElements(args.flatMap(asElements), returns)),
  },
  {
    name: "contains",
    description: "Whether an element of the list equals the value.",
    parameters: [anything("list"), anything("value")],
    returns: boolType,
    call: (args) => {
      const list = argument(args, 0);
      if (!isSequence(list.type, true)) {
        throw new FunctionError(`a list, tuple or set is required, not ${withArticle(list.type)}`, 0);
      }
      return boolValue(asElements(list).some((element) => valuesEqual(element, argument(args, 1)) === true));
    },
  },
  {
    name: "distinct",
    description: "The elements of the list without repetitions, each where it came first.",
    parameters: [takeTyped("list", listType(dynamicType))],
    returns: ([list]) => list?.type ?? dynamicType,
    call: ([list], returns) => gatherElements(list === undefined ? [] : withoutRepetitions(asElements(list)), returns),
  },
  {
    name: "element",
    description: "The element at a position, counted from 0; beyond the end counting begins anew.",
    parameters: [whole("list"), whole("index", numberType)],
    returns: elementType,
    call: movingParts((args) => asElements(argument(args, 0))[elementPosition(args)] ?? noSuchElement(args)),
  },
  {
    name: "flatten",
    description: "The elements of the list, with those of lists inside it in their place, at any depth.",
    parameters: [anything("list", { allowUnknown: true, allowMarked: true })],
    returns: ([list]) => {
      if (list === undefined || !isSequence(list.type, true)) {
        throw new FunctionError(`a list, set or tuple is required, not ${withArticle(list?.type ?? dynamicType)}`, 0);
      }
      const flat = flattenList(list, new Set());
      return flat === undefined ? dynamicType : tupleType(flat.map((element) => element.type));
    },
    call: ([list], returns) => {
      const marks = new Set<string>();
      const flat = list === undefined ? undefined : flattenList(list, marks);
      return withMarks(flat === undefined ? unknownValue(returns) : gatherElements(flat, returns), marks);
    },
  },
  {
    name: "index",
    description: "The position of the first element that equals the value.",
    parameters: [anything("list"), anything("value")],
    returns: numberType,
    call: (args) => {
      const list = argument(args, 0);
      if (!isSequence(list.type)) {
        throw new FunctionError(`a list or tuple is required, not ${withArticle(list.type)}`, 0);
      }
      const elements = asElements(list);
      if (elements.length === 0) {
        throw new FunctionError("an empty list has no elements to look for", 0);
      }
      const position = elements.findIndex((element) => valuesEqual(element, argument(args, 1)) === true);
      if (position < 0) {
        throw new FunctionError("no element of the list equals this value", 1);
      }
      return numberValue(position);
    },
  },
  {
    name: "reverse",
    description: "The elements from the last to the first.",
    parameters: [whole("list")],
    returns: ([list]) => {
      const type = list?.type ?? dynamicType;
      if (type.kind === "tuple") {
        return tupleType([...type.elements].reverse());
      }
      if (isCollection(type) && type.kind !== "map") {
        return listType(type.element);
      }
      throw new FunctionError(`a list or tuple is required, not ${withArticle(type)}`, 0);
    },
    call: movingParts(([list], returns) =>
      gatherElements(list === undefined ? [] : [...asElements(list)].reverse(), returns),
    ),
  },
  {
    name: "slice",
    description: "The elements from `start_index` up to but not including `end_index`, counted from 0.",
    parameters: [whole("list"), whole("start_index", numberType), whole("end_index", numberType)],
    returns: sliceType,
    call: movingParts((args, returns) => {
      const list = argument(args, 0);
      const [start, end] = sliceBounds(args, asElements(list).length);
      return gatherElements(asElements(list).slice(start, end), returns);
    }),
  },
  {
    name: "sort",
    description: "The strings of the list in the order of their UTF-8 bytes.",
    parameters: [takeTyped("list", listType(stringType))],
    returns: listType(stringType),
    call: ([list]) => {
      const elements = list === undefined ? [] : asElements(list);
      const missing = elements.findIndex(isNull);
      if (missing >= 0) {
        throw new FunctionError(`element ${missing} is null, which has no place in an order`, 0);
      }
      return listValue(
        stringType,
        [...elements].sort((a, b) => compareStrings(asString(a), asString(b))),
      );
    },
  },
];

/** Looks for an element with this truth; one that is unknown leaves the answer open. */
function quantify(list: Value, wanted: boolean): Value {
  if (!isKnown(list)) {
    return unknownValue(boolType);
  }
  const elements = asElements(list);
  // Null counts as false.
  if (elements.some((element) => isKnown(element) && (isNull(element) ? false : asBool(element)) === wanted)) {
    return boolValue(wanted);
  }
  return elements.every(isKnown) ? boolValue(!wanted) : unknownValue(boolType);
}

function chunks(args: readonly Value[], returns: Type): Value {
  const list = argument(args, 0);
  const size = wholeArgument(args, 1);
  if (asElements(list).length === 0) {
    return gatherElements([], returns);
  }
  if (size < 0) {
    throw new FunctionError("the size must not be negative", 1);
  }
  const elements = asElements(list);
  const step = size === 0 ? Math.max(elements.length, 1) : size;
  const pieces: Value[] = [];
  for (let i = 0; i < elements.length; i += step) {
    pieces.push(gatherElements(elements.slice(i, i + step), list.type));
  }
  return gatherElements(pieces, returns);
}

function concatType(args: readonly Value[]): Type {
  if (args.length === 0) {
    throw new FunctionError("at least one list is required");
  }
  args.forEach(({ type }, position) => {
    if (!isSequence(type)) {
      throw new FunctionError(`a list or tuple is required, not ${withArticle(type)}`, position);
    }
  });
  if (args.every(({ type }) => type.kind === "list")) {
    const element = unifyTypes(
      args.map(({ type }) => ("element" in type ? type.element : dynamicType)),
      "safe",
    );
    if (element !== undefined) {
      return listType(element);
    }
  }
  const parts = args.map(partTypes);
  return parts.every((types) => types !== undefined) ? tupleType(parts.flat()) : dynamicType;
}

function partTypes(value: Value): readonly Type[] | undefined {
  if (value.type.kind === "tuple") {
    return value.type.elements;
  }
  return isKnown(value) ? asElements(value).map(({ type }) => type) : undefined;
}

function withoutRepetitions(elements: readonly Value[]): readonly Value[] {
  const kept: Value[] = [];
  const texts = new Set<string>();
  const numbers = new Set<string>();
  for (const element of elements) {
    if (typeof element.data === "string") {
      if (texts.has(element.data)) {
        continue;
      }
      texts.add(element.data);
      kept.push(element);
    } else if (element.type.kind === "number" && isKnown(element) && !isNull(element)) {
      const digits = numberText(asNumber(element));
      if (!numbers.has(digits)) {
        numbers.add(digits);
        kept.push(element);
      }
    } else if (!kept.some((one) => valuesEqual(one, element) === true)) {
      kept.push(element);
    }
  }
  return kept;
}

function elementType(args: readonly Value[]): Type {
  const [list, index] = args;
  if (list?.type.kind === "list") {
    return list.type.element;
  }
  if (list?.type.kind !== "tuple") {
    throw new FunctionError(`a list or tuple is required, not ${withArticle(list?.type ?? dynamicType)}`, 0);
  }
  if (list.type.elements.length === 0) {
    return noSuchElement(args);
  }
  if (index === undefined || !isKnown(index)) {
    return dynamicType;
  }
  return list.type.elements[positionAmong(list.type.elements.length, args)] ?? dynamicType;
}

function elementPosition(args: readonly Value[]): number {
  const { length } = asElements(argument(args, 0));
  return length === 0 ? noSuchElement(args) : positionAmong(length, args);
}

function positionAmong(length: number, args: readonly Value[]): number {
  const position = wholeArgument(args, 1);
  if (position < 0) {
    throw new FunctionError("the index must not be negative", 1);
  }
  return position % length;
}

function noSuchElement(_args: readonly Value[]): never {
  throw new FunctionError("an empty list has no elements", 0);
}

/** The parts of a list at any depth, with the marks of the lists they were in; undefined while one of these is unknown. */
function flattenList(list: Value, marks: Set<string>): Value[] | undefined {
  for (const mark of list.marks) {
    marks.add(mark);
  }
  if (!isKnown(list)) {
    return undefined;
  }
  const flat: Value[] = [];
  for (const element of asElements(list)) {
    if (!isKnown(element) && (element.type.kind === "dynamic" || isSequence(element.type, true))) {
      return undefined;
    }
    if (isNull(element) || !isSequence(element.type, true)) {
      flat.push(element);
    } else {
      const inner = flattenList(element, marks);
      if (inner === undefined) {
        return undefined;
      }
      for (const part of inner) {
        flat.push(part);
      }
    }
  }
  return flat;
}

function sliceType(args: readonly Value[]): Type {
  const type = argument(args, 0).type;
  if (type.kind === "list") {
    return type;
  }
  if (type.kind === "set") {
    throw new FunctionError("a set has no positions; make it a list first", 0);
  }
  if (type.kind !== "tuple") {
    throw new FunctionError(`a list or tuple is required, not ${withArticle(type)}`, 0);
  }
  if (!args.slice(1).every(isWhollyKnown)) {
    return dynamicType;
  }
  const [start, end] = sliceBounds(args, type.elements.length);
  return tupleType(type.elements.slice(start, end));
}

function sliceBounds(args: readonly Value[], length: number): readonly [number, number] {
  const start = wholeArgument(args, 1);
  const end = wholeArgument(args, 2);
  if (start < 0) {
    throw new FunctionError("the start must not be less than zero", 1);
  }
  if (start > length) {
    throw new FunctionError(`the start must not be greater than the length of the list, which is ${length}`, 1);
  }
  if (end < 0) {
    throw new FunctionError("the end must not be less than zero", 2);
  }
  if (end > length) {
    throw new FunctionError(`the end must not be greater than the length of the list, which is ${length}`, 2);
  }
  if (start > end) {
    throw new FunctionError("the start must not be greater than the end", 1);
  }
  return [start, end];
}

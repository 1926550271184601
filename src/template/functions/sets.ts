// Functions that work on sets. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/collection/setproduct and its neighbours

import { writtenForm } from "../../cty/set-order.ts";
import { dynamicType, isCollection, listType, setType, type Type, tupleType } from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { unifyTypes } from "../../cty/unify.ts";
import type { Value } from "../../cty/value.ts";
import { asElements, listValue, setValue, tupleValue } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { convertParts, convertTo } from "./parts.ts";
import { movingParts, takeTyped, whole } from "./signature.ts";

/** All of them. */
export const setFunctions: readonly PlainFunction[] = [
  defineCombination("setintersection", "The elements that are in every one of the sets.", (sets) => {
    const [first = [], ...others] = sets;
    const forms = others.map((set) => new Set(set.map(writtenForm)));
    return first.filter((element) => forms.every((form) => form.has(writtenForm(element))));
  }),
  defineCombination("setunion", "The elements that are in any one of the sets.", (sets) => sets.flat()),
  {
    name: "setproduct",
    description:
      "Every way to take one element of each set or list, the last one changing fastest. A list when all are lists, else a set.",
    parameters: [],
    variadic: whole("sets"),
    returns: productType,
    call: movingParts(product),
  },
];

function defineCombination(
  name: string,
  description: string,
  work: (sets: readonly (readonly Value[])[]) => readonly Value[],
): PlainFunction {
  return {
    name,
    description,
    parameters: [takeTyped("first_set", setType(dynamicType))],
    variadic: takeTyped("other_sets", setType(dynamicType)),
    returns: (args) => {
      // An empty set, or one of nulls, goes together with every other.
      const typed = args.map(elementType).filter((type) => type.kind !== "dynamic");
      const element = unifyTypes(typed, "safe");
      if (element === undefined || (element.kind === "dynamic" && typed.length > 0)) {
        throw new FunctionError("the elements of all sets must have types that go together");
      }
      return setType(element);
    },
    call: (args, returns) => {
      const element = isCollection(returns) ? returns.element : dynamicType;
      return setValue(element, work(args.map((set) => asElements(convertTo(set, returns)))));
    },
  };
}

function elementType(set: Value): Type {
  return isCollection(set.type) ? set.type.element : dynamicType;
}

/** Combinations beyond this would exhaust memory. */
const mostCombinations = 1_000_000;

function productType(args: readonly Value[]): Type {
  if (args.length < 2) {
    throw new FunctionError("at least two sets or lists are required");
  }
  const elements = args.map(({ type }, position) => {
    if (type.kind === "list" || type.kind === "set") {
      return type.element;
    }
    const unified = type.kind === "tuple" ? unifyTypes(type.elements, "unsafe") : undefined;
    if (unified !== undefined) {
      return unified;
    }
    const why =
      type.kind === "tuple"
        ? "all elements must have the same type"
        : `a set or a list is required, not ${withArticle(type)}`;
    throw new FunctionError(why, position);
  });
  const element = tupleType(elements);
  return args.some(({ type }) => type.kind === "set") ? setType(element) : listType(element);
}

function product(args: readonly Value[], returns: Type): Value {
  if (!isCollection(returns) || returns.element.kind !== "tuple") {
    throw new TypeError("not a collection of tuples");
  }
  const types = returns.element.elements;
  const factors = args.map((set, i) => convertParts(set, types[i] ?? dynamicType, i));
  if (factors.reduce((count, factor) => count * factor.length, 1) > mostCombinations) {
    throw new FunctionError(`more than ${mostCombinations} combinations are possible`);
  }
  const rows = factors.reduce<Value[][]>(
    (sofar, factor) => sofar.flatMap((row) => factor.map((element) => [...row, element])),
    [[]],
  );
  const tuples = rows.map(tupleValue);
  return returns.kind === "set" ? setValue(returns.element, tuples) : listValue(returns.element, tuples);
}

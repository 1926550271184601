// Steps into a value: attributes, indexes and splats.
import { convert } from "../cty/convert.ts";
import { isWhole, toDouble } from "../cty/number.ts";
import { numberText } from "../cty/number-text.ts";
import type { Type } from "../cty/type.ts";
import { dynamicType, listType, numberType, stringType, tupleType } from "../cty/type.ts";
import { withArticle } from "../cty/type-name.ts";
import { unifyTypes } from "../cty/unify.ts";
import type { Value } from "../cty/value.ts";
import {
  asElements,
  asEntries,
  asNumber,
  asString,
  dynamicValue,
  isKnown,
  isNull,
  isSensitive,
  listValue,
  tupleValue,
  unknownValue,
  withMarks,
  withoutMarks,
} from "../cty/value.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { AccessExpression, AccessStep, AttributeStep, SplatStep } from "./ast.ts";
import { findExplanations } from "./context.ts";
import type { Evaluator } from "./evaluator.ts";
import { report, spendRounds } from "./evaluator.ts";
import type { Span } from "./source.ts";

export function evaluateAccess(evaluator: Evaluator, expression: AccessExpression): Value {
  const { target, steps, range } = expression;
  if (target.kind !== "variable") {
    return takeSteps(evaluator, evaluator.value(target), steps, { context: range });
  }
  const other = steps.findIndex(({ kind }) => kind !== "attribute");
  const named = steps
    .slice(0, other < 0 ? undefined : other)
    .flatMap((step) => (step.kind === "attribute" ? step.name : []));
  return takeSteps(evaluator, evaluator.variable(target, named), steps, {
    context: range,
    path: [target.name, ...named],
  });
}

/** Where steps are taken, and the names that lead from a variable to the last of its plain attributes. */
interface Steps {
  readonly context: Span;
  readonly path?: readonly string[] | undefined;
}

function takeSteps(evaluator: Evaluator, start: Value, steps: readonly AccessStep[], { context, path }: Steps): Value {
  let value = start;
  for (const [i, step] of steps.entries()) {
    const named = path === undefined || i + 2 > path.length ? undefined : path.slice(0, i + 2);
    value = withMarks(takeStep(evaluator, withoutMarks(value), step, { context, path: named }), value.marks);
  }
  return value;
}

function takeStep(evaluator: Evaluator, value: Value, step: AccessStep, { context, path }: Steps): Value {
  switch (step.kind) {
    case "attribute":
      return takeAttribute(evaluator, value, step, { context, path });
    case "legacy-index":
      return takeIndex(evaluator, value, step.key, { range: step.range, context });
    case "index":
      return takeIndex(evaluator, value, evaluator.value(step.key), { range: step.range, context });
    case "splat":
      return takeSplat(evaluator, value, step, context);
  }
}

function takeAttribute(evaluator: Evaluator, value: Value, step: AttributeStep, { context, path }: Steps): Value {
  const { name } = step;
  if (value.type.kind === "dynamic" && !isNull(value)) {
    return dynamicValue;
  }
  if (isNull(value)) {
    return report(evaluator, step.range, "hcl/null-access", {
      summary: "Attempt to get attribute from null value",
      detail: `This value is null, so it has no attribute "${name}".`,
      context,
    });
  }
  if (value.type.kind === "object") {
    const type = value.type.attributes.get(name);
    if (type !== undefined) {
      return isKnown(value) ? (asEntries(value).get(name) ?? dynamicValue) : unknownValue(type);
    }
    const near = suggest(name, value.type.attributes.keys());
    const advice = path && findExplanations(evaluator.context).attribute?.(path, near);
    return reportUnsupported(evaluator, step, {
      context,
      detail: advice?.detail ?? `This object does not have an attribute named "${name}".`,
      hint: advice === undefined ? near : advice.hint,
    });
  }
  if (value.type.kind === "map") {
    return isKnown(value) ? takeElement(evaluator, value, step, context) : unknownValue(value.type.element);
  }
  const isListOfObjects =
    (value.type.kind === "list" || value.type.kind === "set") && value.type.element.kind === "object";
  const hint =
    isListOfObjects || value.type.kind === "tuple"
      ? `write [*].${name} for the attribute of every element, or [0].${name} for that of the first`
      : undefined;
  return reportUnsupported(evaluator, step, {
    context,
    detail: `This value is ${withArticle(value.type)} and has no attributes.`,
    hint,
  });
}

/** An element of a known map, written as an attribute. */
function takeElement(evaluator: Evaluator, map: Value, { name, range }: AttributeStep, context: Span): Value {
  const elements = asEntries(map);
  return (
    elements.get(name) ??
    report(evaluator, range, "hcl/missing-element", {
      summary: "Missing map element",
      detail: `This map does not have an element with the key "${name}".`,
      hint: suggest(name, elements.keys()),
      context,
    })
  );
}

function suggest(name: string, known: Iterable<string>): string | undefined {
  const near = didYouMean(name, known);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

function reportUnsupported(
  evaluator: Evaluator,
  step: AttributeStep,
  { context, detail, hint }: { readonly context: Span; readonly detail: string; readonly hint: string | undefined },
): Value {
  return report(evaluator, step.range, "hcl/unsupported-attribute", {
    summary: "Unsupported attribute",
    detail,
    hint,
    context,
  });
}

function takeIndex(
  evaluator: Evaluator,
  value: Value,
  key: Value,
  { range, context }: { readonly range: Span; readonly context: Span },
): Value {
  const problem = (code: string, summary: string, detail: string, hint?: string) =>
    withMarks(report(evaluator, range, code, { summary, detail, hint, context }), key.marks);
  if (isNull(value)) {
    return problem(
      "hcl/null-access",
      "Attempt to index null value",
      "This value is null, so it does not have any elements.",
    );
  }
  if (isNull(key)) {
    return problem("hcl/invalid-index", "Invalid index", "Null cannot be an index.");
  }
  const { type } = value;
  if (type.kind === "dynamic" || key.type.kind === "dynamic") {
    return withMarks(dynamicValue, key.marks);
  }
  if (type.kind === "set") {
    return problem(
      "hcl/invalid-index",
      "Invalid index",
      "The elements of a set have no order and no keys, so that they cannot be picked by an index.",
    );
  }
  if (type.kind !== "list" && type.kind !== "tuple" && type.kind !== "map" && type.kind !== "object") {
    return problem("hcl/invalid-index", "Invalid index", `This value is ${withArticle(type)} and has no elements.`);
  }
  const wanted = type.kind === "list" || type.kind === "tuple" ? numberType : stringType;
  const converted = convert(key, wanted);
  if (!converted.ok) {
    return problem(
      "hcl/invalid-index",
      "Invalid index",
      `The index of ${withArticle(type)} must be ${withArticle(wanted)}.`,
    );
  }
  return withMarks(
    wanted === numberType ? elementAt(value, converted.value, problem) : entryAt(value, converted.value, problem),
    key.marks,
  );
}

type Problem = (code: string, summary: string, detail: string, hint?: string) => Value;

function elementAt(value: Value, key: Value, problem: Problem): Value {
  if (!isKnown(key)) {
    return unknownValue(value.type.kind === "list" ? value.type.element : dynamicType);
  }
  const index = toDouble(asNumber(key));
  const said = isSensitive(key) ? "The given index" : `The index ${numberText(asNumber(key))}`;
  if (!isWhole(asNumber(key)) || index < 0) {
    return problem("hcl/invalid-index", "Invalid index", `${said} is not a whole number from zero on.`);
  }
  if (!isKnown(value)) {
    if (value.type.kind === "list") {
      return unknownValue(value.type.element);
    }
    const type = value.type.kind === "tuple" ? value.type.elements[index] : undefined;
    return type === undefined
      ? problem("hcl/invalid-index", "Invalid index", `${said} is beyond the end of this tuple.`)
      : unknownValue(type);
  }
  const elements = asElements(value);
  const found = elements[index];
  if (found !== undefined) {
    return found;
  }
  const size =
    elements.length === 0
      ? "which is empty"
      : `which has ${elements.length} element${elements.length === 1 ? "" : "s"}, counted from 0`;
  return problem(
    "hcl/invalid-index",
    "Invalid index",
    `${said} does not identify an element in this ${value.type.kind}, ${size}.`,
  );
}

function entryAt(value: Value, key: Value, problem: Problem): Value {
  if (!isKnown(key)) {
    return unknownValue(value.type.kind === "map" ? value.type.element : dynamicType);
  }
  const name = asString(key);
  if (!isKnown(value)) {
    if (value.type.kind === "map") {
      return unknownValue(value.type.element);
    }
    const type = value.type.kind === "object" ? value.type.attributes.get(name) : undefined;
    if (type !== undefined) {
      return unknownValue(type);
    }
  } else {
    const found = asEntries(value).get(name);
    if (found !== undefined) {
      return found;
    }
  }
  const said = isSensitive(key) ? "The given key" : `The key ${JSON.stringify(name)}`;
  return problem(
    "hcl/invalid-index",
    "Invalid index",
    `${said} does not identify an element in this ${value.type.kind}.`,
    isSensitive(key) ? undefined : suggest(name, listKeys(value)),
  );
}

function listKeys({ type, data }: Value): Iterable<string> {
  if (type.kind === "object") {
    return type.attributes.keys();
  }
  return data instanceof Map ? (data as ReadonlyMap<string, Value>).keys() : [];
}

/** Takes the steps into every element. A single value counts as a tuple of one, and null as an empty one. */
function takeSplat(evaluator: Evaluator, value: Value, step: SplatStep, context: Span): Value {
  const isSequence = value.type.kind === "list" || value.type.kind === "tuple" || value.type.kind === "set";
  if (isNull(value)) {
    if (!isSequence) {
      return tupleValue([]);
    }
    return report(evaluator, step.markerRange, "hcl/null-access", {
      summary: "Splat of null value",
      detail: "Splat expressions (with the * symbol) cannot be applied to null sequences.",
      context,
    });
  }
  if (value.type.kind === "dynamic") {
    return dynamicValue;
  }
  if (!isKnown(value)) {
    return unknownSplat(evaluator, value.type, step, context);
  }
  const elements = isSequence ? asElements(value) : [value];
  if (!spendRounds(evaluator, elements.length, step.markerRange)) {
    return dynamicValue;
  }
  const results = elements.map((element) => takeSteps(evaluator, element, step.each, { context }));
  if (value.type.kind !== "list" && value.type.kind !== "set") {
    return tupleValue(results);
  }
  if (results.length === 0) {
    return listValue(unknownElement(evaluator, value.type.element, step, context), []);
  }
  const element = unifyTypes(
    results.map((result) => result.type),
    "safe",
  );
  return element === undefined || results.some((result) => result.type.kind === "dynamic")
    ? tupleValue(results)
    : listValue(element, results);
}

function unknownSplat(evaluator: Evaluator, type: Type, step: SplatStep, context: Span): Value {
  if (type.kind === "tuple") {
    return unknownValue(tupleType(type.elements.map((element) => unknownElement(evaluator, element, step, context))));
  }
  if (type.kind === "list" || type.kind === "set") {
    return unknownValue(listType(unknownElement(evaluator, type.element, step, context)));
  }
  return dynamicValue;
}

/** The type that the steps lead to from an element of this type. */
function unknownElement(evaluator: Evaluator, element: Type, step: SplatStep, context: Span): Type {
  return takeSteps(evaluator, unknownValue(element), step.each, { context }).type;
}

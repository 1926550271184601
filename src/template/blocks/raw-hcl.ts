// HCL values and bodies in the shape that options are decoded from.

import { convert } from "../../cty/convert.ts";
import { problemText } from "../../cty/mismatch.ts";
import { numberText } from "../../cty/number-text.ts";
import {
  boolType,
  dynamicType,
  listType,
  mapType,
  numberType,
  objectType,
  setType,
  stringType,
  type Type,
} from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import {
  asBool,
  asElements,
  asEntries,
  asNumber,
  asString,
  isKnown,
  isNull,
  objectValue,
  sensitive,
  tupleValue,
  unknownValue,
  type Value,
  withoutMarks,
} from "../../cty/value.ts";
import type { Diagnostic, SourceRange } from "../../diagnostic/diagnostic.ts";
import type { Attribute, Expression } from "../../hcl/ast.ts";
import { type Block, type Body, errorAt } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { expandDynamicBlocks } from "../../hcl/dynamic-blocks.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { Span } from "../../hcl/source.ts";
import { readElements, readItems } from "../../hcl/static.ts";
import type { OptionSchema, OptionType } from "../../sdk/option.ts";
import type { RawEntry, RawMap, RawValue } from "../raw-value.ts";

/** A body as decoded: its values, and what was wrong with them. */
export interface RawBody {
  readonly body: RawMap;
  readonly diagnostics: readonly Diagnostic[];
}

/** Evaluates a body. Which names are blocks follows from the schema; names it does not know stay in for the decoder to report. */
export function makeRawBody(
  body: Body,
  schema: OptionSchema,
  context: EvalContext,
  hide: (secret: string) => void,
): RawBody {
  const reader = new BodyReader(context, hide);
  return { body: reader.read(expandDynamicBlocks(body, context), schema), diagnostics: reader.diagnostics };
}

class BodyReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #context: EvalContext;
  readonly #hide: (secret: string) => void;

  constructor(context: EvalContext, hide: (secret: string) => void) {
    this.#context = context;
    this.#hide = hide;
  }

  read(body: Body, schema: OptionSchema): RawMap {
    const names = Object.keys(schema);
    const blockTypes = names.filter((name) => schema[name]?.type.is === "block");
    const blockForms = blockTypes.map((type) => ({ type, labels: listLabels(schema[type]?.type) }));
    const attributes = names.filter((name) => schema[name]?.type.is !== "block").map((name) => ({ name }));
    const content = body.partialContent({ attributes, blocks: blockForms });
    const strange = content.remain.justAttributes().attributes;
    // What was taken is not there any more, but can be what somebody meant.
    const rest = content.remain.content({
      attributes: [...attributes, ...[...strange.keys()].map((name) => ({ name }))],
      blocks: blockForms,
    });
    this.diagnostics.push(...content.diagnostics, ...rest.diagnostics);
    const written = [...content.attributes.values(), ...strange.values()];
    const entries = written.map((attribute) => this.#readAttribute(attribute, schema[attribute.name]?.type));
    for (const type of blockTypes) {
      const blocks = content.blocks.filter((block) => block.type === type);
      const first = blocks[0];
      if (first === undefined) {
        continue;
      }
      const options = schema[type]?.type;
      const items = blocks.map((block) =>
        putUnderLabels(block, this.read(block.body, options?.is === "block" ? options.options : {})),
      );
      const range = (): SourceRange => first.typeRange.toRange();
      entries.push({ key: type, keyRange: range, value: { is: "list", range, items } });
    }
    return { is: "map", range: () => body.missingItemRange.toRange(), entries };
  }

  #readAttribute(attribute: Attribute, type: OptionType | undefined): RawEntry {
    const { value, diagnostics } = evaluate(attribute.expression, this.#context);
    this.diagnostics.push(...diagnostics);
    hideMarked(value, this.#hide);
    const fitting = type === undefined ? value : fitValue(value, type, attribute, this.diagnostics);
    return {
      key: attribute.name,
      keyRange: () => attribute.nameRange.toRange(),
      value: rawOfValue(fitting, attribute.expression),
    };
  }
}

function listLabels(type: OptionType | undefined): readonly string[] {
  return type?.is === "block" ? (type.labels ?? []) : [];
}

/** A body in the shape that it has in JSON: each label is the key of an object around it. */
function putUnderLabels({ labels, labelRanges, typeRange }: Block, body: RawMap): RawMap {
  return labels.reduceRight<RawMap>((inner, key, i) => {
    const keyRange = (): SourceRange => (labelRanges[i] ?? typeRange).toRange();
    return { is: "map", range: () => inner.range(), entries: [{ key, keyRange, value: inner }] };
  }, body);
}

/** Fits the fields of objects one by one, so that what an object should not have stays in for the decoder to report. */
function fitValue(marked: Value, type: OptionType, attribute: Attribute, diagnostics: Diagnostic[]): Value {
  const value = withoutMarks(marked);
  if (!holdsObject(type) || !isKnown(value) || isNull(value)) {
    return fitToType(marked, type, attribute, diagnostics);
  }
  const { kind } = value.type;
  if (type.is === "object" && (kind === "object" || kind === "map")) {
    const fields = [...asEntries(value)].map(([name, item]) => {
      const option = type.options[name];
      const field = { ...attribute, name: `${attribute.name}.${name}` };
      return [name, option === undefined ? item : fitValue(item, option.type, field, diagnostics)] as const;
    });
    return objectValue(fields);
  }
  if (type.is === "map" && (kind === "object" || kind === "map")) {
    return objectValue(
      [...asEntries(value)].map(([name, item]) => [name, fitValue(item, type.of, attribute, diagnostics)] as const),
    );
  }
  if ((type.is === "list" || type.is === "set") && (kind === "list" || kind === "set" || kind === "tuple")) {
    const items = [...asElements(value)].map((item, i) => {
      const element = { ...attribute, name: `${attribute.name}[${i}]` };
      return fitValue(item, type.of, element, diagnostics);
    });
    return tupleValue(items);
  }
  return fitToType(marked, type, attribute, diagnostics);
}

function holdsObject(type: OptionType): boolean {
  return type.is === "object" || ("of" in type && holdsObject(type.of));
}

/** Unlike the options of JSON templates, those of HCL2 are converted as HCL does: a text is no list, and true is "true". */
function fitToType(value: Value, type: OptionType, { name, expression }: Attribute, diagnostics: Diagnostic[]): Value {
  const wanted = toValueType(type);
  const converted = convert(value, wanted);
  if (converted.ok) {
    const misfit = findMisfit(converted.value, type);
    if (misfit !== undefined) {
      diagnostics.push(
        errorAt(rangeOfPart(expression, misfit.path), "option/wrong-type", `"${name}" ${misfit.summary}`),
      );
    }
    return misfit === undefined ? converted.value : unknownValue(wanted);
  }
  const given = withArticle(value.type);
  diagnostics.push(
    errorAt(expression.range, "option/wrong-type", `"${name}" must be ${withArticle(wanted)}, but is ${given}`, {
      detail: `Inappropriate value for "${name}": ${problemText(converted.problem)}.`,
      hint: wanted.kind === "list" && value.type.kind === "string" ? `Put it in brackets: ${name} = [ … ].` : undefined,
    }),
  );
  return unknownValue(wanted);
}

interface Misfit {
  /** Positions and keys that lead to what does not fit. */
  readonly path: readonly (number | string)[];
  readonly summary: string;
}

/** As Packer: an option's number is whole where the option counts something, and a list holds no null. */
function findMisfit(value: Value, type: OptionType): Misfit | undefined {
  if (!isKnown(value) || isNull(value)) {
    return undefined;
  }
  if (type.is === "number" && !isWhole(value)) {
    return { path: [], summary: "must be a whole number" };
  }
  if (type.is !== "list" && type.is !== "set" && type.is !== "map") {
    return undefined;
  }
  const plain = withoutMarks(value);
  const parts = type.is === "map" ? asEntries(plain) : asElements(plain).entries();
  for (const [step, item] of parts) {
    const inside = isNull(item) ? { path: [], summary: "must not hold null" } : findMisfit(item, type.of);
    if (inside !== undefined) {
      // A set has lost the order in which its elements were written.
      return { ...inside, path: type.is === "set" ? [] : [step, ...inside.path] };
    }
  }
  return undefined;
}

function isWhole(value: Value): boolean {
  return /^-?\d+$/.test(numberText(asNumber(withoutMarks(value))));
}

/** Where a part stands, as far as the expression shows it. */
function rangeOfPart(expression: Expression, path: readonly (number | string)[]): Span {
  const [step, ...rest] = path;
  const part =
    typeof step === "number"
      ? readElements(expression)?.[step]
      : readItems(expression)?.find(({ name }) => name === step)?.value;
  return part === undefined ? expression.range : rangeOfPart(part, rest);
}

/** What an option's values are in HCL. */
export function toValueType(type: OptionType): Type {
  switch (type.is) {
    case "string":
    case "duration":
      return stringType;
    case "number":
    case "fraction":
      return numberType;
    case "bool":
      return boolType;
    case "list":
      return listType(toValueType(type.of));
    case "set":
      return setType(toValueType(type.of));
    case "map":
      return mapType(toValueType(type.of));
    case "object":
    case "block":
      return objectType(
        Object.entries(type.options).map(([name, option]) => [name, toValueType(option.type)] as const),
      );
    case "any":
      return dynamicType;
  }
}

/** Registers every text inside what is marked as sensitive. What stands beside it in a list is none. */
export function hideMarked(value: Value, hide: (secret: string) => void): void {
  if (value.marks.has(sensitive)) {
    hideAll(value, hide);
  } else if (isKnown(value) && value.data !== null && typeof value.data === "object" && !("exponent" in value.data)) {
    for (const part of listChildren(value)) {
      hideMarked(part, hide);
    }
  }
}

function hideAll(value: Value, hide: (secret: string) => void): void {
  if (!isKnown(value) || isNull(value)) {
    return;
  }
  const plain = withoutMarks(value);
  if (plain.type.kind === "string") {
    hide(asString(plain));
  } else if (plain.type.kind === "number") {
    hide(numberText(asNumber(plain)));
  } else {
    for (const part of listChildren(plain)) {
      hideAll(part, hide);
    }
  }
}

function listChildren(value: Value): readonly Value[] {
  const { data } = value;
  if (data instanceof Map) {
    return [...(data as ReadonlyMap<string, Value>).values()];
  }
  return Array.isArray(data) ? (data as readonly Value[]) : [];
}

/** A value with the places of its parts, as far as the expression shows them. */
export function rawOfValue(marked: Value, expression: Expression | undefined): RawValue {
  const value = withoutMarks(marked);
  const { type } = value;
  const range = (): SourceRange | undefined => expression?.range.toRange();
  if (!isKnown(value)) {
    return { is: "unknown", type, range };
  }
  if (isNull(value)) {
    return { is: "null", type, range };
  }
  switch (value.type.kind) {
    case "string": {
      const text = asString(value);
      return {
        is: "string",
        text,
        range,
        rangeWithin: (offset, length) => findWithin(expression, text, offset, length),
      };
    }
    case "number":
      return { is: "number", text: numberText(asNumber(value)), exact: asNumber(value), range };
    case "bool":
      return { is: "bool", value: asBool(value), range };
    case "list":
    case "set":
    case "tuple": {
      const parts = expression && readElements(expression);
      return {
        is: "list",
        type,
        range,
        items: asElements(value).map((item, i) => rawOfValue(item, parts?.[i] ?? expression)),
      };
    }
    default: {
      const parts = expression && readItems(expression);
      const entries = [...asEntries(value)].map(([key, item]): RawEntry => {
        const part = parts?.find(({ name }) => name === key);
        return {
          key,
          keyRange: () => (part?.key.range ?? expression?.range)?.toRange(),
          value: rawOfValue(item, part?.value ?? expression),
        };
      });
      return { is: "map", type, range, entries };
    }
  }
}

/** A part of a string that stands in the file as it is; otherwise all of the expression. */
function findWithin(
  expression: Expression | undefined,
  text: string,
  offset: number,
  length: number,
): SourceRange | undefined {
  if (expression === undefined) {
    return undefined;
  }
  const { range } = expression;
  const at = range.text.indexOf(text);
  if (at < 0 || text === "") {
    return range.toRange();
  }
  return range.source.range(range.from + at + offset, range.from + at + offset + length);
}

/** Checks a body that nobody knows the options of, with the blocks in it: whatever it refers to must be there. */
export function checkReferences(body: Body, context: EvalContext): readonly Diagnostic[] {
  return checkExpanded(expandDynamicBlocks(body, context), context);
}

function checkExpanded(body: Body, context: EvalContext): readonly Diagnostic[] {
  const { blocks, remain, diagnostics } = body.partialContent({ blocks: body.presentBlocks() });
  const { attributes } = remain.justAttributes();
  return [
    ...diagnostics,
    ...[...attributes.values()].flatMap((attribute) => evaluate(attribute.expression, context).diagnostics),
    ...blocks.flatMap((block) => checkExpanded(block.body, context)),
  ];
}

// Runs language cases that are kept as data: an input, and the value or the mistakes it must lead to.
import { convert } from "../../src/cty/convert.ts";
import { compareNumbers } from "../../src/cty/number.ts";
import { numberText } from "../../src/cty/number-text.ts";
import { pathText } from "../../src/cty/path.ts";
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
  tupleType,
} from "../../src/cty/type.ts";
import { typeText } from "../../src/cty/type-name.ts";
import {
  asNumber,
  asString,
  boolValue,
  listParts,
  listValue,
  mapValue,
  numberValue,
  objectValue,
  sensitive,
  setValue,
  stringValue,
  unknown,
  unknownValue,
  type Value,
  withMarks,
} from "../../src/cty/value.ts";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import type { Attribute } from "../../src/hcl/ast.ts";
import type { Body, BodySchema } from "../../src/hcl/body.ts";
import type { EvalContext } from "../../src/hcl/context.ts";
import { expandDynamicBlocks } from "../../src/hcl/dynamic-blocks.ts";
import { evaluate } from "../../src/hcl/evaluate.ts";
import { FunctionError, type HclFunction } from "../../src/hcl/function.ts";
import { parseJsonConfig } from "../../src/hcl/json.ts";
import type { NativeBody } from "../../src/hcl/native-body.ts";
import { parseConfig, parseExpression, parseTemplate } from "../../src/hcl/parser.ts";
import { graphemeCount } from "../../src/hcl/source.ts";
import { referencesIn } from "../../src/hcl/static.ts";
import { applyDefaults, parseTypeConstraint, type TypeDefaults } from "../../src/hcl/type-expression.ts";

/** What a case says: the input, and what must come of it. */
export interface LanguageCase extends Outcome {
  readonly input: string;
}

/** What comes of an input. Mistakes are codes with their place, such as `hcl/unclosed-string 1:5-1:6`. */
export interface Outcome {
  readonly value?: unknown;
  readonly type?: string | undefined;
  readonly mistakes?: readonly string[] | undefined;
}

/** A file of cases: rules of the language, each with inputs that show it. */
export interface CaseFile {
  readonly kind: CaseKind;
  readonly rules: readonly { readonly rule: string; readonly cases: readonly LanguageCase[] }[];
}

export type CaseKind =
  | "expression"
  | "template"
  | "config"
  | "schema"
  | "json"
  | "dynamic"
  | "type"
  | "defaults"
  | "conversion"
  | "references";

/** Reads and evaluates the input as its kind asks for. */
export function outcomeOf(kind: CaseKind, input: string): Outcome {
  switch (kind) {
    case "expression":
      return evaluated(parseExpression(input, "case"));
    case "template":
      return evaluated(parseTemplate(input, "case"));
    case "config": {
      const { body, diagnostics } = parseConfig(input, "case");
      return configOutcome(body, diagnostics);
    }
    case "schema": {
      const { body, diagnostics } = parseConfig(input, "case");
      return schemaOutcome(body, diagnostics);
    }
    case "json": {
      const { body, diagnostics } = parseJsonConfig(input, "case");
      return schemaOutcome(body, diagnostics);
    }
    case "dynamic": {
      const { body, diagnostics } = parseConfig(input, "case");
      return schemaOutcome(expandDynamicBlocks(body, scope), diagnostics);
    }
    case "type":
      return typeOutcome(input);
    case "defaults":
    case "conversion":
      return conversionOutcome(input);
    case "references":
      return referencesOutcome(input);
  }
}

function mistakesOf(diagnostics: readonly Diagnostic[]): Outcome {
  return { mistakes: diagnostics.map(({ code, subject }) => `${code} ${placeOf(subject)}`) };
}

function placeOf(subject: Diagnostic["subject"]): string {
  if (subject === undefined) {
    return "nowhere";
  }
  return `${subject.start.line}:${subject.start.column}-${subject.end.line}:${subject.end.column}`;
}

function evaluated(parsed: ReturnType<typeof parseExpression>): Outcome {
  if (parsed.diagnostics.length > 0) {
    return mistakesOf(parsed.diagnostics);
  }
  const { value, diagnostics } = evaluate(parsed.expression, scope);
  return diagnostics.length > 0 ? mistakesOf(diagnostics) : { value: plain(value), type: typeText(value.type) };
}

/** Every attribute with its value, and every block under its type and labels. */
function configOutcome(body: NativeBody, syntax: readonly Diagnostic[]): Outcome {
  const diagnostics = [...syntax];
  const tree = (each: NativeBody): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const attribute of each.attributes.values()) {
      result[attribute.name] = attributeValue(attribute, diagnostics);
    }
    for (const block of each.blocks) {
      addBlock(result, [block.type, ...block.labels].join(" "), tree(block.body));
    }
    return result;
  };
  const value = tree(body);
  return diagnostics.length > 0 ? mistakesOf(diagnostics) : { value };
}

function attributeValue(attribute: Attribute, diagnostics: Diagnostic[]): unknown {
  const { value, diagnostics: found } = evaluate(attribute.expression, scope);
  diagnostics.push(...found);
  return plain(value);
}

function addBlock(result: Record<string, unknown>, name: string, content: unknown): void {
  const earlier = result[name];
  if (Array.isArray(earlier)) {
    earlier.push(content);
  } else {
    result[name] = [content];
  }
}

/** What the schema cases expect: arguments a, b and c, of which a is required in a `service`, and some blocks. */
const blockSchema: BodySchema = {
  attributes: [{ name: "a" }, { name: "b" }, { name: "count" }],
  blocks: [{ type: "service", labels: ["type", "name"] }, { type: "group", labels: ["name"] }, { type: "empty" }],
};
const serviceSchema: BodySchema = { ...blockSchema, attributes: [{ name: "a", required: true }, { name: "b" }] };

function schemaOutcome(body: Body, syntax: readonly Diagnostic[]): Outcome {
  const diagnostics = [...syntax];
  const tree = (each: Body, schema: BodySchema): Record<string, unknown> => {
    const content = each.content(schema);
    diagnostics.push(...content.diagnostics);
    const result: Record<string, unknown> = {};
    for (const attribute of content.attributes.values()) {
      result[attribute.name] = attributeValue(attribute, diagnostics);
    }
    for (const block of content.blocks) {
      const inside = block.type === "service" ? serviceSchema : blockSchema;
      addBlock(result, [block.type, ...block.labels].join(" "), tree(block.body, inside));
    }
    return result;
  };
  if (syntax.length > 0) {
    return mistakesOf(syntax);
  }
  const value = tree(body, blockSchema);
  return diagnostics.length > 0 ? mistakesOf(diagnostics) : { value };
}

function typeOutcome(input: string): Outcome {
  const { expression, diagnostics } = parseExpression(input, "case");
  if (diagnostics.length > 0) {
    return mistakesOf(diagnostics);
  }
  const constraint = parseTypeConstraint(expression);
  if (constraint.diagnostics.length > 0) {
    return mistakesOf(constraint.diagnostics);
  }
  const { type, defaults } = constraint;
  return defaults === undefined ? { type: typeText(type) } : { type: typeText(type), value: plainDefaults(defaults) };
}

function plainDefaults(defaults: TypeDefaults): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of defaults.values) {
    result[name] = plain(value);
  }
  for (const [name, child] of defaults.children) {
    result[`${name}.`] = plainDefaults(child);
  }
  return result;
}

/** `value => type`: the value with its defaults filled in, converted to the type; or the path to what does not fit. */
function conversionOutcome(input: string): Outcome {
  const [from = "", to = ""] = input.split(" => ");
  const { value } = evaluate(parseExpression(from, "case").expression, scope);
  const { type, defaults } = parseTypeConstraint(parseExpression(to, "case").expression);
  const converted = convert(applyDefaults(value, type, defaults), type);
  if (!converted.ok) {
    return { mistakes: [`does not fit at ${pathText(converted.problem.path) || "the whole"}`] };
  }
  return { value: plain(converted.value), type: typeText(converted.value.type) };
}

function referencesOutcome(input: string): Outcome {
  const { expression, diagnostics } = parseExpression(input, "case");
  if (diagnostics.length > 0) {
    return mistakesOf(diagnostics);
  }
  return { value: referencesIn(expression).map((reference) => reference.range.text) };
}

/** The value as JSON; what JSON cannot say is an object with one telling name. */
export function plain(value: Value): unknown {
  if (value.marks.size > 0) {
    return { [[...value.marks].join()]: plain({ ...value, marks: new Set() }) };
  }
  if (value.data === unknown) {
    return { unknown: typeText(value.type) };
  }
  if (value.data === null) {
    return null;
  }
  if (value.type.kind === "number") {
    return plainNumber(numberText(asNumber(value)));
  }
  if (value.data instanceof Map) {
    return Object.fromEntries([...value.data].map(([name, part]) => [name, plain(part)]));
  }
  if (Array.isArray(value.data)) {
    return listParts(value).map(plain);
  }
  return value.data;
}

function plainNumber(text: string): unknown {
  return String(Number(text)) === text ? Number(text) : { number: text };
}

const numbers = [1, 2, 3].map((n) => numberValue(n));
const text = (value: string) => stringValue(value);
const secret = (value: Value) => withMarks(value, [sensitive]);
const object = (attributes: Record<string, Value>) => objectValue(Object.entries(attributes));
const map = (entries: Record<string, Value>) => mapValue(numberType, Object.entries(entries));
const inner = object({ deep: boolValue(true) });
const objects = [object({ name: text("first"), inner }), object({ name: text("second"), inner })];
const [firstObject = inner] = objects;
const personType: Type = objectType([
  ["name", stringType],
  ["age", numberType],
]);

const variables = new Map<string, Value>([
  ["one", numberValue(1)],
  ["two", numberValue(2)],
  ["name", text("World")],
  ["list", listValue(numberType, numbers)],
  ["set", setValue(stringType, [text("b"), text("a"), text("b")])],
  ["map", map({ a: numberValue(1), b: numberValue(2) })],
  ["object", object({ name: text("thing"), inner })],
  ["objects", listValue(firstObject.type, objects)],
  ["later", unknownValue(numberType)],
  ["later_string", unknownValue(stringType)],
  ["later_bool", unknownValue(boolType)],
  ["later_any", unknownValue(dynamicType)],
  ["later_list", unknownValue(listType(stringType))],
  ["later_map", unknownValue(mapType(stringType))],
  ["later_tuple", unknownValue(tupleType([stringType, numberType]))],
  ["later_object", unknownValue(personType)],
  ["later_objects", unknownValue(listType(personType))],
  ["later_set", unknownValue(setType(stringType))],
  ["secret", secret(text("hidden"))],
  ["secret_key", secret(text("a"))],
  ["secret_number", secret(numberValue(7))],
  ["secret_bool", secret(boolValue(true))],
  ["secret_list", secret(listValue(numberType, numbers))],
  ["secret_map", map({ a: secret(numberValue(1)) })],
  ["secret_object", object({ inner: secret(inner) })],
]);

const functionList: HclFunction[] = [
  {
    name: "upper",
    description: "Makes capitals.",
    parameters: [{ name: "text", type: stringType }],
    returns: stringType,
    call: ([value]) => text(value === undefined ? "" : asString(value).toUpperCase()),
  },
  {
    name: "length",
    description: "Counts characters or elements.",
    parameters: [{ name: "value", type: dynamicType }],
    returns: numberType,
    call: ([value]) => numberValue(value === undefined ? 0 : lengthOf(value)),
  },
  {
    name: "max",
    description: "The largest number.",
    parameters: [],
    variadic: { name: "numbers", type: numberType },
    returns: numberType,
    call: (args) => {
      const sorted = [...args].sort((a, b) => compareNumbers(asNumber(b), asNumber(a)));
      const [largest] = sorted;
      if (largest === undefined) {
        throw new FunctionError("it needs at least one number");
      }
      return largest;
    },
  },
  {
    name: "join_two",
    description: "Joins two texts.",
    parameters: [
      { name: "first", type: stringType },
      { name: "second", type: stringType },
    ],
    returns: stringType,
    call: (args) => text(args.map(asString).join("")),
  },
  { name: "no_args", description: "Takes nothing.", parameters: [], returns: stringType, call: () => text("none") },
  {
    name: "nullable",
    description: "Gives back what it gets.",
    parameters: [{ name: "value", type: dynamicType, allowNull: true }],
    returns: ([value]) => value?.type ?? dynamicType,
    call: ([value]) => value ?? text(""),
  },
  {
    name: "fails",
    description: "Fails: blaming its argument if that is 1.",
    parameters: [{ name: "how", type: numberType }],
    returns: stringType,
    call: ([value]) => {
      throw new FunctionError(
        "it always fails",
        value !== undefined && numberText(asNumber(value)) === "1" ? 0 : undefined,
      );
    },
  },
];

function lengthOf(value: Value): number {
  return typeof value.data === "string" ? graphemeCount(value.data) : listParts(value).length;
}

/** What the cases can refer to. */
export const scope: EvalContext = { variables, functions: new Map(functionList.map((each) => [each.name, each])) };

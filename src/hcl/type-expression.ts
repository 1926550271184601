// Type constraints as templates write them, such as `map(object({port = optional(number, 22)}))`.

import { convert } from "../cty/convert.ts";
import { problemText } from "../cty/mismatch.ts";
import type { Type } from "../cty/type.ts";
import {
  boolType,
  dynamicType,
  isCollection,
  listType,
  mapType,
  numberType,
  objectType,
  setType,
  stringType,
  tupleType,
} from "../cty/type.ts";
import type { Value } from "../cty/value.ts";
import { isKnown, isNull, mapParts, nullValue, objectValue, tupleValue, withMarks } from "../cty/value.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { CallExpression, Expression } from "./ast.ts";
import { errorAt } from "./body.ts";
import { evaluate } from "./evaluate.ts";
import type { Span } from "./source.ts";
import { asCall, literalString, readElements, readItems, readKeyword } from "./static.ts";

/** Values for attributes that `optional(type, default)` allows to be left out, along the structure of the type. */
export interface TypeDefaults {
  /** Of the attributes of an object. */
  readonly values: ReadonlyMap<string, Value>;
  /** By attribute name, by position in a tuple, or under "" for the elements of a collection. */
  readonly children: ReadonlyMap<string, TypeDefaults>;
}

/** What a type expression says. The type is `dynamicType` where it could not be read. */
export interface TypeConstraint {
  readonly type: Type;
  readonly defaults?: TypeDefaults | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a type constraint. */
export function parseTypeConstraint(expression: Expression): TypeConstraint {
  const diagnostics: Diagnostic[] = [];
  const { type, defaults } = new TypeReader(diagnostics).read(expression);
  return defaults === undefined ? { type, diagnostics } : { type, defaults, diagnostics };
}

interface Read {
  readonly type: Type;
  readonly defaults?: TypeDefaults | undefined;
}

const primitives = new Map<string, Type>([
  ["string", stringType],
  ["number", numberType],
  ["bool", boolType],
  ["any", dynamicType],
]);

const collections = new Map<string, (element: Type) => Type>([
  ["list", listType],
  ["set", setType],
  ["map", mapType],
]);

class TypeReader {
  readonly #diagnostics: Diagnostic[];

  constructor(diagnostics: Diagnostic[]) {
    this.#diagnostics = diagnostics;
  }

  read(expression: Expression): Read {
    if (expression.kind === "bad") {
      return { type: dynamicType };
    }
    const call = asCall(expression);
    if (call !== undefined) {
      return this.#constructed(call);
    }
    const keyword = readKeyword(expression);
    if (keyword === undefined) {
      return this.#notAType(expression);
    }
    const primitive = primitives.get(keyword);
    if (primitive !== undefined) {
      return { type: primitive };
    }
    if (collections.has(keyword)) {
      return this.#fail(
        expression.range,
        `The ${keyword} type constructor needs the type of its elements in parentheses, such as ${keyword}(string).`,
      );
    }
    if (keyword === "object") {
      return this.#fail(
        expression.range,
        "The object type constructor needs its attributes, such as object({name = string}).",
      );
    }
    if (keyword === "tuple") {
      return this.#fail(
        expression.range,
        "The tuple type constructor needs the types of its elements, such as tuple([string, number]).",
      );
    }
    return this.#fail(expression.range, `The keyword "${keyword}" is not a valid type.`, suggestType(keyword));
  }

  #fail(at: Span, detail: string, hint?: string): Read {
    this.#diagnostics.push(
      errorAt(at, "hcl/invalid-type", "Invalid type specification", hint === undefined ? { detail } : { detail, hint }),
    );
    return { type: dynamicType };
  }

  #notAType(expression: Expression): Read {
    const text = literalString(expression);
    if (text !== undefined && expression.kind !== "json") {
      return this.#fail(
        expression.range,
        "A type is written without quotes.",
        `write ${text === "list" || text === "map" ? `${text}(string)` : text}`,
      );
    }
    return this.#fail(
      expression.range,
      "A type is either a keyword (any, string, number, bool) or a type constructor: list(type), set(type), map(type), object({…}), tuple([…]).",
    );
  }

  #constructed(call: CallExpression): Read {
    const collection = collections.get(call.name);
    if (collection === undefined && call.name !== "object" && call.name !== "tuple") {
      return this.#unknownConstructor(call);
    }
    const [argument] = call.args;
    if (argument === undefined || call.args.length > 1) {
      return this.#fail(
        argument === undefined ? call.closeRange : (call.args[1]?.range ?? call.range),
        `The ${call.name} type constructor takes exactly one argument.`,
      );
    }
    if (call.name === "object") {
      return this.#object(argument);
    }
    if (call.name === "tuple") {
      return this.#tuple(argument);
    }
    const element = this.read(argument);
    const defaults =
      element.defaults === undefined ? undefined : { values: new Map(), children: new Map([["", element.defaults]]) };
    return { type: collection === undefined ? dynamicType : collection(element.type), defaults };
  }

  #unknownConstructor(call: CallExpression): Read {
    if (call.name === "optional") {
      return this.#fail(
        call.nameRange,
        "The modifier optional(type, default) is only valid for the attributes of an object type.",
      );
    }
    if (primitives.has(call.name)) {
      return this.#fail(call.range, `The type "${call.name}" does not take arguments.`);
    }
    return this.#fail(
      call.nameRange,
      `The keyword "${call.name}" is not a valid type constructor.`,
      suggestType(call.name),
    );
  }

  #tuple(argument: Expression): Read {
    const elements = readElements(argument);
    if (elements === undefined) {
      return this.#fail(argument.range, "The tuple type constructor takes a list of types in square brackets.");
    }
    const read = elements.map((element) => this.read(element));
    return {
      type: tupleType(read.map(({ type }) => type)),
      defaults: gatherDefaults(
        new Map(),
        read.map(({ defaults }, i) => [String(i), defaults]),
      ),
    };
  }

  #object(argument: Expression): Read {
    const items = readItems(argument);
    if (items === undefined) {
      return this.#fail(
        argument.range,
        "The object type constructor takes a map of attribute names to types in braces.",
      );
    }
    const types: [string, Type][] = [];
    const optional = new Set<string>();
    const values = new Map<string, Value>();
    const children: [string, TypeDefaults | undefined][] = [];
    for (const { key, name, value } of items) {
      if (name === undefined) {
        this.#fail(key.range, "The names of attributes in an object type must be bare names.");
        continue;
      }
      const call = asCall(value);
      const read = call?.name === "optional" ? this.#optional(call, name, values) : this.read(value);
      if (call?.name === "optional") {
        optional.add(name);
      }
      types.push([name, read.type]);
      children.push([name, read.defaults]);
    }
    return { type: objectType(types, optional), defaults: gatherDefaults(values, children) };
  }

  #optional(call: CallExpression, name: string, values: Map<string, Value>): Read {
    const [typeArgument, defaultArgument, extra] = call.args;
    if (typeArgument === undefined) {
      return this.#fail(
        call.range,
        "The modifier optional needs a type, and may have a default value: optional(type, default).",
      );
    }
    if (extra !== undefined) {
      this.#fail(extra.range, "The modifier optional takes only a type and a default value.");
    }
    const read = this.read(typeArgument);
    if (defaultArgument === undefined) {
      return read;
    }
    const { value, diagnostics } = evaluate(defaultArgument);
    this.#diagnostics.push(...diagnostics);
    const converted = convert(value, read.type);
    if (converted.ok) {
      values.set(name, converted.value);
    } else {
      const detail = `This default value does not fit the type of the attribute: ${problemText(converted.problem)}.`;
      this.#diagnostics.push(
        errorAt(defaultArgument.range, "hcl/invalid-default", "Invalid default value for optional attribute", {
          detail,
        }),
      );
    }
    return read;
  }
}

function gatherDefaults(
  values: ReadonlyMap<string, Value>,
  children: readonly (readonly [string, TypeDefaults | undefined])[],
): TypeDefaults | undefined {
  const present = new Map<string, TypeDefaults>();
  for (const [name, defaults] of children) {
    if (defaults !== undefined) {
      present.set(name, defaults);
    }
  }
  return values.size === 0 && present.size === 0 ? undefined : { values, children: present };
}

/** Fills in the defaults of attributes that were left out or are null. Meant for the value before it is converted to the type. */
export function applyDefaults(value: Value, type: Type, defaults: TypeDefaults | undefined): Value {
  if (defaults === undefined || !isKnown(value) || isNull(value)) {
    return value;
  }
  if (type.kind === "object" && value.data instanceof Map) {
    return fillObject(value, value.data, type, defaults);
  }
  const element = defaults.children.get("");
  if (isCollection(type) && element !== undefined) {
    return fillElements(value, type.element, element);
  }
  if (type.kind === "tuple" && Array.isArray(value.data)) {
    const parts = (value.data as readonly Value[]).map((part, i) =>
      applyDefaults(part, type.elements[i] ?? dynamicType, defaults.children.get(String(i))),
    );
    return withMarks(tupleValue(parts), value.marks);
  }
  return value;
}

function fillObject(
  value: Value,
  given: ReadonlyMap<string, Value>,
  type: Type & { kind: "object" },
  defaults: TypeDefaults,
): Value {
  const attributes = new Map<string, Value>();
  for (const [name, part] of given) {
    const missing = isNull(part) ? defaults.values.get(name) : undefined;
    attributes.set(
      name,
      applyDefaults(missing ?? part, type.attributes.get(name) ?? dynamicType, defaults.children.get(name)),
    );
  }
  for (const [name, attributeType] of type.attributes) {
    if (attributes.has(name) || !type.optional.has(name)) {
      continue;
    }
    const filled = defaults.values.get(name) ?? nullValue(attributeType);
    attributes.set(name, applyDefaults(filled, attributeType, defaults.children.get(name)));
  }
  return withMarks(objectValue(attributes), value.marks);
}

/** Elements may differ in type once they are filled, so that collections become structures until they are converted. */
function fillElements(value: Value, type: Type, defaults: TypeDefaults): Value {
  const filled = mapParts(value, (part) => applyDefaults(part, type, defaults));
  if (filled.data instanceof Map) {
    return withMarks(objectValue(filled.data), value.marks);
  }
  return Array.isArray(filled.data) ? withMarks(tupleValue(filled.data), value.marks) : value;
}

function suggestType(keyword: string): string | undefined {
  const near = didYouMean(keyword, [...primitives.keys(), "list", "set", "map", "object", "tuple"]);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

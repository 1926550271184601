// The values of JSON text taken as it stands, strings not being templates.
import { parseDecimal } from "../cty/number.ts";
import type { Value } from "../cty/value.ts";
import {
  boolValue,
  dynamicValue,
  numberValue,
  objectValue,
  stringValue,
  tupleValue,
  untypedNull,
} from "../cty/value.ts";
import type { JsonNode } from "./ast.ts";

/** The value of a JSON node without reading its strings as templates. */
export function jsonLiteral(node: JsonNode): Value {
  switch (node.kind) {
    case "object":
      return objectValue(node.properties.map(({ name, value }) => [name, jsonLiteral(value)]));
    case "array":
      return tupleValue(node.elements.map(jsonLiteral));
    case "string":
      return stringValue(node.value);
    case "number":
      return jsonNumber(node.text);
    case "bool":
      return boolValue(node.value);
    case "null":
      return untypedNull;
  }
}

/** The value of a number as JSON writes it. */
export function jsonNumber(text: string): Value {
  const n = parseDecimal(text);
  return n === undefined ? dynamicValue : numberValue(n);
}

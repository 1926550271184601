// Expressions of JSON syntax: JSON values whose strings are templates.

import { boolValue, untypedNull } from "../cty/value.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Expression, JsonExpression, JsonNode } from "./ast.ts";
import { jsonNumber } from "./json-literal.ts";
import { parseTemplate } from "./parser.ts";
import { EmbeddedSource } from "./source.ts";

/** A JSON value as expression. Its strings are only read as templates when it is evaluated. */
export function jsonExpression(json: JsonNode): JsonExpression {
  let compiled: { expression: Expression; diagnostics: readonly Diagnostic[] } | undefined;
  return {
    kind: "json",
    json,
    range: json.range,
    compile: () => {
      if (compiled === undefined) {
        const diagnostics: Diagnostic[] = [];
        compiled = { expression: compileNode(json, diagnostics), diagnostics };
      }
      return compiled;
    },
  };
}

/** The text of a JSON string as a source of its own, whose places are those in the file. */
export function stringSource(json: JsonNode & { kind: "string" }): EmbeddedSource {
  const { offsets, range } = json;
  return new EmbeddedSource(json.value, range.source, (offset) =>
    offsets === undefined ? range.from + 1 + offset : (offsets[offset] ?? range.to - 1),
  );
}

function compileNode(json: JsonNode, diagnostics: Diagnostic[]): Expression {
  const { range } = json;
  switch (json.kind) {
    case "object":
      return {
        kind: "object",
        items: json.properties.map(({ nameNode, value }) => ({
          key: compileNode(nameNode, diagnostics),
          value: compileNode(value, diagnostics),
        })),
        range,
      };
    case "array":
      return { kind: "tuple", elements: json.elements.map((element) => compileNode(element, diagnostics)), range };
    case "string": {
      const template = parseTemplate(stringSource(json));
      diagnostics.push(...template.diagnostics);
      return template.diagnostics.length === 0 ? template.expression : { kind: "bad", range };
    }
    case "number":
      return { kind: "literal", value: jsonNumber(json.text), range };
    case "bool":
      return { kind: "literal", value: boolValue(json.value), range };
    case "null":
      return { kind: "literal", value: untypedNull, range };
  }
}

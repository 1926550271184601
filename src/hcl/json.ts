// Reads configuration in JSON syntax.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Body } from "./body.ts";
import { JsonBody } from "./json-body.ts";
import { parseJsonText } from "./json-parser.ts";
import { maxTextLength } from "./limits.ts";
import { Source } from "./source.ts";

/** Reads a file in JSON syntax. Which of its properties are blocks, and which attributes, the schema decides later. */
export function parseJsonConfig(
  text: string,
  filename: string,
): { readonly body: Body; readonly source: Source; readonly diagnostics: readonly Diagnostic[] } {
  const source = new Source(text.length > maxTextLength ? "" : text, filename);
  const { node, diagnostics } = parseJsonText(source);
  const whole = source.span(0, source.text.length);
  const all: Diagnostic[] = [...diagnostics];
  if (text.length > maxTextLength) {
    const detail = `No more than ${maxTextLength} characters are read, and this has ${text.length}.`;
    return {
      body: new JsonBody([], whole),
      source,
      diagnostics: [
        { code: "hcl/too-large", severity: "error", summary: "File too large", detail, subject: whole.toRange() },
      ],
    };
  }
  if (node !== undefined && node.kind !== "object" && node.kind !== "array" && all.length === 0) {
    const detail = "The root of a JSON configuration must be an object, or an array of objects.";
    all.push({
      code: "hcl/json-type",
      severity: "error",
      summary: "Incorrect JSON value type",
      detail,
      subject: node.range.toRange(),
    });
  }
  const elements = node?.kind === "array" ? node.elements : [];
  const nodes = node?.kind === "object" ? [node] : elements;
  return { body: new JsonBody(nodes, node?.range ?? whole), source, diagnostics: all };
}

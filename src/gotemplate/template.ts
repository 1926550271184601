// The `{{ }}` language of strings in templates: Go's text/template, as Packer uses it.
import type { Template } from "./ast.ts";
import { builtins } from "./builtins.ts";
import { evaluateTemplate } from "./evaluate.ts";
import { parseText } from "./parser.ts";
import type { TemplateProblem } from "./problem.ts";
import type { TemplateFunction, TemplateValue } from "./value.ts";

export type { Template } from "./ast.ts";
export { TemplateFailure, type TemplateProblem } from "./problem.ts";
export { type TemplateFunction, TemplateStruct, type TemplateValue } from "./value.ts";

const nothingDefined: Template["defined"] = new Map();

/** True when the text has actions; any other text stands for itself. */
function hasActions(text: string): boolean {
  return text.includes("{{");
}

/**
 * Reads a template. Names of functions beyond the built-in ones are checked against `functionNames`; without them, an unknown
 * function is noticed only when it is called. All problems are in the order of their places.
 */
export function parseTemplate(
  text: string,
  functionNames?: Iterable<string>,
): { template: Template } | { problems: readonly TemplateProblem[] } {
  if (!hasActions(text)) {
    return { template: { text, nodes: [], defined: nothingDefined } };
  }
  const functions = functionNames === undefined ? undefined : new Set([...builtins.keys(), ...functionNames]);
  const { template, problems } = parseText(text, functions);
  return problems.length === 0 ? { template } : { problems };
}

/** The text that a template makes of `data`, or what is wrong. Never throws for a mistake in the template. */
export function renderTemplate(
  template: Template,
  data: TemplateValue,
  functions: ReadonlyMap<string, TemplateFunction>,
): { text: string } | { problem: TemplateProblem } {
  return hasActions(template.text) ? evaluateTemplate(template, data, functions) : { text: template.text };
}

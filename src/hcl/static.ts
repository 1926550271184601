// What can be said about expressions without evaluating them.
import type { Value } from "../cty/value.ts";
import { noMarks } from "../cty/value.ts";
import type { AccessStep, CallExpression, Expression, ForExpression } from "./ast.ts";
import { jsonExpression, stringSource } from "./json-expression.ts";
import { parseExpression } from "./parser.ts";
import type { Span } from "./source.ts";

/** One fixed step of a reference. */
type ReferenceStep =
  | { readonly kind: "attribute"; readonly name: string; readonly range: Span }
  | { readonly kind: "index"; readonly key: Value; readonly range: Span };

/** A name with the fixed steps after it, such as `var.region` or `data.http.page["body"]`. */
export interface Reference {
  readonly root: string;
  readonly rootRange: Span;
  readonly steps: readonly ReferenceStep[];
  /** From the name to the last fixed step. */
  readonly range: Span;
}

/** The expression as a reference, if it is nothing else. Strings of JSON are read as expressions. */
export function asReference(expression: Expression): Reference | undefined {
  const plain = asNative(expression);
  if (plain === undefined) {
    return undefined;
  }
  if (plain.kind === "literal" && /^(?:true|false|null)$/.test(plain.range.text)) {
    return { root: plain.range.text, rootRange: plain.range, steps: [], range: plain.range };
  }
  if (plain.kind === "variable") {
    return { root: plain.name, rootRange: plain.range, steps: [], range: plain.range };
  }
  if (plain.kind !== "access" || plain.target.kind !== "variable") {
    return undefined;
  }
  const reference = readLeadingReference(plain.target.name, plain.target.range, plain.steps);
  return reference.steps.length === plain.steps.length ? reference : undefined;
}

/** The expression as a single bare name, if it is nothing else. */
export function readKeyword(expression: Expression): string | undefined {
  const reference = asReference(expression);
  return reference?.steps.length === 0 ? reference.root : undefined;
}

/** The expression as a function call, if it is one. Strings of JSON are read as expressions. */
export function asCall(expression: Expression): CallExpression | undefined {
  const plain = asNative(expression);
  return plain?.kind === "call" ? plain : undefined;
}

/** The elements of a list that is written out. */
export function readElements(expression: Expression): readonly Expression[] | undefined {
  if (expression.kind === "json") {
    return expression.json.kind === "array" ? expression.json.elements.map(jsonExpression) : undefined;
  }
  if (expression.kind === "scoped") {
    return readElements(expression.inner)?.map((inner) => ({ ...expression, inner, range: inner.range }));
  }
  return expression.kind === "tuple" ? expression.elements : undefined;
}

/** Key and value expressions of an object that is written out; `name` is the key where it is fixed. */
export function readItems(
  expression: Expression,
): readonly { readonly key: Expression; readonly name?: string | undefined; readonly value: Expression }[] | undefined {
  if (expression.kind === "json") {
    if (expression.json.kind !== "object") {
      return undefined;
    }
    return expression.json.properties.map(({ name, nameNode, value }) => ({
      key: jsonExpression(nameNode),
      name,
      value: jsonExpression(value),
    }));
  }
  if (expression.kind !== "object") {
    return undefined;
  }
  return expression.items.map(({ key, keyName, value }) => {
    const name = keyName ?? literalString(key);
    return name === undefined ? { key, value } : { key, name, value };
  });
}

/** The text of a string without sequences. */
export function literalString(expression: Expression): string | undefined {
  if (expression.kind === "json") {
    return expression.json.kind === "string" ? expression.json.value : undefined;
  }
  if (expression.kind !== "template" || expression.isWrapper) {
    return undefined;
  }
  const [only] = expression.parts;
  if (only === undefined) {
    return "";
  }
  return expression.parts.length === 1 && only.kind === "literal" && typeof only.value.data === "string"
    ? only.value.data
    : undefined;
}

/** The expression itself, or the one written in a string of JSON. */
function asNative(expression: Expression): Expression | undefined {
  if (expression.kind === "scoped") {
    return asNative(expression.inner);
  }
  if (expression.kind !== "json") {
    return expression;
  }
  if (expression.json.kind !== "string") {
    return undefined;
  }
  const { expression: parsed, diagnostics } = parseExpression(stringSource(expression.json));
  return diagnostics.length === 0 ? parsed : undefined;
}

function readLeadingReference(root: string, rootRange: Span, steps: readonly AccessStep[]): Reference {
  const fixed: ReferenceStep[] = [];
  for (const step of steps) {
    const taken = readFixedStep(step);
    if (taken === undefined) {
      break;
    }
    fixed.push(taken);
  }
  return { root, rootRange, steps: fixed, range: rootRange.through(fixed[fixed.length - 1]?.range ?? rootRange) };
}

function readFixedStep(step: AccessStep): ReferenceStep | undefined {
  if (step.kind === "attribute") {
    return { kind: "attribute", name: step.name, range: step.range };
  }
  if (step.kind === "legacy-index") {
    return { kind: "index", key: step.key, range: step.range };
  }
  if (step.kind !== "index") {
    return undefined;
  }
  if (step.key.kind === "literal") {
    return { kind: "index", key: step.key.value, range: step.range };
  }
  const text = literalString(step.key);
  return text === undefined
    ? undefined
    : { kind: "index", key: { type: { kind: "string" }, data: text, marks: noMarks }, range: step.range };
}

/** Work that is left: an expression and the names that loops around it define. */
interface Pending {
  readonly expression: Expression;
  readonly local: ReadonlySet<string>;
}

/** All variables an expression refers to, in the order of the text, without those its own loops define. */
export function referencesIn(expression: Expression): Reference[] {
  const found: Reference[] = [];
  walk(expression, (each, local) => {
    if (each.kind === "variable" && !local.has(each.name)) {
      found.push({ root: each.name, rootRange: each.range, steps: [], range: each.range });
    }
    if (each.kind === "access" && each.target.kind === "variable" && !local.has(each.target.name)) {
      found.push(readLeadingReference(each.target.name, each.target.range, each.steps));
    }
  });
  return found;
}

/** All function calls in an expression, in the order of the text. */
export function callsIn(expression: Expression): CallExpression[] {
  const found: CallExpression[] = [];
  walk(expression, (each) => {
    if (each.kind === "call") {
      found.push(each);
    }
  });
  return found;
}

/** Visits an expression and all its parts, with a stack of its own, so that depth costs nothing. */
function walk(expression: Expression, visit: (expression: Expression, local: ReadonlySet<string>) => void): void {
  const pending: Pending[] = [{ expression, local: new Set() }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next.expression, next.local);
    for (const part of listParts(next.expression, next.local).reverse()) {
      pending.push(part);
    }
  }
}

function listParts(expression: Expression, local: ReadonlySet<string>): Pending[] {
  if (expression.kind === "for") {
    return forParts(expression, local);
  }
  if (expression.kind === "scoped") {
    return [{ expression: expression.inner, local: new Set([...local, ...expression.variables.keys()]) }];
  }
  return listChildren(expression).map((part) => ({ expression: part, local }));
}

function forParts(loop: ForExpression, local: ReadonlySet<string>): Pending[] {
  const inner = new Set([...local, loop.valueName, ...(loop.keyName === undefined ? [] : [loop.keyName])]);
  const parts: Pending[] = [{ expression: loop.collection, local }];
  for (const part of [loop.key, loop.value, loop.condition]) {
    if (part !== undefined) {
      parts.push({ expression: part, local: inner });
    }
  }
  return parts;
}

function listChildren(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "template":
      return expression.parts;
    case "template-loop":
      return [expression.loop];
    case "access":
      return [...(expression.target.kind === "variable" ? [] : [expression.target]), ...stepKeys(expression.steps)];
    case "call":
      return expression.args;
    case "conditional":
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case "binary":
      return [expression.left, expression.right];
    case "unary":
      return [expression.operand];
    case "tuple":
      return expression.elements;
    case "object":
      return expression.items.flatMap(({ key, keyName, value }) => (keyName === undefined ? [key, value] : [value]));
    case "parentheses":
      return [expression.inner];
    case "json":
      return [expression.compile().expression];
    default:
      return [];
  }
}

function stepKeys(steps: readonly AccessStep[]): Expression[] {
  return steps.flatMap((step) => {
    if (step.kind === "index") {
      return [step.key];
    }
    return step.kind === "splat" ? stepKeys(step.each) : [];
  });
}

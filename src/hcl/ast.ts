// What the parsers make of a text: expressions, attributes and blocks, each with its exact place.
import type { Value } from "../cty/value.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Span } from "./source.ts";

/** Anything that can be evaluated. */
export type Expression =
  | LiteralExpression
  | TemplateExpression
  | TemplateLoopExpression
  | VariableExpression
  | AccessExpression
  | CallExpression
  | ConditionalExpression
  | BinaryExpression
  | UnaryExpression
  | TupleExpression
  | ObjectExpression
  | ForExpression
  | ParenthesesExpression
  | JsonExpression
  | ScopedExpression
  | BadExpression;

interface Node {
  readonly range: Span;
}

/** A number, bool, null, or the text of a template. */
interface LiteralExpression extends Node {
  readonly kind: "literal";
  readonly value: Value;
}

/** A string with sequences in it, in quotes, a heredoc, or bare. */
export interface TemplateExpression extends Node {
  readonly kind: "template";
  readonly parts: readonly Expression[];
  /** True for `"${x}"`, which is x itself and not a string made of it. */
  readonly isWrapper: boolean;
}

/** `%{for}…%{endfor}`: the texts of all rounds, one after the other. */
export interface TemplateLoopExpression extends Node {
  readonly kind: "template-loop";
  readonly loop: ForExpression;
}

export interface VariableExpression extends Node {
  readonly kind: "variable";
  readonly name: string;
}

/** A value followed by one or more steps into it, such as `a.b[0]`. */
export interface AccessExpression extends Node {
  readonly kind: "access";
  readonly target: Expression;
  readonly steps: readonly AccessStep[];
}

export type AccessStep = AttributeStep | LegacyIndexStep | IndexStep | SplatStep;

/** `.name` */
export interface AttributeStep extends Node {
  readonly kind: "attribute";
  readonly name: string;
  readonly nameRange: Span;
}

/** `.0` */
interface LegacyIndexStep extends Node {
  readonly kind: "legacy-index";
  readonly key: Value;
}

/** `[key]` */
interface IndexStep extends Node {
  readonly kind: "index";
  readonly key: Expression;
}

/** `[*]` or `.*`, with the steps that are taken into each element. */
export interface SplatStep extends Node {
  readonly kind: "splat";
  readonly form: "full" | "attribute";
  readonly each: readonly AccessStep[];
  /** The `[*]` or `.*` alone. */
  readonly markerRange: Span;
}

export interface CallExpression extends Node {
  readonly kind: "call";
  readonly name: string;
  readonly nameRange: Span;
  readonly args: readonly Expression[];
  /** True when the last argument, followed by `...`, gives the remaining arguments. */
  readonly expandsLast: boolean;
  readonly openRange: Span;
  readonly closeRange: Span;
}

export interface ConditionalExpression extends Node {
  readonly kind: "conditional";
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

export type BinaryOperator = "||" | "&&" | "==" | "!=" | ">" | ">=" | "<" | "<=" | "+" | "-" | "*" | "/" | "%";

export interface BinaryExpression extends Node {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface UnaryExpression extends Node {
  readonly kind: "unary";
  readonly operator: "-" | "!";
  readonly operand: Expression;
}

interface TupleExpression extends Node {
  readonly kind: "tuple";
  readonly elements: readonly Expression[];
}

export interface ObjectExpression extends Node {
  readonly kind: "object";
  readonly items: readonly ObjectItem[];
}

export interface ObjectItem {
  readonly key: Expression;
  /** The key when it is a bare name, which then stands for itself and not for a variable. */
  readonly keyName?: string | undefined;
  readonly value: Expression;
}

export interface ForExpression extends Node {
  readonly kind: "for";
  readonly keyName?: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  /** Only when the result is an object. */
  readonly key?: Expression | undefined;
  readonly value: Expression;
  readonly condition?: Expression | undefined;
  /** True when values with the same key are gathered with `...`. */
  readonly isGrouping: boolean;
}

interface ParenthesesExpression extends Node {
  readonly kind: "parentheses";
  readonly inner: Expression;
}

/** A value of a JSON file; its strings are templates. */
export interface JsonExpression extends Node {
  readonly kind: "json";
  readonly json: JsonNode;
  /** The value as native expression, with its strings read as templates. */
  readonly compile: () => { readonly expression: Expression; readonly diagnostics: readonly Diagnostic[] };
}

/** An expression inside the content of a `dynamic` block, with what its iterator stands for. */
interface ScopedExpression extends Node {
  readonly kind: "scoped";
  readonly inner: Expression;
  readonly variables: ReadonlyMap<string, Value>;
}

/** What could not be read; reported already. */
interface BadExpression extends Node {
  readonly kind: "bad";
}

/** A JSON value and where it lies. */
export type JsonNode =
  | (Node & {
      readonly kind: "object";
      readonly properties: readonly JsonProperty[];
      readonly openRange: Span;
      readonly closeRange: Span;
    })
  | (Node & { readonly kind: "array"; readonly elements: readonly JsonNode[]; readonly openRange: Span })
  /** `offsets[i]` is where character i of the value was written; it has one more entry, for the end. Undefined when nothing was escaped. */
  | (Node & { readonly kind: "string"; readonly value: string; readonly offsets?: readonly number[] | undefined })
  | (Node & { readonly kind: "number"; readonly text: string })
  | (Node & { readonly kind: "bool"; readonly value: boolean })
  | (Node & { readonly kind: "null" });

export interface JsonProperty {
  readonly name: string;
  readonly nameRange: Span;
  readonly nameNode: JsonNode & { readonly kind: "string" };
  readonly value: JsonNode;
}

/** `name = expression` */
export interface Attribute {
  readonly name: string;
  readonly nameRange: Span;
  readonly range: Span;
  readonly expression: Expression;
}

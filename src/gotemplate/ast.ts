// The tree of a template. Every node knows its place in the text.
import type { Span } from "./problem.ts";
import type { TemplateValue } from "./value.ts";

interface TextNode extends Span {
  readonly kind: "text";
  readonly text: string;
}

/** `{{pipeline}}` */
export interface ActionNode extends Span {
  readonly kind: "action";
  readonly pipeline: Pipeline;
}

/** `{{if}}`, `{{range}}` or `{{with}}`, with what follows its `{{else}}`. */
export interface BranchNode extends Span {
  readonly kind: "if" | "range" | "with";
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `{{template "name" pipeline}}`; a `{{block}}` also leaves one. */
export interface TemplateNode extends Span {
  readonly kind: "template";
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
}

/** `{{break}}` or `{{continue}}` */
interface JumpNode extends Span {
  readonly kind: "break" | "continue";
}

export type Node = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode;

/** `$a, $b := command | command` */
export interface Pipeline extends Span {
  readonly variables: readonly Name[];
  /** `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** A function, field or value with its arguments. */
export interface Command extends Span {
  readonly operands: readonly [Operand, ...Operand[]];
}

export interface Name extends Span {
  readonly name: string;
}

interface LiteralOperand extends Span {
  readonly kind: "literal";
  readonly value: TemplateValue;
}

interface PlainOperand extends Span {
  readonly kind: "dot" | "nil";
}

/** `.A.B` */
interface FieldOperand extends Span {
  readonly kind: "field";
  readonly fields: readonly Name[];
}

/** `$x.A.B` */
interface VariableOperand extends Span {
  readonly kind: "variable";
  readonly name: string;
  readonly fields: readonly Name[];
}

interface FunctionOperand extends Span {
  readonly kind: "function";
  readonly name: string;
}

/** `(pipeline).A` or `function.A` */
interface ChainOperand extends Span {
  readonly kind: "chain";
  readonly base: Operand;
  readonly fields: readonly Name[];
}

/** `(pipeline)` */
interface GroupOperand extends Span {
  readonly kind: "group";
  readonly pipeline: Pipeline;
}

export type Operand =
  | LiteralOperand
  | PlainOperand
  | FieldOperand
  | VariableOperand
  | FunctionOperand
  | ChainOperand
  | GroupOperand;

/** What `parseTemplate` makes of a text: its own nodes and the templates it defines. */
export interface Template {
  readonly text: string;
  readonly nodes: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

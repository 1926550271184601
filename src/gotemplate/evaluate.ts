// Runs a template's tree over data: walks its nodes and collects what they print.
import type { ActionNode, BranchNode, Node, Pipeline, Template, TemplateNode } from "./ast.ts";
import { Expressions, RenderStopped } from "./expressions.ts";
import { printValue } from "./format.ts";
import type { TemplateProblem } from "./problem.ts";
import {
  findKind,
  getEntry,
  isList,
  isRecord,
  isTrue,
  plainTypeName,
  sortKeys,
  type TemplateFunction,
  type TemplateValue,
  toInt,
} from "./value.ts";

/** The text that a template makes of `data`, or the first problem met on the way. */
export function evaluateTemplate(
  template: Template,
  data: TemplateValue,
  functions: ReadonlyMap<string, TemplateFunction>,
): { text: string } | { problem: TemplateProblem } {
  const run = new Evaluation(template, functions);
  try {
    return { text: run.render(data) };
  } catch (thrown) {
    if (thrown instanceof RenderStopped) {
      return { problem: thrown.problem };
    }
    throw thrown;
  }
}

/** How a list of nodes was left. */
type Left = "at-end" | "break" | "continue";

class Evaluation {
  readonly #template: Template;
  readonly #expressions: Expressions;
  readonly #output: string[] = [];
  #length = 0;

  constructor(template: Template, functions: ReadonlyMap<string, TemplateFunction>) {
    this.#template = template;
    this.#expressions = new Expressions(template.text, functions);
  }

  render(data: TemplateValue): string {
    const root = data ?? undefined;
    this.#expressions.inScopeOf(root, () => this.#walk(this.#template.nodes, root));
    return this.#output.join("");
  }

  #walk(nodes: readonly Node[], dot: TemplateValue): Left {
    for (const node of nodes) {
      const left = this.#walkNode(node, dot);
      if (left !== "at-end") {
        return left;
      }
    }
    return "at-end";
  }

  #walkNode(node: Node, dot: TemplateValue): Left {
    this.#expressions.countStep(node);
    switch (node.kind) {
      case "text":
        this.#write(node, node.text);
        return "at-end";
      case "action":
        this.#action(node, dot);
        return "at-end";
      case "template":
        this.#call(node, dot);
        return "at-end";
      case "break":
      case "continue":
        return node.kind;
      default:
        return this.#expressions.nested(node, () => this.#branch(node, dot));
    }
  }

  #write(node: Node, text: string): void {
    this.#length += text.length;
    this.#expressions.checkLength(node, this.#length);
    this.#output.push(text);
  }

  #action(node: ActionNode, dot: TemplateValue): void {
    const value = this.#expressions.pipeline(node.pipeline, dot);
    if (node.pipeline.variables.length > 0) {
      return;
    }
    if (findKind(value) === "func") {
      this.#expressions.stop(
        node.pipeline,
        "gotemplate/not-printable",
        "A function cannot be printed",
        "run it with call",
      );
    }
    this.#write(node, printValue(value));
  }

  /** Each call starts with no variables but `$`. */
  #call(node: TemplateNode, dot: TemplateValue): void {
    const nodes = this.#template.defined.get(node.name);
    if (nodes === undefined) {
      this.#expressions.stop(
        node,
        "gotemplate/unknown-template",
        `There is no template "${node.name}"`,
        "define it with {{define}}",
      );
    }
    const data = node.pipeline === undefined ? undefined : this.#expressions.pipeline(node.pipeline, dot);
    this.#expressions.nested(node, () => this.#expressions.inScopeOf(data, () => this.#walk(nodes, data)));
  }

  #branch(node: BranchNode, dot: TemplateValue): Left {
    return this.#expressions.inScope(() => {
      const value = this.#expressions.pipeline(node.pipeline, dot);
      if (node.kind === "range") {
        return this.#range(node, dot, value);
      }
      if (isTrue(value)) {
        return this.#walk(node.body, node.kind === "with" ? value : dot);
      }
      return this.#walk(node.otherwise, dot);
    });
  }

  #range(node: BranchNode, dot: TemplateValue, value: TemplateValue): Left {
    let ran = false;
    for (const [key, element] of this.#elements(node.pipeline, value)) {
      ran = true;
      this.#expressions.countStep(node);
      const left = this.#expressions.inScope(() => {
        this.#setLoopVariables(node.pipeline, key, element);
        return this.#walk(node.body, element);
      });
      if (left === "break") {
        break;
      }
    }
    return ran ? "at-end" : this.#walk(node.otherwise, dot);
  }

  /** One variable takes the element, two take the key and the element. */
  #setLoopVariables(pipeline: Pipeline, key: TemplateValue, element: TemplateValue): void {
    const [first, second] = pipeline.variables;
    if (first === undefined) {
      return;
    }
    this.#expressions.set(first, second === undefined ? element : key);
    if (second !== undefined) {
      this.#expressions.set(second, element);
    }
  }

  *#elements(pipeline: Pipeline, value: TemplateValue): Iterable<readonly [TemplateValue, TemplateValue]> {
    if (value === undefined) {
      return;
    }
    if (isList(value)) {
      yield* value.entries();
    } else if (isRecord(value)) {
      for (const key of sortKeys(value)) {
        yield [key, getEntry(value, key)];
      }
    } else {
      yield* this.#numbers(pipeline, value);
    }
  }

  /** `range 3` counts from 0 to 2. */
  *#numbers(pipeline: Pipeline, value: TemplateValue): Iterable<readonly [TemplateValue, TemplateValue]> {
    const count = toInt(value);
    if (count === undefined) {
      const message = `range needs a list, a map or a whole number, not ${plainTypeName(value)}`;
      this.#expressions.stop(pipeline, "gotemplate/not-iterable", message);
    }
    if (pipeline.variables.length > 1) {
      this.#expressions.stop(pipeline, "gotemplate/not-iterable", "range over a number gives one variable only");
    }
    for (let i = 0; i < count; i++) {
      yield [undefined, i];
    }
  }
}

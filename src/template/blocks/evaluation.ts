// `local`, `locals` and `data`: values that are worked out in the order in which they need each other.

import { boolType } from "../../cty/type.ts";
import { dynamicValue, objectValue, sensitive, unknownValue, type Value, withMarks } from "../../cty/value.ts";
import type { Expression } from "../../hcl/ast.ts";
import type { Block, Body } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import { isIdentifier } from "../../hcl/lexer.ts";
import type { Span } from "../../hcl/source.ts";
import { type Reference, referencesIn } from "../../hcl/static.ts";
import type { DataSource } from "../../sdk/datasource.ts";
import type { ProblemList } from "../problem-list.ts";
import { readFixed } from "./fixed-value.ts";
import { hideMarked, toValueType } from "./raw-hcl.ts";

/** What the names of locals and data sources may look like. */
export const NAME_RULE =
  "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.";

export interface LocalNode {
  readonly is: "local";
  readonly name: string;
  readonly range: Span;
  readonly expression: Expression;
  readonly sensitive: boolean;
}

export interface DataNode {
  readonly is: "data";
  readonly type: string;
  readonly name: string;
  readonly range: Span;
  readonly body: Body;
  /** Missing for a type that is not native. */
  readonly source: DataSource | undefined;
}

export type ValueNode = LocalNode | DataNode;

/** The name under which others refer to it: `local.x`, `data.http.page`. */
export function nameNode(node: ValueNode): string {
  return node.is === "local" ? `local.${node.name}` : `data.${node.type}.${node.name}`;
}

/** Reads `local` and `locals` blocks. */
export function readLocals(blocks: readonly Block[], problems: ProblemList): readonly LocalNode[] {
  const found = new Map<string, LocalNode>();
  const add = (node: LocalNode): void => {
    if (found.has(node.name)) {
      problems.error("local/duplicate", node.range.toRange(), "Duplicate local definition", {
        detail: `Duplicate ${node.name} definition found.`,
      });
    } else {
      found.set(node.name, node);
    }
  };
  for (const block of blocks) {
    if (block.type === "local") {
      const node = readLocal(block, problems);
      if (node !== undefined) {
        add(node);
      }
      continue;
    }
    const { attributes, diagnostics } = block.body.justAttributes();
    problems.add(diagnostics);
    for (const { name, nameRange, expression } of attributes.values()) {
      add({ is: "local", name, range: nameRange, expression, sensitive: false });
    }
  }
  return [...found.values()];
}

function readLocal(block: Block, problems: ProblemList): LocalNode | undefined {
  const { attributes, diagnostics } = block.body.content({
    attributes: [{ name: "expression", required: true }, { name: "sensitive" }],
  });
  problems.add(diagnostics);
  const expression = attributes.get("expression")?.expression;
  const flag = attributes.get("sensitive");
  // What cannot be read may have been meant to be true.
  const secret = flag !== undefined && readFixed(flag, boolType, problems) !== false;
  const name = block.labels[0] ?? "";
  if (!isIdentifier(name)) {
    problems.error("local/name", block.labelRanges[0]?.toRange(), "Invalid local name", { detail: NAME_RULE });
  }
  if (expression === undefined) {
    return undefined;
  }
  return {
    is: "local",
    name,
    range: block.labelRanges[0] ?? block.typeRange,
    expression,
    sensitive: secret,
  };
}

export interface GraphRequest {
  readonly nodes: readonly ValueNode[];
  /** `var`, `path`, `packer` and the functions. */
  readonly base: EvalContext;
  /** Reads a data source, or gives what stands for it. */
  readData(node: DataNode, context: EvalContext): Promise<Value>;
  readonly hide: (secret: string) => void;
  readonly problems: ProblemList;
}

/** Locals and data sources as a graph: each is worked out once, after those it needs. */
export class ValueGraph {
  readonly #request: GraphRequest;
  readonly #byAddress: ReadonlyMap<string, ValueNode>;
  readonly #values = new Map<string, Value>();
  /** The nodes that are being worked out, each needed by the one before it. */
  readonly #path: ValueNode[] = [];

  constructor(request: GraphRequest) {
    this.#request = request;
    this.#byAddress = new Map(request.nodes.map((node) => [nameNode(node), node]));
  }

  /** Values under `local` and `data` by now, for an evaluation context. */
  variables(): ReadonlyMap<string, Value> {
    const { base } = this.#request;
    return new Map([
      ...(base.variables ?? []),
      ["local", localsObject(this.#values)],
      ["data", dataObject(this.#values)],
    ]);
  }

  /** Works out every node. */
  async resolveAll(): Promise<void> {
    for (const node of this.#request.nodes) {
      await this.#resolve(node);
    }
  }

  async #resolve(node: ValueNode): Promise<void> {
    const address = nameNode(node);
    if (this.#values.has(address)) {
      return;
    }
    if (this.#path.includes(node)) {
      const circle = [...this.#path.slice(this.#path.indexOf(node)), node].map(nameNode).join(" -> ");
      this.#request.problems.error("local/cycle", node.range.toRange(), "Values refer to one another in a circle", {
        detail: circle,
        hint: "Write one of them without the others.",
      });
      this.#values.set(address, dynamicValue);
      return;
    }
    this.#path.push(node);
    for (const reference of listExpressions(node).flatMap(referencesIn)) {
      await this.#resolveNeeded(reference, node);
    }
    this.#path.pop();
    // A circle that was found on the way has given it a value already.
    if (!this.#values.has(address)) {
      this.#values.set(address, await this.#workOut(node));
    }
  }

  async #resolveNeeded(reference: Reference, from: ValueNode): Promise<void> {
    const names = reference.steps.flatMap((step) => (step.kind === "attribute" ? step.name : []));
    const address = findAddress(reference.root, names);
    const target = address === undefined ? undefined : this.#byAddress.get(address);
    if (target !== undefined) {
      await this.#resolve(target);
    }
    // Something like `local` as a whole needs everything but the one that says so.
    else if (address !== undefined && names.length < (reference.root === "local" ? 1 : 2)) {
      for (const node of this.#request.nodes) {
        if (node.is === reference.root && node !== from) {
          await this.#resolve(node);
        }
      }
    }
  }

  async #workOut(node: ValueNode): Promise<Value> {
    const { base, readData, hide, problems } = this.#request;
    const context: EvalContext = { ...base, variables: this.variables() };
    if (node.is === "data") {
      return readData(node, context);
    }
    const { value, diagnostics } = evaluate(node.expression, context);
    problems.add(diagnostics);
    const marked = node.sensitive ? withMarks(value, [sensitive]) : value;
    hideMarked(marked, hide);
    return marked;
  }
}

function listExpressions(node: ValueNode): readonly Expression[] {
  if (node.is === "local") {
    return [node.expression];
  }
  return listBodyExpressions(node.body);
}

/** Every expression of a body and the blocks in it, whatever their types. */
export function listBodyExpressions(body: Body): readonly Expression[] {
  const { blocks, remain } = body.partialContent({ blocks: body.presentBlocks() });
  const own = [...remain.justAttributes().attributes.values()].map(({ expression }) => expression);
  return [...own, ...blocks.flatMap((block) => listBodyExpressions(block.body))];
}

function localsObject(values: ReadonlyMap<string, Value>): Value {
  const entries = [...values]
    .filter(([address]) => address.startsWith("local."))
    .map(([address, value]) => [address.slice("local.".length), value] as const);
  return objectValue(entries);
}

function dataObject(values: ReadonlyMap<string, Value>): Value {
  const byType = new Map<string, [string, Value][]>();
  for (const [address, value] of values) {
    const [root, type = "", name = ""] = address.split(".");
    if (root !== "data") {
      continue;
    }
    const group = byType.get(type);
    if (group === undefined) {
      byType.set(type, [[name, value]]);
    } else {
      group.push([name, value]);
    }
  }
  return objectValue([...byType].map(([type, entries]) => [type, objectValue(entries)] as const));
}

/** What stands for a data source that is not read: its attributes with their types. */
export function makeUnreadData(source: DataSource | undefined): Value {
  if (source === undefined) {
    return dynamicValue;
  }
  return objectValue(
    Object.entries(source.outputs).map(([name, type]) => [name, unknownValue(toValueType(type))] as const),
  );
}

/** What a reference to a local or to data names; undefined for everything else. */
function findAddress(root: string, [first = "", second = ""]: readonly string[]): string | undefined {
  if (root === "local") {
    return `local.${first}`;
  }
  return root === "data" ? `data.${first}.${second}` : undefined;
}

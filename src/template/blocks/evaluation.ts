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
import { Pauses } from "../pauses.ts";
import { type ProblemList, tellFirst } from "../problem-list.ts";
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
        detail: `Duplicate ${node.name} definition found. ${tellFirst(found.get(node.name)?.range.toRange())}`,
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

/** A node that is being worked out, and what it needs before that. */
interface Turn {
  readonly node: ValueNode;
  readonly needs: Iterator<ValueNode>;
}

/** Locals and data sources as a graph: each is worked out once, after those it needs. */
export class ValueGraph {
  readonly #request: GraphRequest;
  readonly #byAddress: ReadonlyMap<string, ValueNode>;
  readonly #dataNodes: readonly DataNode[];
  readonly #values = new Map<string, Value>();
  /** The nodes that are being worked out, each needed by the one before it. */
  readonly #path: Turn[] = [];
  readonly #onPath = new Set<ValueNode>();
  readonly #pauses = new Pauses();

  constructor(request: GraphRequest) {
    this.#request = request;
    this.#byAddress = new Map(request.nodes.map((node) => [nameNode(node), node]));
    this.#dataNodes = request.nodes.filter((node) => node.is === "data");
  }

  /** Values under `local` and `data` by now, for an evaluation context. */
  variables(): ReadonlyMap<string, Value> {
    return this.#withLocals(this.#values);
  }

  /** Works out every node. */
  async resolveAll(): Promise<void> {
    for (const node of this.#request.nodes) {
      this.#enter(node);
      await this.#walk();
    }
  }

  /** Goes on until the path is empty. It is a path of its own, so that a long chain of nodes costs no stack. */
  async #walk(): Promise<void> {
    for (let turn = this.#path.at(-1); turn !== undefined; turn = this.#path.at(-1)) {
      const next = turn.needs.next();
      if (next.done !== true) {
        this.#enter(next.value);
        continue;
      }
      this.#path.pop();
      this.#onPath.delete(turn.node);
      const address = nameNode(turn.node);
      // A circle that was found on the way has given it a value already.
      if (!this.#values.has(address)) {
        this.#values.set(address, await this.#workOut(turn.node));
      }
      await this.#pauses.take();
    }
  }

  #enter(node: ValueNode): void {
    const address = nameNode(node);
    if (this.#values.has(address)) {
      return;
    }
    if (!this.#onPath.has(node)) {
      this.#path.push({ node, needs: this.#listNeeds(node) });
      this.#onPath.add(node);
      return;
    }
    const nodes = this.#path.map((turn) => turn.node);
    const circle = [...nodes.slice(nodes.indexOf(node)), node].map(nameNode);
    this.#request.problems.error("local/cycle", node.range.toRange(), "Values refer to one another in a circle", {
      detail: shortenCircle(circle).join(" -> "),
      hint: "Write one of them without the others.",
    });
    this.#values.set(address, dynamicValue);
  }

  *#listNeeds(node: ValueNode): Generator<ValueNode> {
    for (const reference of listExpressions(node).flatMap(referencesIn)) {
      const names = readNames(reference);
      const address = findAddress(reference.root, names);
      const target = address === undefined ? undefined : this.#byAddress.get(address);
      if (target !== undefined) {
        yield target;
      }
      // Something like `local` as a whole needs everything but the one that says so.
      else if (address !== undefined && names.length < (reference.root === "local" ? 1 : 2)) {
        yield* this.#request.nodes.filter((other) => other.is === reference.root && other !== node);
      }
    }
  }

  async #workOut(node: ValueNode): Promise<Value> {
    const { base, readData, hide, problems } = this.#request;
    if (node.is === "data") {
      return readData(node, { ...base, variables: this.variables() });
    }
    const context: EvalContext = { ...base, variables: this.#withLocals(this.#pickLocals(node)) };
    const { value, diagnostics } = evaluate(node.expression, context);
    problems.add(diagnostics);
    const marked = node.sensitive ? withMarks(value, [sensitive]) : value;
    hideMarked(marked, hide);
    return marked;
  }

  /** The locals that a local names, if all of them are there: an object of everything is large to make for every one. */
  #pickLocals(node: LocalNode): ReadonlyMap<string, Value> {
    const picked = new Map<string, Value>();
    for (const reference of referencesIn(node.expression)) {
      if (reference.root !== "local") {
        continue;
      }
      const address = findAddress("local", readNames(reference)) ?? "";
      const value = this.#values.get(address);
      if (value === undefined) {
        return this.#values;
      }
      picked.set(address, value);
    }
    return picked;
  }

  #withLocals(locals: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
    const { base } = this.#request;
    return new Map([
      ...(base.variables ?? []),
      ["local", localsObject(locals)],
      ["data", dataObject(this.#values, this.#dataNodes)],
    ]);
  }
}

function readNames({ steps }: Reference): string[] {
  return steps.flatMap((step) => (step.kind === "attribute" ? step.name : []));
}

/** Both ends of a long one. */
function shortenCircle(names: readonly string[]): readonly string[] {
  return names.length <= 20 ? names : [...names.slice(0, 10), `… ${names.length - 15} more …`, ...names.slice(-5)];
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

function dataObject(values: ReadonlyMap<string, Value>, nodes: readonly DataNode[]): Value {
  const byType = new Map<string, [string, Value][]>();
  for (const node of nodes) {
    const value = values.get(nameNode(node));
    if (value === undefined) {
      continue;
    }
    const { type, name } = node;
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

// Reads YAML 1.1 into values. Brings the YAML library, so that it is imported only where a template needs it.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  Scalar,
} from "yaml";
import { stringType } from "../../cty/type.ts";
import {
  asEntries,
  asString,
  isNull,
  objectValue,
  stringValue,
  tupleValue,
  untypedNull,
  type Value,
} from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";
import { convertTo } from "./parts.ts";
import { yamlScalar } from "./yaml-scalar.ts";

/** References may repeat parts of a document, but not without end. */
const mostNodes = 1_000_000;
const deepest = 200;

/** The value of a YAML document. */
export function readYaml(text: string): Value {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: "1.1",
    schema: "failsafe",
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
    lineCounter: lines,
  });
  const reader = new YamlReader(lines);
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document?.contents == null && document?.errors.length === 0) {
    throw new FunctionError("there is no YAML document in this text", 0);
  }
  if (document === undefined) {
    throw new FunctionError("there is no YAML document in this text", 0);
  }
  const [problem] = document.errors;
  if (problem !== undefined) {
    reader.fail(problem.message.replace(/ at line \d+, column \d+:?[\s\S]*$/, ""), problem.pos[0]);
  }
  if (second !== undefined) {
    reader.fail("only one document is expected", second.range?.[0]);
  }
  return reader.read(document);
}

class YamlReader {
  readonly #lines: LineCounter;
  readonly #anchors = new Map<string, Value>();
  #nodes = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  fail(why: string, offset: number | undefined): never {
    const at = offset === undefined ? undefined : this.#lines.linePos(offset);
    throw new FunctionError(
      `this YAML cannot be read: ${at === undefined ? "" : `line ${at.line}, column ${at.col}: `}${why}`,
      0,
    );
  }

  read(document: Document.Parsed<ParsedNode>): Value {
    return this.#node(document.contents, 0);
  }

  #node(node: Node | null, depth: number): Value {
    if (++this.#nodes > mostNodes) {
      this.fail("it stands for too many values", undefined);
    }
    if (depth > deepest) {
      this.fail("it is nested too deeply", node?.range?.[0]);
    }
    if (node === null) {
      return untypedNull;
    }
    if (isAlias(node)) {
      return this.#alias(node.source, node.range?.[0]);
    }
    const value = this.#content(node, depth);
    const { anchor } = node as { anchor?: string | undefined };
    if (anchor !== undefined) {
      this.#anchors.set(anchor, value);
    }
    return value;
  }

  #content(node: Node, depth: number): Value {
    if (isScalar(node)) {
      return this.#scalar(node);
    }
    if (isSeq(node)) {
      this.#checkTag(node.tag, "seq", node.range?.[0]);
      return tupleValue(node.items.map((item) => this.#node(item as Node | null, depth + 1)));
    }
    if (!isMap(node)) {
      return this.fail("this is neither a scalar nor a sequence nor a mapping", node.range?.[0]);
    }
    this.#checkTag(node.tag, "map", node.range?.[0]);
    const entries = new Map<string, Value>();
    for (const { key, value } of node.items) {
      this.#entry(key as Node | null, value as Node | null, entries, depth);
    }
    return objectValue(entries);
  }

  #alias(name: string, offset: number | undefined): Value {
    const value = this.#anchors.get(name);
    if (value === undefined) {
      return this.fail(`there is no anchor &${name} before this`, offset);
    }
    this.#nodes += measureSize(value);
    if (this.#nodes > mostNodes) {
      this.fail("it stands for too many values", offset);
    }
    return value;
  }

  #entry(keyNode: Node | null, valueNode: Node | null, entries: Map<string, Value>, depth: number): void {
    const at = keyNode?.range?.[0];
    const key = this.#node(keyNode, depth + 1);
    const value = this.#node(valueNode, depth + 1);
    if (isNull(key)) {
      this.fail("a key must not be null", at);
    }
    if (key.data === "<<") {
      if (!(value.data instanceof Map)) {
        this.fail("only a mapping can be merged into a mapping", at);
      }
      for (const [name, part] of asEntries(value)) {
        entries.set(name, part);
      }
      return;
    }
    if (Array.isArray(key.data) || key.data instanceof Map) {
      this.fail("a key must be a string", at);
    }
    entries.set(asString(convertTo(key, stringType)), value);
  }

  #scalar(node: Scalar): Value {
    const text = typeof node.value === "string" ? node.value : (node.source ?? "");
    const isPlain = node.type === Scalar.PLAIN || node.type === undefined;
    const value = isPlain || !isKnownTag(node.tag) ? yamlScalar(text, shortTag(node.tag)) : stringValue(text);
    return typeof value === "string" ? this.fail(value, node.range?.[0]) : value;
  }

  #checkTag(tag: string | undefined, wanted: string, offset: number | undefined): void {
    const short = shortTag(tag);
    if (short !== undefined && short !== wanted) {
      this.fail(`the tag ${tag} does not fit here`, offset);
    }
  }
}

const prefix = "tag:yaml.org,2002:";

function shortTag(tag: string | undefined): string | undefined {
  return tag?.startsWith(prefix) ? tag.slice(prefix.length) : tag;
}

function isKnownTag(tag: string | undefined): boolean {
  return (
    tag === undefined || ["str", "int", "float", "bool", "null", "timestamp", "binary"].includes(shortTag(tag) ?? "")
  );
}

function measureSize(value: Value): number {
  if (Array.isArray(value.data)) {
    return (value.data as readonly Value[]).reduce((sum, part) => sum + measureSize(part), 1);
  }
  if (value.data instanceof Map) {
    return [...value.data.values()].reduce((sum, part) => sum + measureSize(part), 1);
  }
  return 1;
}

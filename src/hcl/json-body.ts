// Bodies of JSON syntax: objects that a schema divides into attributes and blocks.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Attribute, JsonNode, JsonProperty } from "./ast.ts";
import type { Block, BlockSchema, Body, BodyContent, BodySchema } from "./body.ts";
import { errorAt, placeText } from "./body.ts";
import { jsonExpression } from "./json-expression.ts";
import { describeMissingAttribute } from "./native-body.ts";
import type { Span } from "./source.ts";

/** A property with this name is a comment. */
const comment = "//";

/** One object, or several that are taken as one. */
export class JsonBody implements Body {
  readonly range: Span;
  readonly #nodes: readonly JsonNode[];
  readonly #hidden: ReadonlySet<string>;

  constructor(nodes: readonly JsonNode[], range: Span, hidden: ReadonlySet<string> = new Set()) {
    this.#nodes = nodes;
    this.range = range;
    this.#hidden = hidden;
  }

  get missingItemRange(): Span {
    const last = this.#nodes[this.#nodes.length - 1];
    return last?.kind === "object" ? last.closeRange : this.range;
  }

  content(schema: BodySchema): BodyContent {
    const { attributes, blocks, diagnostics } = this.partialContent(schema);
    const known = [
      ...(schema.attributes ?? []).map(({ name }) => name),
      ...(schema.blocks ?? []).map(({ type }) => type),
    ];
    const unexpected: Diagnostic[] = [];
    for (const { name, nameRange } of this.#properties([])) {
      if (known.includes(name)) {
        continue;
      }
      const near = didYouMean(name, known);
      const detail = `No argument or block type is named "${name}".`;
      unexpected.push(
        errorAt(nameRange, "hcl/unsupported-argument", "Unsupported property", {
          detail,
          hint: near === undefined ? undefined : `did you mean "${near}"?`,
        }),
      );
    }
    return { attributes, blocks, diagnostics: [...diagnostics, ...unexpected] };
  }

  partialContent(schema: BodySchema): BodyContent & { readonly remain: Body } {
    const diagnostics: Diagnostic[] = [];
    const attributes = new Map<string, Attribute>();
    const blocks: Block[] = [];
    const attributeNames = new Set((schema.attributes ?? []).map(({ name }) => name));
    const blockTypes = new Map((schema.blocks ?? []).map((block) => [block.type, block]));
    for (const property of this.#properties(diagnostics)) {
      const block = blockTypes.get(property.name);
      if (attributeNames.has(property.name)) {
        addAttribute(attributes, property, diagnostics);
      } else if (block !== undefined) {
        blocks.push(...readBlocks(property, block, diagnostics));
      }
    }
    for (const { name, required } of schema.attributes ?? []) {
      if (required && !attributes.has(name) && !this.#hidden.has(name)) {
        diagnostics.push(describeMissingAttribute(name, this.missingItemRange));
      }
    }
    const remain = new JsonBody(
      this.#nodes,
      this.range,
      new Set([...this.#hidden, ...attributeNames, ...blockTypes.keys()]),
    );
    return { attributes, blocks, diagnostics, remain };
  }

  justAttributes(): Omit<BodyContent, "blocks"> {
    const diagnostics: Diagnostic[] = [];
    const attributes = new Map<string, Attribute>();
    for (const property of this.#properties(diagnostics)) {
      addAttribute(attributes, property, diagnostics);
    }
    return { attributes, diagnostics };
  }

  presentBlocks(): readonly BlockSchema[] {
    return [];
  }

  #properties(diagnostics: Diagnostic[]): JsonProperty[] {
    return this.#nodes.flatMap((node) => {
      if (node.kind !== "object") {
        diagnostics.push(wrongKind(node, "A JSON object is required here, since this is the body of a block."));
      }
      return node.kind === "object"
        ? node.properties.filter(({ name }) => name !== comment && !this.#hidden.has(name))
        : [];
    });
  }
}

function wrongKind(node: JsonNode, detail: string): Diagnostic {
  return errorAt(node.range, "hcl/json-type", "Incorrect JSON value type", { detail });
}

function addAttribute(
  attributes: Map<string, Attribute>,
  { name, nameRange, value }: JsonProperty,
  diagnostics: Diagnostic[],
): void {
  const earlier = attributes.get(name);
  if (earlier === undefined) {
    attributes.set(name, { name, nameRange, range: nameRange.through(value.range), expression: jsonExpression(value) });
    return;
  }
  const detail = `The argument "${name}" was already set at ${placeText(earlier.nameRange)}. Each argument may be set only once.`;
  diagnostics.push(errorAt(nameRange, "hcl/duplicate-argument", "Argument redefined", { detail }));
}

interface Label {
  readonly text: string;
  readonly range: Span;
}

/** The blocks of a property: one level of objects for each label, and arrays for repetition at any level. */
function readBlocks(property: JsonProperty, schema: BlockSchema, diagnostics: Diagnostic[]): Block[] {
  const blocks: Block[] = [];
  collectBlocks({ property, schema, blocks, diagnostics }, property.value, []);
  return blocks;
}

function collectBlocks(
  {
    property,
    schema,
    blocks,
    diagnostics,
  }: {
    readonly property: JsonProperty;
    readonly schema: BlockSchema;
    readonly blocks: Block[];
    readonly diagnostics: Diagnostic[];
  },
  node: JsonNode,
  labels: readonly Label[],
): void {
  const missing = schema.labels?.[labels.length];
  if (missing === undefined) {
    const single = node.kind === "null" ? [] : [node];
    const nodes = node.kind === "array" ? node.elements : single;
    for (const body of nodes) {
      blocks.push(makeBlock(property, schema, labels, body));
    }
    return;
  }
  if (node.kind === "array") {
    for (const element of node.elements) {
      collectBlocks({ property, schema, blocks, diagnostics }, element, labels);
    }
  } else if (node.kind === "object") {
    const typed = missing === "type" ? node.properties.find(isOlderType) : undefined;
    if (typed?.value.kind === "string") {
      diagnostics.push(reportOlderType(typed, typed.value.value, schema));
      const label = { text: typed.value.value, range: typed.value.range };
      blocks.push({ ...makeBlock(property, schema, [...labels, label], node), body: withoutType(node) });
      return;
    }
    for (const { name, nameRange, value } of node.properties) {
      if (name !== comment) {
        collectBlocks({ property, schema, blocks, diagnostics }, value, [...labels, { text: name, range: nameRange }]);
      }
    }
    if (node.properties.length === 0) {
      const detail = `At least one property is required, whose name is the ${missing} of the ${schema.type}.`;
      diagnostics.push(errorAt(node.range, "hcl/missing-label", `Missing ${missing} for ${schema.type}`, { detail }));
    }
  } else if (node.kind !== "null") {
    diagnostics.push(
      wrongKind(
        node,
        `A JSON object is required here, whose property names are the ${missing} of each ${schema.type}.`,
      ),
    );
  }
}

/** `"type": "shell"`, as components are named in templates of the older format. */
function isOlderType({ name, value }: JsonProperty): boolean {
  return name === "type" && value.kind === "string";
}

function reportOlderType({ nameRange }: JsonProperty, label: string, { type }: BlockSchema): Diagnostic {
  return errorAt(nameRange, "hcl/json-type", `The type of a ${type} is a key of its own`, {
    detail: `In a .pkr.json file it stands around the options, as a label stands before the braces of HCL2.`,
    hint: `write { ${JSON.stringify(label)}: { … } }, with the other options inside`,
  });
}

/** What is left when the type is taken out, so that its other mistakes are told as well. */
function withoutType(node: JsonNode): Body {
  return new JsonBody([node], node.range, new Set(["type"]));
}

function makeBlock(property: JsonProperty, { type }: BlockSchema, labels: readonly Label[], node: JsonNode): Block {
  return {
    type,
    labels: labels.map(({ text }) => text),
    body: new JsonBody([node], node.range),
    typeRange: property.nameRange,
    labelRanges: labels.map(({ range }) => range),
    headerRange: property.nameRange.through(labels[labels.length - 1]?.range ?? property.nameRange),
  };
}

// Expands `dynamic` blocks: repeated blocks made from a collection.

import { convert } from "../cty/convert.ts";
import { problemText } from "../cty/mismatch.ts";
import { stringType } from "../cty/type.ts";
import { withArticle } from "../cty/type-name.ts";
import type { Value } from "../cty/value.ts";
import {
  asString,
  dynamicValue,
  isKnown,
  isNull,
  listEntries,
  objectValue,
  withMarks,
  withoutMarks,
} from "../cty/value.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Attribute, Expression } from "./ast.ts";
import type { Block, BlockSchema, Body, BodyContent, BodySchema } from "./body.ts";
import { errorAt, withRemain } from "./body.ts";
import type { EvalContext } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { describeUnexpectedBlock } from "./native-body.ts";
import type { Span } from "./source.ts";
import { readElements, readKeyword } from "./static.ts";

/** The body with its `dynamic` blocks, and those inside its blocks, replaced by what they produce. */
export function expandDynamicBlocks(body: Body, context: EvalContext): Body {
  return new ExpandedBody(body, context, new Map());
}

const dynamicSchema: BodySchema = {
  attributes: [{ name: "for_each", required: true }, { name: "iterator" }, { name: "labels" }],
  blocks: [{ type: "content" }],
};

class ExpandedBody implements Body {
  readonly #body: Body;
  readonly #context: EvalContext;
  /** What the iterators of the dynamic blocks around this body stand for. */
  readonly #variables: ReadonlyMap<string, Value>;
  /** Block types that were read already, so that their dynamic blocks are no longer there. */
  readonly #taken: ReadonlySet<string>;

  constructor(
    body: Body,
    context: EvalContext,
    variables: ReadonlyMap<string, Value>,
    taken: ReadonlySet<string> = new Set(),
  ) {
    this.#body = body;
    this.#context = context;
    this.#variables = variables;
    this.#taken = taken;
  }

  get range(): Span {
    return this.#body.range;
  }

  get missingItemRange(): Span {
    return this.#body.missingItemRange;
  }

  content(schema: BodySchema): BodyContent {
    return this.#expand(this.#body.content(withDynamic(schema)), schema, true);
  }

  partialContent(schema: BodySchema): BodyContent & { readonly remain: Body } {
    const found = this.#body.partialContent(withDynamic(schema));
    const rest = (): Body => {
      const taken = new Set([...this.#taken, ...(schema.blocks ?? []).map(({ type }) => type)]);
      return new ExpandedBody(this.#body.partialContent(schema).remain, this.#context, this.#variables, taken);
    };
    return withRemain(this.#expand(found, schema, false), rest);
  }

  justAttributes(): Omit<BodyContent, "blocks"> {
    const { attributes, diagnostics } = this.#body.justAttributes();
    return { attributes: this.#scopedAll(attributes), diagnostics };
  }

  presentBlocks(): readonly BlockSchema[] {
    const own = this.#body.presentBlocks().filter(({ type }) => type !== "dynamic");
    const dynamic = this.#body.partialContent(withDynamic({})).blocks.flatMap((block) => {
      const { attributes } = block.body.partialContent(dynamicSchema);
      const labels = attributes.get("labels");
      const type = block.labels[0] ?? "";
      if (this.#taken.has(type) || own.some((each) => each.type === type)) {
        return [];
      }
      return { type, labels: labels === undefined ? [] : (readElements(labels.expression) ?? []).map(() => "label") };
    });
    return [...own, ...dynamic];
  }

  #expand(found: BodyContent, schema: BodySchema, strict: boolean): BodyContent {
    const diagnostics: Diagnostic[] = [...found.diagnostics];
    const blocks = found.blocks.flatMap((block) => {
      if (block.type !== "dynamic") {
        return [{ ...block, body: new ExpandedBody(block.body, this.#context, this.#variables) }];
      }
      const [type = ""] = block.labels;
      if (this.#taken.has(type)) {
        return [];
      }
      const expected = schema.blocks?.find((each) => each.type === type);
      if (expected !== undefined) {
        return this.#instances(block, expected, diagnostics);
      }
      const attributes = (schema.attributes ?? []).map(({ name }) => name);
      const types = (schema.blocks ?? []).map((each) => each.type);
      if (strict) {
        diagnostics.push(describeUnexpectedBlock(type, block.labelRanges[0] ?? block.typeRange, attributes, types));
      }
      return [];
    });
    return { attributes: this.#scopedAll(found.attributes), blocks, diagnostics };
  }

  #scopedAll(attributes: ReadonlyMap<string, Attribute>): ReadonlyMap<string, Attribute> {
    if (this.#variables.size === 0) {
      return attributes;
    }
    return new Map(
      [...attributes].map(([name, attribute]) => [
        name,
        { ...attribute, expression: this.#scoped(attribute.expression) },
      ]),
    );
  }

  #scoped(expression: Expression, variables = this.#variables): Expression {
    return variables.size === 0
      ? expression
      : { kind: "scoped", inner: expression, variables, range: expression.range };
  }

  /** The blocks that one dynamic block stands for. */
  #instances(block: Block, schema: BlockSchema, diagnostics: Diagnostic[]): Block[] {
    const found = block.body.content(dynamicSchema);
    diagnostics.push(...found.diagnostics);
    const content = this.#content(found, block, diagnostics);
    const forEach = found.attributes.get("for_each");
    const labels = this.#labelExpressions(found.attributes.get("labels"), block, schema, diagnostics);
    if (forEach === undefined || content === undefined) {
      return [];
    }
    const iterator = this.#iterator(found.attributes.get("iterator"), schema.type, diagnostics);
    const rounds = this.#rounds(forEach, diagnostics);
    if (labels === undefined) {
      return [];
    }
    return rounds.flatMap(({ key, value, marks }) => {
      const each = objectValue([
        ["key", key],
        ["value", value],
      ]);
      const variables = new Map(this.#variables).set(iterator, withMarks(each, marks));
      const texts = this.#labels(labels, variables, diagnostics);
      return texts === undefined ? [] : [this.#instance({ block, schema, content }, texts, variables)];
    });
  }

  #instance(
    { block, schema, content }: { readonly block: Block; readonly schema: BlockSchema; readonly content: Block },
    labels: readonly { text: string; range: Span }[],
    variables: ReadonlyMap<string, Value>,
  ): Block {
    return {
      type: schema.type,
      labels: labels.map(({ text }) => text),
      body: new ExpandedBody(content.body, this.#context, variables),
      typeRange: block.labelRanges[0] ?? block.typeRange,
      labelRanges: labels.map(({ range }) => range),
      headerRange: block.headerRange,
    };
  }

  #content(found: BodyContent, block: Block, diagnostics: Diagnostic[]): Block | undefined {
    const [content, extra] = found.blocks;
    if (extra !== undefined) {
      diagnostics.push(
        errorAt(extra.typeRange, "hcl/invalid-dynamic", "Extraneous dynamic content block", {
          detail: "Only one content block is allowed in a dynamic block.",
        }),
      );
    }
    if (content === undefined) {
      diagnostics.push(
        errorAt(block.body.missingItemRange, "hcl/invalid-dynamic", "Missing dynamic content block", {
          detail: "A dynamic block needs one content block, which is the body of the blocks it produces.",
        }),
      );
    }
    return content;
  }

  #iterator(attribute: Attribute | undefined, type: string, diagnostics: Diagnostic[]): string {
    if (attribute === undefined) {
      return type;
    }
    const name = readKeyword(attribute.expression);
    if (name !== undefined) {
      return name;
    }
    diagnostics.push(
      errorAt(attribute.expression.range, "hcl/invalid-dynamic", "Invalid dynamic iterator name", {
        detail: "The iterator must be a single name.",
      }),
    );
    return type;
  }

  #rounds(forEach: Attribute, diagnostics: Diagnostic[]): { key: Value; value: Value; marks: Iterable<string> }[] {
    const { value, diagnostics: found } = evaluate(this.#scoped(forEach.expression), this.#context);
    diagnostics.push(...found);
    const { marks } = value;
    const iterable = ["list", "set", "map", "tuple", "object", "dynamic"].includes(value.type.kind);
    if (isNull(value) || !iterable) {
      const what = isNull(value) ? "null" : withArticle(value.type);
      const detail = `The for_each of a dynamic block needs a list, set, map, tuple or object, and this is ${what}.`;
      diagnostics.push(
        errorAt(forEach.expression.range, "hcl/invalid-dynamic", "Invalid dynamic for_each value", { detail }),
      );
      return [];
    }
    if (!isKnown(value)) {
      return found.length > 0 ? [] : [{ key: dynamicValue, value: dynamicValue, marks }];
    }
    return listEntries(withoutMarks(value)).map(([key, element]) => ({ key, value: element, marks }));
  }

  /** They have to be there even if nothing is repeated. */
  #labelExpressions(
    attribute: Attribute | undefined,
    block: Block,
    { type, labels: expected = [] }: BlockSchema,
    diagnostics: Diagnostic[],
  ): readonly Expression[] | undefined {
    const expressions = attribute === undefined ? [] : readElements(attribute.expression);
    if (expressions?.length === expected.length) {
      return expressions;
    }
    const said =
      expected.length === 0
        ? "no labels"
        : `${expected.length} label${expected.length === 1 ? "" : "s"} (${expected.join(", ")})`;
    const at = attribute?.expression.range ?? block.body.missingItemRange;
    diagnostics.push(
      errorAt(at, "hcl/invalid-dynamic", "Invalid dynamic block labels", {
        detail: `Blocks of type "${type}" take ${said}, given as a list in "labels".`,
      }),
    );
    return undefined;
  }

  #labels(
    expressions: readonly Expression[],
    variables: ReadonlyMap<string, Value>,
    diagnostics: Diagnostic[],
  ): { text: string; range: Span }[] | undefined {
    const labels: { text: string; range: Span }[] = [];
    for (const expression of expressions) {
      const text = this.#label(expression, variables, diagnostics);
      if (text === undefined) {
        return undefined;
      }
      labels.push({ text, range: expression.range });
    }
    return labels;
  }

  #label(expression: Expression, variables: ReadonlyMap<string, Value>, diagnostics: Diagnostic[]): string | undefined {
    const { value, diagnostics: found } = evaluate(this.#scoped(expression, variables), this.#context);
    diagnostics.push(...found);
    if (found.length > 0) {
      return undefined;
    }
    const converted = convert(value, stringType);
    const problem = converted.ok ? findLabelProblem(converted.value) : problemText(converted.problem);
    if (problem === undefined && converted.ok) {
      return asString(converted.value);
    }
    diagnostics.push(
      errorAt(expression.range, "hcl/invalid-dynamic", "Invalid dynamic block label", {
        detail: `This cannot be a label: ${problem}.`,
      }),
    );
    return undefined;
  }
}

function withDynamic(schema: BodySchema): BodySchema {
  return { ...schema, blocks: [...(schema.blocks ?? []), { type: "dynamic", labels: ["type"] }] };
}

/** Why a text cannot be a block's label. */
function findLabelProblem(label: Value): string | undefined {
  if (isNull(label)) {
    return "it must not be null";
  }
  if (!isKnown(label)) {
    return "it must be known before the run";
  }
  return label.marks.size > 0 ? "it must not be sensitive" : undefined;
}

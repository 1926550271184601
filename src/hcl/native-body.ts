// Bodies of the native syntax.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Attribute } from "./ast.ts";
import type { Block, BlockSchema, Body, BodyContent, BodySchema } from "./body.ts";
import { errorAt, withRemain } from "./body.ts";
import type { Span } from "./source.ts";

/** A block of the native syntax, as it was written. */
export interface NativeBlock extends Block {
  readonly body: NativeBody;
  readonly openRange: Span;
  readonly closeRange: Span;
  readonly range: Span;
}

const nothingHidden = { attributes: new Set<string>(), blocks: new Set<string>() };

/** The attributes and blocks between two braces, or of a whole file. */
export class NativeBody implements Body {
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly blocks: readonly NativeBlock[];
  readonly range: Span;
  readonly missingItemRange: Span;
  readonly #hiddenAttributes: ReadonlySet<string>;
  readonly #hiddenBlocks: ReadonlySet<string>;

  constructor(
    content: {
      attributes: ReadonlyMap<string, Attribute>;
      blocks: readonly NativeBlock[];
      range: Span;
      missingItemRange: Span;
    },
    hidden: { attributes: ReadonlySet<string>; blocks: ReadonlySet<string> } = nothingHidden,
  ) {
    this.attributes = content.attributes;
    this.blocks = content.blocks;
    this.range = content.range;
    this.missingItemRange = content.missingItemRange;
    this.#hiddenAttributes = hidden.attributes;
    this.#hiddenBlocks = hidden.blocks;
  }

  content(schema: BodySchema): BodyContent {
    const found = this.partialContent(schema);
    const diagnostics = [...found.diagnostics, ...this.#unexpected(schema)];
    return { attributes: found.attributes, blocks: found.blocks, diagnostics };
  }

  partialContent(schema: BodySchema): BodyContent & { readonly remain: Body } {
    const diagnostics: Diagnostic[] = [];
    const attributes = new Map<string, Attribute>();
    for (const { name, required } of schema.attributes ?? []) {
      const attribute = this.#hiddenAttributes.has(name) ? undefined : this.attributes.get(name);
      if (attribute !== undefined) {
        attributes.set(name, attribute);
      } else if (required) {
        diagnostics.push(describeMissingAttribute(name, this.missingItemRange));
      }
    }
    const known = new Map((schema.blocks ?? []).map((block) => [block.type, block]));
    const blocks = this.blocks.filter((block) => {
      const expected = this.#hiddenBlocks.has(block.type) ? undefined : known.get(block.type);
      return expected !== undefined && labelsFit(block, expected, diagnostics);
    });
    const rest = (): Body =>
      new NativeBody(this, {
        attributes: new Set([...this.#hiddenAttributes, ...(schema.attributes ?? []).map(({ name }) => name)]),
        blocks: new Set([...this.#hiddenBlocks, ...known.keys()]),
      });
    return withRemain({ attributes, blocks, diagnostics }, rest);
  }

  justAttributes(): Omit<BodyContent, "blocks"> {
    const diagnostics: Diagnostic[] = [];
    const [block] = this.blocks.filter(({ type }) => !this.#hiddenBlocks.has(type));
    if (block !== undefined) {
      const detail = "Blocks are not allowed here.";
      const hint =
        block.labels.length === 0
          ? `if "${block.type}" is meant to be an argument, write an equals sign after its name`
          : undefined;
      diagnostics.push(
        errorAt(
          block.typeRange,
          "hcl/unexpected-block",
          `Unexpected "${block.type}" block`,
          hint === undefined ? { detail } : { detail, hint },
        ),
      );
    }
    const attributes = [...this.attributes].filter(([name]) => !this.#hiddenAttributes.has(name));
    return { attributes: new Map(attributes), diagnostics };
  }

  presentBlocks(): readonly BlockSchema[] {
    const found = new Map<string, BlockSchema>();
    for (const { type, labels } of this.blocks) {
      if (!this.#hiddenBlocks.has(type) && !found.has(type)) {
        found.set(type, { type, labels: labels.map(() => "label") });
      }
    }
    return [...found.values()];
  }

  /** What the schema does not know, in the order of the text. */
  #unexpected(schema: BodySchema): Diagnostic[] {
    const attributeNames = (schema.attributes ?? []).map(({ name }) => name);
    const blockTypes = (schema.blocks ?? []).map(({ type }) => type);
    const found: { at: number; diagnostic: Diagnostic }[] = [];
    for (const [name, attribute] of this.attributes) {
      if (this.#hiddenAttributes.has(name) || attributeNames.includes(name)) {
        continue;
      }
      found.push({
        at: attribute.range.from,
        diagnostic: describeUnexpectedAttribute(name, attribute.nameRange, attributeNames, blockTypes),
      });
    }
    for (const { type, typeRange } of this.blocks) {
      if (this.#hiddenBlocks.has(type) || blockTypes.includes(type)) {
        continue;
      }
      found.push({
        at: typeRange.from,
        diagnostic: describeUnexpectedBlock(type, typeRange, attributeNames, blockTypes),
      });
    }
    return found.sort((a, b) => a.at - b.at).map(({ diagnostic }) => diagnostic);
  }
}

/** The mistake of leaving out a required argument. */
export function describeMissingAttribute(name: string, at: Span): Diagnostic {
  return errorAt(at, "hcl/missing-argument", "Missing required argument", {
    detail: `The argument "${name}" is required, but no definition was found.`,
  });
}

/** The mistake of an argument that nobody expects. */
function describeUnexpectedAttribute(
  name: string,
  at: Span,
  attributes: readonly string[],
  blocks: readonly string[],
): Diagnostic {
  const detail = `An argument named "${name}" is not expected here.`;
  if (blocks.includes(name)) {
    return errorAt(at, "hcl/unsupported-argument", "Unsupported argument", {
      detail,
      hint: `to define a block of type "${name}", leave out the equals sign`,
    });
  }
  return errorAt(at, "hcl/unsupported-argument", "Unsupported argument", { detail, ...suggestName(name, attributes) });
}

/** The mistake of a block that nobody expects. */
export function describeUnexpectedBlock(
  type: string,
  at: Span,
  attributes: readonly string[],
  blocks: readonly string[],
): Diagnostic {
  const detail = `Blocks of type "${type}" are not expected here.`;
  if (attributes.includes(type)) {
    return errorAt(at, "hcl/unsupported-block", "Unsupported block type", {
      detail,
      hint: `to set the argument "${type}", write an equals sign after its name`,
    });
  }
  const hint =
    type === "dynamic"
      ? { hint: "put it into the block whose inner blocks it is to repeat" }
      : suggestName(type, blocks);
  return errorAt(at, "hcl/unsupported-block", "Unsupported block type", { detail, ...hint });
}

function suggestName(name: string, candidates: readonly string[]): { hint?: string | undefined } {
  const near = didYouMean(name, candidates);
  return near === undefined ? {} : { hint: `did you mean "${near}"?` };
}

function labelsFit(block: NativeBlock, { type, labels = [] }: BlockSchema, diagnostics: Diagnostic[]): boolean {
  const missing = labels[block.labels.length];
  if (missing !== undefined) {
    diagnostics.push(
      errorAt(block.openRange, "hcl/missing-label", `Missing ${missing} for ${type}`, {
        detail: `All ${type} blocks must have ${labels.length} label${labels.length === 1 ? "" : "s"} (${labels.join(", ")}).`,
        context: block.headerRange,
      }),
    );
    return false;
  }
  const extra = block.labelRanges[labels.length];
  if (extra === undefined) {
    return true;
  }
  const detail =
    labels.length === 0
      ? `No labels are expected for ${type} blocks.`
      : `Only ${labels.length} label${labels.length === 1 ? " is" : "s are"} expected for ${type} blocks (${labels.join(", ")}).`;
  diagnostics.push(
    errorAt(extra, "hcl/extra-label", `Extraneous label for ${type}`, { detail, context: block.headerRange }),
  );
  return false;
}

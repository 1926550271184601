// What the inside of a file or block offers to whoever decodes it, in native and JSON syntax alike.
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Attribute } from "./ast.ts";
import type { Span } from "./source.ts";

/** Which attributes and blocks are expected. */
export interface BodySchema {
  readonly attributes?: readonly AttributeSchema[] | undefined;
  readonly blocks?: readonly BlockSchema[] | undefined;
}

interface AttributeSchema {
  readonly name: string;
  readonly required?: boolean | undefined;
}

export interface BlockSchema {
  readonly type: string;
  /** What its labels are called, such as `type` and `name` for a source. */
  readonly labels?: readonly string[] | undefined;
}

/** A block as it was found. */
export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
  readonly typeRange: Span;
  readonly labelRanges: readonly Span[];
  /** Type and labels. */
  readonly headerRange: Span;
}

/** What was found of what was expected, with everything that is wrong about it. */
export interface BodyContent {
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** In the order of the text. */
  readonly blocks: readonly Block[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The inside of a file or block. Bodies are read through a schema, since JSON only then knows attributes from blocks. */
export interface Body {
  /** Everything in the body; what the schema does not know is a mistake. */
  content(schema: BodySchema): BodyContent;
  /** What the schema knows; the rest stays for another reader. */
  partialContent(schema: BodySchema): BodyContent & { readonly remain: Body };
  /** All attributes, whatever their names; blocks are a mistake. */
  justAttributes(): Omit<BodyContent, "blocks">;
  /**
   * The blocks that are there, as a schema that finds them: for looking into a body that nobody has a schema for. JSON cannot
   * tell blocks from arguments and has none.
   */
  presentBlocks(): readonly BlockSchema[];
  /** Where something that is missing would have to be added. */
  readonly missingItemRange: Span;
  /** The whole body. */
  readonly range: Span;
}

/** What was found, with the rest made only for the few readers who ask for it. */
export function withRemain(found: BodyContent, rest: () => Body): BodyContent & { readonly remain: Body } {
  let made: Body | undefined;
  return {
    ...found,
    get remain() {
      made ??= rest();
      return made;
    },
  };
}

/** An error at a place. */
export function errorAt(
  subject: Span,
  code: string,
  summary: string,
  more: { detail?: string | undefined; hint?: string | undefined; context?: Span | undefined } = {},
): Diagnostic {
  const { context, ...said } = more;
  return {
    code,
    severity: "error",
    summary,
    ...said,
    subject: subject.toRange(),
    context: context?.toRange(),
  };
}

/** Where something is, in words: `build.pkr.hcl:3,5-9`. */
export function placeText(span: Span): string {
  const { filename, start, end } = span.toRange();
  const to = start.line === end.line ? `${end.column}` : `${end.line},${end.column}`;
  return `${filename}:${start.line},${start.column}-${to}`;
}

// `source` and `build` blocks: what is built, and with what. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/blocks/build
import { convert } from "../../cty/convert.ts";
import { stringType } from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { asElements, asString, isKnown, isNull, isWhollyKnown, tupleValue } from "../../cty/value.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { Expression } from "../../hcl/ast.ts";
import type { Block, Body } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { expandDynamicBlocks } from "../../hcl/dynamic-blocks.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import { isIdentifier } from "../../hcl/lexer.ts";
import type { Span } from "../../hcl/source.ts";
import type { ProblemList } from "../problem-list.ts";
import { checkHcpRegistry } from "./hcp-registry.ts";

export interface SourceBlock {
  readonly type: string;
  readonly name: string;
  readonly range: Span;
  readonly body: Body;
}

/** A source as one build uses it. */
export interface SourceUse {
  readonly source: SourceBlock;
  /** Its name here: that of the source unless the build gives another. */
  readonly localName: string;
  /** Further settings for this build alone. */
  readonly extra?: Body | undefined;
  readonly range: Span;
}

export interface PartBlock {
  readonly type: string;
  readonly range: Span;
  readonly body: Body;
}

export interface BuildBlock {
  readonly name: string;
  /** False when it holds values that nobody has given; it is empty then. */
  readonly nameIsKnown: boolean;
  readonly description: string;
  readonly range: Span;
  readonly uses: readonly SourceUse[];
  /** `TYPE.NAME` of every source that is named, whether it exists or not; `undefined` when the names cannot be worked out. */
  readonly references: readonly string[] | undefined;
  readonly provisioners: readonly PartBlock[];
  readonly errorCleanupProvisioner?: PartBlock | undefined;
  readonly postProcessors: readonly (readonly PartBlock[])[];
}

/** Reads `source` blocks; a name may be taken once for each type. */
export function readSources(blocks: readonly Block[], problems: ProblemList): ReadonlyMap<string, SourceBlock> {
  const found = new Map<string, SourceBlock>();
  for (const block of blocks) {
    const [type = "", name = ""] = block.labels;
    const address = `${type}.${name}`;
    if (found.has(address)) {
      problems.error(
        "source/duplicate",
        (block.labelRanges[1] ?? block.typeRange).toRange(),
        "Duplicate source block",
        {
          detail: `This source block has the same builder type and name as a previous block: ${address}.`,
        },
      );
    } else {
      found.set(address, { type, name, range: block.labelRanges[0] ?? block.typeRange, body: block.body });
    }
  }
  return found;
}

const buildSchema = {
  attributes: [{ name: "name" }, { name: "description" }, { name: "sources" }],
  blocks: [
    { type: "source", labels: ["reference"] },
    { type: "provisioner", labels: ["type"] },
    { type: "error-cleanup-provisioner", labels: ["type"] },
    { type: "post-processor", labels: ["type"] },
    { type: "post-processors" },
    { type: "hcp_packer_registry" },
    { type: "from", labels: ["type"] },
  ],
};

/** Reads one `build` block. */
export function readBuild(
  block: Block,
  sources: ReadonlyMap<string, SourceBlock>,
  context: EvalContext,
  problems: ProblemList,
): BuildBlock {
  const { attributes, blocks, diagnostics } = expandDynamicBlocks(block.body, context).content(buildSchema);
  const before = problems.all.length;
  problems.add(diagnostics);
  const text = (name: string): string => {
    const attribute = attributes.get(name);
    return attribute === undefined ? "" : (readText(attribute.expression, context, `"${name}"`, problems) ?? "");
  };
  const pick = (type: string): readonly Block[] => blocks.filter((one) => one.type === type);
  const listed = readReferences(attributes.get("sources")?.expression, context, problems);
  const uses = [
    ...(listed ?? []).flatMap(({ text: reference, range }) => {
      const source = isReference(reference, range, problems)
        ? findSource(reference, range, sources, { explain: context.explain, problems })
        : undefined;
      return source === undefined ? [] : [{ source, localName: source.name, range }];
    }),
    ...pick("source").flatMap((one) => readUsedSource(one, sources, context, problems) ?? []),
  ];
  const references =
    listed &&
    [...listed.map(({ text: reference }) => reference), ...pick("source").map(({ labels }) => labels[0] ?? "")].map(
      writeAddress,
    );
  if (listed?.length === 0 && pick("source").length === 0 && problems.all.length === before) {
    reportNoSource(block, attributes.get("sources")?.expression, context, problems);
  }
  checkHcpRegistry(pick("hcp_packer_registry"), context, problems);
  const errorCleanupProvisioner = readCleanup(pick("error-cleanup-provisioner"), problems);
  const name = attributes.get("name");
  return {
    name: text("name"),
    nameIsKnown: name === undefined || isKnown(evaluate(name.expression, context).value),
    description: text("description"),
    range: block.typeRange,
    uses,
    references,
    provisioners: pick("provisioner").map(readPart),
    errorCleanupProvisioner,
    postProcessors: blocks.flatMap((one) => readSequence(one, context, problems) ?? []),
  };
}

/** A list whose elements nobody knows yet may be one of sources all the same. */
function reportNoSource(
  block: Block,
  listed: Expression | undefined,
  context: EvalContext,
  problems: ProblemList,
): void {
  const { value, diagnostics } = listed === undefined ? noValue : evaluate(listed, context);
  if (diagnostics.length > 0 || !isWhollyKnown(value)) {
    return;
  }
  problems.error("source/missing", (listed?.range ?? block.typeRange).toRange(), "missing source reference", {
    detail: `a build block must reference at least one source to be built${listed === undefined ? "" : ", and this list is empty"}`,
    hint: 'Write sources = ["source.TYPE.NAME"].',
  });
}

const noValue = { value: tupleValue([]), diagnostics: [] };

function readCleanup([cleanup, second]: readonly Block[], problems: ProblemList): PartBlock | undefined {
  if (second !== undefined) {
    problems.error(
      "build/cleanup-provisioner",
      second.typeRange.toRange(),
      "Only one error-cleanup-provisioner is allowed",
    );
  }
  return cleanup && readPart(cleanup);
}

function readPart(block: Block): PartBlock {
  return { type: block.labels[0] ?? "", range: block.labelRanges[0] ?? block.typeRange, body: block.body };
}

function readSequence(block: Block, context: EvalContext, problems: ProblemList): [readonly PartBlock[]] | undefined {
  if (block.type === "post-processor") {
    return [[readPart(block)]];
  }
  if (block.type !== "post-processors") {
    return undefined;
  }
  const { blocks, diagnostics } = expandDynamicBlocks(block.body, context).content({
    blocks: [{ type: "post-processor", labels: ["type"] }],
  });
  problems.add(diagnostics);
  return [blocks.map(readPart)];
}

/** A text that is known; a report otherwise. */
export function readText(
  expression: Expression,
  context: EvalContext,
  what: string,
  problems: ProblemList,
): string | undefined {
  const { value, diagnostics } = evaluate(expression, context);
  problems.add(diagnostics);
  if (diagnostics.length > 0 || !isKnown(value)) {
    return undefined;
  }
  const converted = convert(value, stringType);
  if (converted.ok && !isNull(converted.value)) {
    return asString(converted.value);
  }
  problems.error("option/wrong-type", expression.range.toRange(), `${what} must be a string`);
  return undefined;
}

interface Listed {
  readonly text: string;
  readonly range: Span;
}

/** The entries of `sources`; `undefined` when they cannot be worked out. */
function readReferences(
  expression: Expression | undefined,
  context: EvalContext,
  problems: ProblemList,
): readonly Listed[] | undefined {
  if (expression === undefined) {
    return [];
  }
  const { value, diagnostics } = evaluate(expression, context);
  problems.add(diagnostics);
  if (diagnostics.length > 0 || !isKnown(value)) {
    return undefined;
  }
  if (isNull(value) || !["tuple", "list", "set"].includes(value.type.kind)) {
    const what = isNull(value) ? "null" : withArticle(value.type);
    problems.error(
      "source/reference",
      expression.range.toRange(),
      `"sources" must be a list of strings, but is ${what}`,
      {
        hint: 'Write sources = ["source.TYPE.NAME"].',
      },
    );
    return undefined;
  }
  return asElements(value).flatMap((item, i) => {
    const range = expression.kind === "tuple" ? (expression.elements[i]?.range ?? expression.range) : expression.range;
    if (!isKnown(item)) {
      return [];
    }
    if (!isNull(item) && item.type.kind === "string") {
      return [{ text: asString(item), range }];
    }
    problems.error("source/reference", range.toRange(), "Invalid source reference", {
      detail: "A source is named by a string.",
      hint: 'Write "source.TYPE.NAME".',
    });
    return [];
  });
}

/** `TYPE.NAME` of `source.TYPE.NAME`; as Packer, whatever stands in front counts as `source`, and what follows is left aside. */
function writeAddress(reference: string): string {
  const parts = reference.split(".");
  return parts.length > 2 ? parts.slice(1, 3).join(".") : reference;
}

function readUsedSource(
  block: Block,
  sources: ReadonlyMap<string, SourceBlock>,
  context: EvalContext,
  problems: ProblemList,
): SourceUse | undefined {
  const range = block.labelRanges[0] ?? block.typeRange;
  const source = findSource(block.labels[0] ?? "", range, sources, { explain: context.explain, problems });
  const { attributes, remain, diagnostics } = block.body.partialContent({ attributes: [{ name: "name" }] });
  problems.add(diagnostics);
  const name = attributes.get("name");
  // As Packer: the name may use what a dynamic block around it gives, and nothing else.
  const localName = name && readText(name.expression, {}, '"name"', problems);
  return source && { source, localName: localName ?? source.name, extra: remain, range };
}

/** As Packer: what stands in the list of sources has to be made of names; a block of its own may name anything. */
function isReference(reference: string, range: Span, problems: ProblemList): boolean {
  const parts = writeAddress(reference).split(".");
  const isFine = parts.length === 2 && parts.every(isIdentifier);
  if (!isFine) {
    reportReference(reference, range, problems);
  }
  return isFine;
}

function reportReference(reference: string, range: Span, problems: ProblemList): void {
  problems.error("source/reference", range.toRange(), "Invalid source reference", {
    detail: `"${reference}" does not name a source. A type and a name begin with a letter and hold only letters, digits, underscores and dashes.`,
    hint: 'Write "source.TYPE.NAME".',
  });
}

function findSource(
  reference: string,
  range: Span,
  sources: ReadonlyMap<string, SourceBlock>,
  { explain, problems }: Pick<EvalContext, "explain"> & { readonly problems: ProblemList },
): SourceBlock | undefined {
  const address = writeAddress(reference);
  const found = sources.get(address);
  if (found !== undefined) {
    return found;
  }
  if (!/^[^.]+\.[^.]+$/.test(address)) {
    reportReference(reference, range, problems);
    return undefined;
  }
  const meant = didYouMean(address, sources.keys());
  const near = meant === undefined ? undefined : `did you mean "${meant}"?`;
  const known = [...sources.keys()].map((key) => `"${key}"`).join(", ");
  problems.error("source/unknown", range.toRange(), `Unknown source ${address}`, {
    detail: known === "" ? "There are no source blocks." : `Known: [${known}]`,
    hint: explain?.attribute?.(["source", ...address.split(".")], near)?.hint ?? near,
  });
  // What was meant stands in, so that one run tells the other mistakes as well. Nothing is built of it.
  return meant === undefined ? undefined : sources.get(meant);
}

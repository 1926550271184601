// `hcp_packer_registry` in a build: its form is checked, nothing is published. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/blocks/build/hcp_packer_registry
import { convert } from "../../cty/convert.ts";
import { problemText } from "../../cty/mismatch.ts";
import { listType, mapType, stringType, type Type } from "../../cty/type.ts";
import { asElements, asEntries, asString, isKnown, isNull, type Value } from "../../cty/value.ts";
import type { Attribute } from "../../hcl/ast.ts";
import type { Block } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { ProblemList } from "../problem-list.ts";

const types: Readonly<Record<string, Type>> = {
  bucket_name: stringType,
  description: stringType,
  labels: mapType(stringType),
  bucket_labels: mapType(stringType),
  build_labels: mapType(stringType),
  channels: listType(stringType),
};

const LONGEST_DESCRIPTION = 255;

/** Checks the blocks of one build. */
export function checkHcpRegistry(blocks: readonly Block[], context: EvalContext, problems: ProblemList): void {
  const [block, second] = blocks;
  if (block === undefined) {
    return;
  }
  if (second !== undefined) {
    problems.error("build/hcp-registry", second.typeRange.toRange(), "Only one hcp_packer_registry is allowed");
  }
  // As Packer: what it does not know is left aside.
  const { attributes, diagnostics } = block.body.partialContent({
    attributes: Object.keys(types).map((name) => ({ name })),
  });
  problems.add(diagnostics);
  const values = new Map([...attributes.values()].map((one) => [one.name, readValue(one, context, problems)]));
  const at = (name: string): Attribute["range"] => attributes.get(name)?.expression.range ?? block.typeRange;
  const bucket = readText(values.get("bucket_name"));
  if (bucket !== "" && !/^[a-zA-Z0-9-]{3,36}$/.test(bucket)) {
    problems.error("build/hcp-registry", at("bucket_name").toRange(), `"${bucket}" cannot be the name of a bucket`, {
      detail: "It has between 3 and 36 letters of ASCII, digits and hyphens.",
    });
  }
  if (Buffer.byteLength(readText(values.get("description"))) > LONGEST_DESCRIPTION) {
    problems.error(
      "build/hcp-registry",
      at("description").toRange(),
      `The description is longer than ${LONGEST_DESCRIPTION} characters`,
    );
  }
  if (isFilled(values.get("labels")) && isFilled(values.get("bucket_labels"))) {
    problems.error(
      "build/hcp-registry",
      at("labels").toRange(),
      'Only one of "labels" and "bucket_labels" can be set',
      {
        hint: 'Take "labels" away, which is the older word.',
      },
    );
  }
}

function readValue({ name, expression }: Attribute, context: EvalContext, problems: ProblemList): Value | undefined {
  const { value, diagnostics } = evaluate(expression, context);
  problems.add(diagnostics);
  if (diagnostics.length > 0 || !isKnown(value)) {
    return undefined;
  }
  const converted = convert(value, types[name] ?? stringType);
  const wrong = converted.ok ? findNull(converted.value) : problemText(converted.problem);
  if (wrong === undefined && converted.ok) {
    return converted.value;
  }
  problems.error("option/wrong-type", expression.range.toRange(), `"${name}" does not fit: ${wrong}`);
  return undefined;
}

/** Lists may be null as a whole, and nothing else may. */
function findNull(value: Value): string | undefined {
  if (isNull(value)) {
    return value.type.kind === "string" ? "null is not allowed" : undefined;
  }
  const parts = value.type.kind === "map" ? [...asEntries(value).values()] : [];
  const items = value.type.kind === "list" ? asElements(value) : parts;
  return items.some(isNull) ? "null is not allowed in it" : undefined;
}

function readText(value: Value | undefined): string {
  return value === undefined ? "" : asString(value);
}

function isFilled(value: Value | undefined): boolean {
  return value !== undefined && !isNull(value) && asEntries(value).size > 0;
}

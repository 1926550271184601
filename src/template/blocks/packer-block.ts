// `packer { required_version, required_plugins }`. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/blocks/packer

import { convert } from "../../cty/convert.ts";
import { stringType } from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { asEntries, asString, isKnown, isNull, type Value } from "../../cty/value.ts";
import type { Attribute, Expression } from "../../hcl/ast.ts";
import { type Block, placeText } from "../../hcl/body.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { Span } from "../../hcl/source.ts";
import type { RequiredPlugin } from "../../sdk/catalog.ts";
import { parsePluginSource } from "../../sdk/plugin-source.ts";
import { parseConstraints, parseVersion, satisfies } from "../../sdk/version.ts";
import type { ProblemList } from "../problem-list.ts";

/** Checks the blocks: the versions they ask for, and the form of their plugin requirements. Gives those that are well formed. */
export function checkPackerBlocks(
  blocks: readonly Block[],
  packerVersion: string,
  problems: ProblemList,
): readonly RequiredPlugin[] {
  const seen = new Map<string, Span>();
  return blocks.flatMap((block) => checkPackerBlock(block, { packerVersion, seen }, problems));
}

/** What all blocks share. */
interface Checking {
  readonly packerVersion: string;
  /** Where each plugin was required first. */
  readonly seen: Map<string, Span>;
}

function checkPackerBlock(block: Block, { packerVersion, seen }: Checking, problems: ProblemList): RequiredPlugin[] {
  const { attributes, blocks, diagnostics } = block.body.content({
    attributes: [{ name: "required_version" }],
    blocks: [{ type: "required_plugins" }],
  });
  problems.add(diagnostics);
  const version = attributes.get("required_version");
  if (version !== undefined) {
    const { value, diagnostics: found } = evaluate(version.expression);
    problems.add(found);
    const text = found.length === 0 ? readVersion(value, version.expression, problems) : undefined;
    const constraints = text === undefined ? undefined : parseConstraints(text);
    if (text !== undefined && constraints === undefined) {
      problems.error("template/version", version.expression.range.toRange(), "Invalid version constraint", {
        detail: `"${text}" is no list of constraints.`,
        hint: 'Write it as ">= 1.7.0, < 2.0.0".',
      });
    } else if (constraints !== undefined && !satisfies(parseVersion(packerVersion) ?? [0, 0, 0], constraints)) {
      problems.error("template/version", version.expression.range.toRange(), "Unsupported Packer Core version", {
        detail: `The template asks for ${text}; this program follows Packer ${packerVersion}.`,
      });
    }
  }
  const required: RequiredPlugin[] = [];
  for (const { body } of blocks) {
    const plugins = body.justAttributes();
    problems.add(plugins.diagnostics);
    for (const attribute of plugins.attributes.values()) {
      const { value, diagnostics: found } = evaluate(attribute.expression);
      problems.add(found);
      reportDuplicate(attribute, seen, problems);
      if (found.length === 0) {
        const plugin = readPlugin(attribute, value, problems);
        required.push(...(plugin === undefined ? [] : [plugin]));
      }
    }
  }
  return required;
}

/** As Packer, a number counts as its text. */
function readVersion(value: Value, { range }: Expression, problems: ProblemList): string | undefined {
  const converted = convert(value, stringType);
  if (converted.ok) {
    return isKnown(converted.value) && !isNull(converted.value) ? asString(converted.value) : undefined;
  }
  problems.error("template/version", range.toRange(), "Invalid version constraint", {
    detail: `A version is a string, but this is ${withArticle(value.type)}.`,
    hint: 'Write it as ">= 1.7.0, < 2.0.0".',
  });
  return undefined;
}

function reportDuplicate({ name, nameRange }: Attribute, seen: Map<string, Span>, problems: ProblemList): void {
  const first = seen.get(name);
  if (first === undefined) {
    seen.set(name, nameRange);
    return;
  }
  problems.error("template/plugin", nameRange.toRange(), `Duplicate required plugin "${name}"`, {
    detail: `It is required at ${placeText(first)} already.`,
    hint: "Leave out one of the two.",
  });
}

function readPlugin(
  { name, nameRange, expression }: Attribute,
  value: Value,
  problems: ProblemList,
): RequiredPlugin | undefined {
  const { range } = expression;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    problems.error("template/plugin", nameRange.toRange(), "Invalid provider local name", {
      detail: `"${name}" must consist of lower-case letters, digits and single dashes.`,
    });
  }
  if (!isKnown(value) || isNull(value) || value.type.kind !== "object") {
    problems.error(
      "template/plugin",
      range.toRange(),
      value.type.kind === "string" ? "Invalid plugin requirement" : "Invalid required_plugins syntax",
      {
        hint: `Write ${name} = { version = ">= 1.0.0", source = "github.com/hashicorp/${name}" }.`,
      },
    );
    return undefined;
  }
  const entries = asEntries(value);
  const strange = [...entries.keys()].find((key) => key !== "version" && key !== "source");
  if (strange !== undefined) {
    problems.error("template/plugin", range.toRange(), "Invalid required_plugins object", {
      detail: 'required_plugins objects can only contain "version" and "source" attributes.',
    });
  }
  const version = readText(entries.get("version"));
  if (version === undefined) {
    problems.error("template/plugin", range.toRange(), "No version constraint was set");
  } else if (parseConstraints(version) === undefined) {
    problems.error("template/version", range.toRange(), "Invalid version constraint", {
      detail: `"${version}" is no list of constraints.`,
    });
  }
  const source = readText(entries.get("source"));
  if (source === undefined) {
    problems.error("template/plugin", range.toRange(), "No source was set");
  } else {
    checkSource(source, range, problems);
  }
  return version === undefined || source === undefined ? undefined : { name, version, source };
}

/** A source is an address without its scheme, whose last part is the plugin's name. */
function checkSource(source: string, range: Span, problems: ProblemList): void {
  const parsed = parsePluginSource(source);
  if ("problem" in parsed) {
    problems.error("template/plugin", range.toRange(), `Invalid plugin source "${source}"`, {
      detail: parsed.problem,
      hint: 'A source looks like "github.com/hashicorp/docker".',
    });
  }
}

function readText(value: Value | undefined): string | undefined {
  return value !== undefined && isKnown(value) && !isNull(value) && value.type.kind === "string"
    ? asString(value)
    : undefined;
}

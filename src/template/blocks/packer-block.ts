// `packer { required_version, required_plugins }`. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/blocks/packer

import { asEntries, asString, isKnown, isNull, type Value } from "../../cty/value.ts";
import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import type { Attribute } from "../../hcl/ast.ts";
import type { Block } from "../../hcl/body.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import type { RequiredPlugin } from "../../sdk/catalog.ts";
import { parsePluginSource } from "../../sdk/plugin-source.ts";
import { parseConstraints, parseVersion, satisfies } from "../../sdk/version.ts";
import type { ProblemList } from "../problem-list.ts";

/** Checks the block: the version it asks for, and the form of its plugin requirements. Gives those that are well formed. */
export function checkPackerBlock(
  block: Block,
  packerVersion: string,
  problems: ProblemList,
): readonly RequiredPlugin[] {
  const { attributes, blocks, diagnostics } = block.body.content({
    attributes: [{ name: "required_version" }],
    blocks: [{ type: "required_plugins" }],
  });
  problems.add(diagnostics);
  const version = attributes.get("required_version");
  if (version !== undefined) {
    const { value, diagnostics: found } = evaluate(version.expression);
    problems.add(found);
    const text = found.length === 0 ? readText(value) : undefined;
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
      if (found.length === 0) {
        const plugin = readPlugin(attribute, value, problems);
        required.push(...(plugin === undefined ? [] : [plugin]));
      }
    }
  }
  return required;
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
    checkSource(source, range.toRange(), problems);
  }
  return version === undefined || source === undefined ? undefined : { name, version, source };
}

function checkSource(source: string, at: SourceRange, problems: ProblemList): void {
  const parsed = parsePluginSource(source);
  if ("problems" in parsed) {
    problems.error("plugin/source", at, "Failed to parse source", {
      detail: [`"${source}" is not where a plugin can come from.`, ...parsed.problems].join("\n"),
      hint: 'A source looks like "github.com/hashicorp/docker".',
    });
  }
}

function readText(value: Value | undefined): string | undefined {
  return value !== undefined && isKnown(value) && !isNull(value) && value.type.kind === "string"
    ? asString(value)
    : undefined;
}

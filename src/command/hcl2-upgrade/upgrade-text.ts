// A text with `{{ }}` calls -> a string of HCL2.
import type { ActionNode, Command, Node, Operand, Pipeline } from "../../gotemplate/ast.ts";
import { parseTemplate } from "../../gotemplate/template.ts";
import { engineFunctionNames } from "../../template/engine/functions.ts";
import { escapeText, isIdentifier, quoteText } from "./hcl-writer.ts";

/** What the calls of a text stand for at its place. Each gives an expression of HCL2. */
export interface TextNames {
  /** `{{user "name"}}` */
  variable(name: string): string;
  /** `{{env "NAME"}}` */
  environment(name: string): string;
  /** `{{timestamp}}` */
  timestamp(): string;
  /** `{{build_name}}` */
  buildName(): string;
}

export interface UpgradedText {
  /** As it stands between the quotes. */
  readonly hcl: string;
  /** Calls that have no counterpart in HCL2 and stay as they are. */
  readonly kept: readonly string[];
}

interface Cut {
  readonly from: number;
  readonly to: number;
  readonly hcl: string;
}

/** Turns a text into a string. What HCL2 cannot say stays a `{{ }}` call, with its variables from HCL2. */
export function upgradeText(text: string, names: TextNames): UpgradedText {
  const parsed = text.includes("{{") ? parseTemplate(text, engineFunctionNames) : undefined;
  if (parsed === undefined || "problems" in parsed) {
    return { hcl: escapeText(text), kept: [] };
  }
  const cuts: Cut[] = [];
  const kept: string[] = [];
  for (const node of parsed.template.nodes) {
    visit(node, { text, names, cuts, kept });
  }
  let hcl = "";
  let done = 0;
  for (const cut of cuts) {
    hcl += escapeText(text.slice(done, cut.from)) + cut.hcl;
    done = cut.to;
  }
  return { hcl: hcl + escapeText(text.slice(done)), kept };
}

interface Visit {
  readonly text: string;
  readonly names: TextNames;
  /** In the order of the text. */
  readonly cuts: Cut[];
  readonly kept: string[];
}

function visit(node: Node, at: Visit): void {
  switch (node.kind) {
    case "action": {
      const hcl = writeAction(node, at);
      if (hcl !== undefined) {
        at.cuts.push({ from: node.start, to: node.end, hcl });
      } else {
        visitPipeline(node.pipeline, at);
      }
      return;
    }
    case "if":
    case "range":
    case "with":
      visitPipeline(node.pipeline, at);
      for (const inner of [...node.body, ...node.otherwise]) {
        visit(inner, at);
      }
      return;
    case "template":
      if (node.pipeline !== undefined) {
        visitPipeline(node.pipeline, at);
      }
  }
}

/** What stands for a whole `{{ }}`, if HCL2 can say it. */
function writeAction({ pipeline, start, end }: ActionNode, { text, names }: Visit): string | undefined {
  const written = text.slice(start, end);
  const [command, piped] = pipeline.commands;
  if (command === undefined || piped !== undefined || pipeline.variables.length > 0 || /^\{\{-|-\}\}$/.test(written)) {
    return undefined;
  }
  const [first, ...rest] = command.operands;
  if (first.kind === "literal" && typeof first.value === "string" && rest.length === 0 && !first.value.includes("{{")) {
    return escapeText(first.value);
  }
  // As Packer writes these two.
  if (first.kind === "field" && /^\{\{\s*\.(HTTPIP|HTTPPort)\s*\}\}$/.test(written)) {
    return `{{ .${first.fields[0]?.name ?? ""} }}`;
  }
  const expression = callExpression(command, names);
  return expression === undefined ? undefined : `\${${expression}}`;
}

const notInHcl = new Set(["upper", "lower", "split", "replace", "replace_all", "clean_resource_name"]);
/** `{{ }}` knows these in JSON alone, so that a call around them needs their value from HCL2. */
const jsonOnly = new Set(["user", "env", "vault", "consul_key", "aws_secretsmanager", "aws_secretsmanager_raw"]);

function visitPipeline({ commands }: Pipeline, at: Visit): void {
  for (const command of commands) {
    const [first] = command.operands;
    if (first.kind === "function" && notInHcl.has(first.name)) {
      at.kept.push(first.name);
    }
    const expression =
      first.kind === "function" && jsonOnly.has(first.name) ? callExpression(command, at.names) : undefined;
    if (expression !== undefined) {
      at.cuts.push({ from: command.start, to: command.end, hcl: `\`\${${expression}}\`` });
    } else {
      for (const operand of command.operands) {
        visitOperand(operand, at);
      }
    }
  }
}

function visitOperand(operand: Operand, at: Visit): void {
  if (operand.kind === "group") {
    visitPipeline(operand.pipeline, at);
  }
  if (operand.kind === "chain") {
    visitOperand(operand.base, at);
  }
}

/** A call with plain arguments as an expression. */
function callExpression({ operands: [first, ...rest] }: Command, names: TextNames): string | undefined {
  if (first.kind !== "function") {
    return undefined;
  }
  const args = rest.flatMap((operand) =>
    operand.kind === "literal" && typeof operand.value === "string" ? operand.value : [],
  );
  if (args.length !== rest.length) {
    return undefined;
  }
  const [one] = args;
  switch (first.name) {
    case "user":
      return one === undefined ? undefined : names.variable(one);
    case "env":
      return one === undefined ? undefined : names.environment(one);
    case "timestamp":
      return names.timestamp();
    case "isotime":
      return one === undefined ? "timestamp()" : `legacy_isotime(${quoteText(one)})`;
    case "strftime":
      return one === undefined ? undefined : `legacy_strftime(${quoteText(one)})`;
    case "build":
      if (one === undefined) {
        return undefined;
      }
      return isIdentifier(one) ? `build.${one}` : `build[${quoteText(one)}]`;
    case "build_name":
      return names.buildName();
    case "build_type":
      return "source.type";
    case "template_dir":
      return "path.root";
    case "pwd":
      return "path.cwd";
    case "packer_version":
      return "packer.version";
    case "uuid":
      return "uuidv4()";
    case "vault":
    case "consul_key":
    case "aws_secretsmanager":
    case "aws_secretsmanager_raw":
      return `${first.name}(${args.map(quoteText).join(", ")})`;
    default:
      return undefined;
  }
}

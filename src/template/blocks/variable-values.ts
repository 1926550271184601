// The values of variables, from every source in Packer's order: default, environment, automatic files, files, flags.
import { convert } from "../../cty/convert.ts";
import { problemText } from "../../cty/mismatch.ts";
import { boolType } from "../../cty/type.ts";
import {
  asBool,
  isKnown,
  isNull,
  objectValue,
  sensitive,
  stringValue,
  unknownValue,
  type Value,
  withMarks,
} from "../../cty/value.ts";
import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import { textFile } from "../../diagnostic/text-file.ts";
import { placeText } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import { parseExpression } from "../../hcl/parser.ts";
import { applyDefaults } from "../../hcl/type-expression.ts";
import { hideAssigned, hideSource, hideText, hideWords } from "../given-secrets.ts";
import type { LoadRequest } from "../loading.ts";
import type { ProblemList } from "../problem-list.ts";
import { type ConfigFile, readConfigFile } from "./config-files.ts";
import { hideMarked } from "./raw-hcl.ts";
import type { VariableBlock } from "./variable.ts";

export interface VariableValues {
  readonly values: ReadonlyMap<string, Value>;
  /** Files that were read on the way, for showing mistakes in them. */
  readonly files: readonly TextFile[];
}

interface Assigned {
  readonly value: Value;
  readonly from: "default" | "env" | "varfile" | "cmd";
  readonly range: SourceRange | undefined;
}

/** Works out the value of every declared variable. */
export async function variableValues(
  blocks: ReadonlyMap<string, VariableBlock>,
  autoVars: readonly ConfigFile[],
  functions: EvalContext,
  request: LoadRequest,
  problems: ProblemList,
): Promise<VariableValues> {
  const assigned = new Map<string, Assigned>();
  const files: TextFile[] = [];
  for (const block of blocks.values()) {
    if (block.defaultValue !== undefined) {
      assigned.set(block.name, { value: block.defaultValue, from: "default", range: block.range });
    }
  }
  for (const [name, block] of blocks) {
    const text = request.host.env[`PKR_VAR_${name}`];
    if (text !== undefined) {
      if (block.sensitive) {
        hideText(text, request.hide);
      }
      const isRead = assignText(block, text, "env", `<value for var.${name} from env>`, assigned, files, problems);
      if (block.sensitive && !isRead) {
        hideWords(text, request.hide);
      }
    }
  }
  for (const file of [...autoVars, ...(await readVarFiles(blocks, request, problems))]) {
    files.push(file.text);
    assignFile(file, blocks, request, assigned, problems);
  }
  for (const [name, text] of request.vars) {
    const block = blocks.get(name);
    if (block === undefined) {
      unknownFlag(name, blocks, problems);
    } else {
      if (block.sensitive) {
        hideText(text, request.hide);
      }
      const isRead = assignText(
        block,
        text,
        "cmd",
        `<value for var.${name} from arguments>`,
        assigned,
        files,
        problems,
      );
      if (block.sensitive && !isRead) {
        hideWords(text, request.hide);
      }
    }
  }
  const values = new Map<string, Value>();
  for (const block of blocks.values()) {
    values.set(block.name, finish(block, assigned.get(block.name), functions, request, problems));
  }
  return { values, files };
}

async function readVarFiles(
  blocks: ReadonlyMap<string, VariableBlock>,
  request: LoadRequest,
  problems: ProblemList,
): Promise<readonly ConfigFile[]> {
  const secret = [...blocks.values()].filter(({ sensitive: isSensitive }) => isSensitive).map(({ name }) => name);
  const files: ConfigFile[] = [];
  for (const path of request.varFiles) {
    if (!/\.(hcl|json)$/.test(path)) {
      problems.error("variable/file", undefined, `Could not guess format of ${path}`, {
        detail: "A var file must be suffixed with `.hcl` or `.json`.",
      });
      continue;
    }
    const { config, diagnostics } = await readConfigFile(path, request);
    problems.add(diagnostics);
    if (config === undefined) {
      continue;
    }
    if (diagnostics.length > 0) {
      hideAssigned(config.text.text, secret, request.hide);
    }
    files.push(config);
  }
  return files;
}

function assignFile(
  { body, path }: ConfigFile,
  blocks: ReadonlyMap<string, VariableBlock>,
  request: LoadRequest,
  assigned: Map<string, Assigned>,
  problems: ProblemList,
): void {
  const declared = body.partialContent({ blocks: [{ type: "variable", labels: ["name"] }] });
  for (const block of declared.blocks) {
    problems.error("variable/file", block.typeRange.toRange(), "Variable declaration in a .pkrvar file", {
      detail:
        "A .pkrvar file is used to assign values to variables that have already been declared in .pkr files, not to declare new variables.",
    });
  }
  const { attributes, diagnostics } = declared.remain.justAttributes();
  problems.add(diagnostics);
  for (const { name, nameRange, expression } of attributes.values()) {
    const block = blocks.get(name);
    const meant = block ?? blocks.get(didYouMean(name, blocks.keys()) ?? "");
    if (meant?.sensitive === true) {
      hideSource(expression.range.text, request.hide);
    }
    if (block === undefined) {
      undeclared(name, nameRange.toRange(), path, blocks, request, problems);
      continue;
    }
    const { value, diagnostics: found } = evaluate(expression);
    problems.add(found);
    if (block.sensitive && found.length > 0) {
      hideWords(expression.range.text, request.hide);
    }
    const given = found.length === 0 ? value : unknownValue(block.type);
    assign(block, given, "varfile", expression.range.toRange(), assigned, problems);
  }
}

function undeclared(
  name: string,
  range: SourceRange,
  path: string,
  blocks: ReadonlyMap<string, VariableBlock>,
  request: LoadRequest,
  problems: ProblemList,
): void {
  if (request.warnUndeclaredVars !== true) {
    return;
  }
  const meant = didYouMean(name, blocks.keys());
  problems.warning("variable/undeclared", range, "Undefined variable", {
    detail: `The variable "${name}" was set in ${path} but was not declared as an input variable.`,
    hint: meant ? `did you mean "${meant}"?` : `Declare it: variable "${name}" {}.`,
  });
}

function unknownFlag(name: string, blocks: ReadonlyMap<string, VariableBlock>, problems: ProblemList): void {
  const meant = didYouMean(name, blocks.keys());
  problems.error("variable/undeclared", undefined, "Undefined -var variable", {
    detail: `A "${name}" variable was passed in the command line but was not found in known variables.`,
    hint: meant
      ? `did you mean "${meant}"?`
      : `To declare the variable "${name}", place this block in one of your .pkr.hcl files: variable "${name}" {}`,
  });
}

/**
 * As Packer: texts for strings, numbers and untyped variables are taken as they are; all others are expressions. False when
 * one cannot be worked out.
 */
function assignText(
  block: VariableBlock,
  text: string,
  from: "env" | "cmd",
  filename: string,
  assigned: Map<string, Assigned>,
  files: TextFile[],
  problems: ProblemList,
): boolean {
  // A place in a secret tells enough; cut to the width of a line, it would not be recognised.
  if (!block.sensitive) {
    files.push(textFile(filename, text));
  }
  const { kind } = block.type;
  const parsed = parseExpression(text, filename);
  const { range } = parsed.expression;
  if (kind === "string" || kind === "number" || kind === "dynamic") {
    assign(block, stringValue(text), from, range.toRange(), assigned, problems);
    return true;
  }
  const { value, diagnostics } =
    parsed.diagnostics.length > 0 ? { value: undefined, diagnostics: parsed.diagnostics } : evaluate(parsed.expression);
  problems.add(diagnostics);
  if (value === undefined || diagnostics.length > 0) {
    assigned.set(block.name, { value: unknownValue(block.type), from, range: range.toRange() });
    return false;
  }
  assign(block, value, from, range.toRange(), assigned, problems);
  return true;
}

function assign(
  block: VariableBlock,
  value: Value,
  from: Assigned["from"],
  range: SourceRange | undefined,
  assigned: Map<string, Assigned>,
  problems: ProblemList,
): void {
  const converted = convert(applyDefaults(value, block.type, block.typeDefaults), block.type);
  if (converted.ok) {
    assigned.set(block.name, { value: converted.value, from, range });
    return;
  }
  // It is there, so it is not missing too.
  assigned.set(block.name, { value: unknownValue(block.type), from, range });
  const why = problemText(converted.problem);
  if (from === "cmd") {
    problems.error("variable/wrong-type", range, "Invalid argument value for -var variable", {
      detail: `The received arg value for ${block.name} is not compatible with the variable's type constraint: ${why}.`,
    });
  } else {
    problems.error("variable/wrong-type", range, "Invalid value for variable", {
      detail: `The value for ${block.name} is not compatible with the variable's type constraint: ${why}.`,
    });
  }
}

function finish(
  block: VariableBlock,
  assigned: Assigned | undefined,
  functions: EvalContext,
  request: LoadRequest,
  problems: ProblemList,
): Value {
  const marked = (value: Value): Value => (block.sensitive ? withMarks(value, [sensitive]) : value);
  if (assigned === undefined) {
    if (request.allowUnsetVars !== true) {
      problems.error("variable/required", block.range, `Unset variable "${block.name}"`, {
        detail:
          "A used variable must be set or have a default value; see https://packer.io/docs/templates/hcl_templates/syntax for details.",
        hint: `Set it with -var '${block.name}=…', in a -var-file, or as PKR_VAR_${block.name}.`,
      });
    }
    return marked(unknownValue(block.type));
  }
  const value =
    !block.nullable && isNull(assigned.value) && block.defaultValue !== undefined ? block.defaultValue : assigned.value;
  const final = marked(value);
  hideMarked(final, request.hide);
  for (const validation of block.validations) {
    check(block, validation, { ...assigned, value: final }, functions, problems);
  }
  return final;
}

function check(
  block: VariableBlock,
  { condition, message }: VariableBlock["validations"][number],
  { value, from, range }: Assigned,
  functions: EvalContext,
  problems: ProblemList,
): void {
  const context: EvalContext = { parent: functions, variables: new Map([["var", objectValue([[block.name, value]])]]) };
  const { value: result, diagnostics } = evaluate(condition, context);
  problems.add(diagnostics);
  if (diagnostics.length > 0) {
    return;
  }
  const truth = convert(result, boolType);
  if (!truth.ok || isNull(truth.value)) {
    problems.error("variable/validation", condition.range.toRange(), "Invalid variable validation result", {
      detail: "Validation condition expression must return either true or false.",
    });
    return;
  }
  if (!isKnown(truth.value) || asBool(truth.value)) {
    return;
  }
  problems.error("variable/invalid", range, `Invalid value for ${from} variable`, {
    detail: `${message === "" ? "" : `${message}\n\n`}This was checked by the validation rule at ${placeText(condition.range)}.`,
  });
}

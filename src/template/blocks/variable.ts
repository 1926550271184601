// `variable` and `variables`: what a configuration may be given. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/variables
import { convert } from "../../cty/convert.ts";
import { problemText } from "../../cty/mismatch.ts";
import { boolType, dynamicType, stringType, type Type } from "../../cty/type.ts";
import { isNull, unknownValue, type Value } from "../../cty/value.ts";
import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import type { Attribute, Expression } from "../../hcl/ast.ts";
import type { Block } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import { isIdentifier } from "../../hcl/lexer.ts";
import { asCall, literalString, referencesIn } from "../../hcl/static.ts";
import { applyDefaults, parseTypeConstraint, type TypeDefaults } from "../../hcl/type-expression.ts";
import { hideSource } from "../given-secrets.ts";
import { type ProblemList, tellFirst } from "../problem-list.ts";
import { readFixed } from "./fixed-value.ts";

export interface VariableBlock {
  readonly name: string;
  readonly range: SourceRange;
  readonly type: Type;
  readonly typeDefaults?: TypeDefaults | undefined;
  /** Converted to the type. */
  readonly defaultValue?: Value | undefined;
  readonly sensitive: boolean;
  /** Its default is an empty list or object without a type, so that it takes any. */
  readonly takesAnyCollection: boolean;
  readonly validations: readonly VariableValidation[];
}

export interface VariableValidation {
  readonly condition: Expression;
  readonly message: string;
}

/** Reads all declarations, hiding the defaults of the sensitive ones. `defaults` holds what a default may use: the function `env` and nothing else. */
export function readVariables(
  blocks: readonly Block[],
  defaults: EvalContext,
  problems: ProblemList,
  hide: (secret: string) => void,
): ReadonlyMap<string, VariableBlock> {
  const found = new Map<string, VariableBlock>();
  const declare = (variable: VariableBlock | undefined): void => {
    if (variable === undefined) {
      return;
    }
    if (found.has(variable.name)) {
      problems.error("variable/duplicate", variable.range, "Duplicate variable", {
        detail: `Duplicate ${variable.name} variable definition found. ${tellFirst(found.get(variable.name)?.range)}`,
      });
    } else {
      found.set(variable.name, variable);
    }
  };
  for (const block of blocks) {
    if (block.type === "variable") {
      declare(readVariable(block, defaults, problems, hide));
    } else {
      for (const attribute of shortForms(block, problems)) {
        declare(fromAttribute(attribute, defaults, problems));
      }
    }
  }
  return found;
}

function shortForms(block: Block, problems: ProblemList): readonly Attribute[] {
  const { attributes, diagnostics } = block.body.justAttributes();
  problems.add(diagnostics);
  return [...attributes.values()];
}

function fromAttribute(
  { name, nameRange, expression }: Attribute,
  defaults: EvalContext,
  problems: ProblemList,
): VariableBlock {
  const { value, diagnostics } = evaluate(expression, defaults);
  problems.add(diagnostics);
  return {
    name,
    range: nameRange.toRange(),
    type: value.type,
    defaultValue: value,
    sensitive: false,
    takesAnyCollection: false,
    validations: [],
  };
}

const schema = {
  attributes: [{ name: "type" }, { name: "default" }, { name: "description" }, { name: "sensitive" }],
  blocks: [{ type: "validation" }],
};

function readVariable(
  block: Block,
  defaults: EvalContext,
  problems: ProblemList,
  hide: (secret: string) => void,
): VariableBlock | undefined {
  const name = block.labels[0] ?? "";
  if (!isIdentifier(name)) {
    problems.error("variable/name", block.labelRanges[0]?.toRange(), "Invalid variable name", {
      detail:
        "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.",
    });
  }
  const { attributes, blocks, diagnostics } = block.body.content(schema);
  problems.add(diagnostics);
  const typed = attributes.get("type");
  const constraint = typed && parseTypeConstraint(typed.expression);
  problems.add(constraint?.diagnostics ?? []);
  const given = attributes.get("default");
  // What cannot be read may have been meant to be true.
  const isSensitive = readSensitive(attributes.get("sensitive"), problems);
  checkDescription(attributes.get("description"), problems);
  if (isSensitive && given !== undefined) {
    hideSource(given.expression.range.text, hide);
  }
  const base = {
    name,
    range: (block.labelRanges[0] ?? block.typeRange).toRange(),
    typeDefaults: constraint?.defaults === undefined ? undefined : constraint.defaults,
  };
  // A default that is wrong is there all the same: it is unknown instead of missing.
  const defaultValue =
    given && (readDefault(given, constraint, defaults, problems) ?? unknownValue(constraint?.type ?? dynamicType));
  return {
    ...base,
    type: constraint?.type ?? inferType(defaultValue),
    defaultValue,
    sensitive: isSensitive,
    takesAnyCollection: constraint === undefined && isEmptyCollection(defaultValue),
    validations: blocks.flatMap((validation) => readValidation(validation, name, problems) ?? []),
  };
}

/** Without a type the default decides; null and an empty list or object decide nothing. */
function inferType(value: Value | undefined): Type {
  return value === undefined || isNull(value) || isEmptyCollection(value) ? dynamicType : value.type;
}

function isEmptyCollection(value: Value | undefined): boolean {
  const type = value?.type;
  return (
    (type?.kind === "tuple" && type.elements.length === 0) || (type?.kind === "object" && type.attributes.size === 0)
  );
}

function readDefault(
  attribute: Attribute,
  constraint: ReturnType<typeof parseTypeConstraint> | undefined,
  context: EvalContext,
  problems: ProblemList,
): Value | undefined {
  const { value, diagnostics } = evaluate(attribute.expression, context);
  problems.add(diagnostics);
  if (diagnostics.length > 0) {
    return undefined;
  }
  if (constraint === undefined) {
    return value;
  }
  const { type, defaults } = constraint;
  const converted = convert(applyDefaults(value, type, defaults), type);
  if (converted.ok) {
    return converted.value;
  }
  const unset = isEmptyText(value) ? findEnvironmentName(attribute.expression) : undefined;
  problems.error("variable/wrong-type", attribute.expression.range.toRange(), "Invalid default value for variable", {
    detail: `This default value is not compatible with the variable's type constraint: ${problemText(converted.problem)}.`,
    hint:
      unset &&
      `the environment variable ${unset} is not set or empty: set it, or leave the default out and give the variable a value`,
  });
  return undefined;
}

function isEmptyText({ type, data }: Value): boolean {
  return type.kind === "string" && data === "";
}

/** The name in `env("NAME")`, if a default is nothing else. */
function findEnvironmentName(expression: Expression): string | undefined {
  const call = asCall(expression);
  const [name] = call?.args ?? [];
  return call?.name === "env" && name !== undefined ? literalString(name) : undefined;
}

function readSensitive(attribute: Attribute | undefined, problems: ProblemList): boolean {
  if (attribute === undefined) {
    return false;
  }
  return readFixed(attribute, boolType, problems) !== false;
}

function checkDescription(attribute: Attribute | undefined, problems: ProblemList): void {
  if (attribute !== undefined) {
    readFixed(attribute, stringType, problems);
  }
}

function readValidation(block: Block, variable: string, problems: ProblemList): VariableValidation | undefined {
  const { attributes, diagnostics } = block.body.content({
    attributes: [
      { name: "condition", required: true },
      { name: "error_message", required: true },
    ],
  });
  problems.add(diagnostics);
  const condition = attributes.get("condition")?.expression;
  const message = attributes.get("error_message");
  if (condition === undefined || message === undefined) {
    return undefined;
  }
  const text = literalString(message.expression) ?? "";
  if (!isSentence(text)) {
    problems.error("variable/validation", message.expression.range.toRange(), "Invalid validation error message", {
      detail:
        "The message must be a full sentence: it begins with an upper-case letter and ends with a period, question mark or exclamation mark.",
    });
  }
  return checkReferences(condition, variable, problems) ? { condition, message: text } : undefined;
}

function isSentence(text: string): boolean {
  const [first = ""] = text;
  return text !== "" && (first === first.toUpperCase() || !/\p{L}/u.test(first)) && /[.?!]$/.test(text);
}

/** A condition speaks of its own variable and of no other. */
function checkReferences(condition: Expression, variable: string, problems: ProblemList): boolean {
  let own = 0;
  let fine = true;
  for (const reference of referencesIn(condition)) {
    const [step] = reference.steps;
    if (reference.root === "var" && step?.kind === "attribute" && step.name === variable) {
      own++;
    } else {
      problems.error("variable/validation", reference.range.toRange(), "Invalid reference in variable validation", {
        detail: `The condition for variable "${variable}" can only refer to the variable itself, using var.${variable}.`,
      });
      fine = false;
    }
  }
  if (fine && own === 0) {
    problems.error("variable/validation", condition.range.toRange(), "Invalid variable validation condition", {
      detail: `The condition for variable "${variable}" must refer to var.${variable} in order to test incoming values.`,
    });
    return false;
  }
  return fine;
}

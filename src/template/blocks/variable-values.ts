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
import { makeTextFile } from "../../diagnostic/text-file.ts";
import type { Expression } from "../../hcl/ast.ts";
import { placeText } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { evaluate } from "../../hcl/evaluate.ts";
import { parseExpression } from "../../hcl/parser.ts";
import { applyDefaults } from "../../hcl/type-expression.ts";
import { hideRaw, hideSource, hideText, hideWords } from "../given-secrets.ts";
import type { LoadRequest } from "../loading.ts";
import type { ProblemList } from "../problem-list.ts";
import type { RawValue } from "../raw-value.ts";
import type { ConfigFile } from "./config-files.ts";
import { fixedValues } from "./explain.ts";
import { neighbourThat } from "./neighbours.ts";
import { toPlainValue } from "./plain-values.ts";
import { hideMarked } from "./raw-hcl.ts";
import type { VariableBlock } from "./variable.ts";
import { readAssignments, readVarFiles, type VariableFile } from "./variable-files.ts";

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

/** What a file gives a value to. */
interface Named {
  readonly name: string;
  readonly nameRange: SourceRange | undefined;
  readonly path: string;
}

/** Works out the value of every declared variable; `autoVars` are the files that are read unasked. */
export async function readVariableValues(
  blocks: ReadonlyMap<string, VariableBlock>,
  autoVars: readonly ConfigFile[],
  around: Surroundings,
): Promise<VariableValues> {
  const { request } = around;
  const assignments = new Assignments(blocks, around);
  assignments.takeDefaults();
  assignments.takeEnvironment(request.host.env);
  for (const file of [...autoVars, ...(await readVarFiles(blocks, request, around.problems))]) {
    assignments.takeFile(file);
  }
  assignments.takeFlags(request.vars);
  return { values: assignments.finish(), files: assignments.files };
}

/** What the values are worked out with. */
interface Surroundings {
  /** For the conditions of validations. */
  readonly functions: EvalContext;
  readonly request: LoadRequest;
  readonly problems: ProblemList;
}

/** The values that variables have been given so far; a later one wins. */
class Assignments {
  /** Texts that values came from, for showing mistakes in them. */
  readonly files: TextFile[] = [];
  readonly #assigned = new Map<string, Assigned>();
  readonly #blocks: ReadonlyMap<string, VariableBlock>;
  readonly #functions: EvalContext;
  readonly #request: LoadRequest;
  readonly #problems: ProblemList;

  constructor(blocks: ReadonlyMap<string, VariableBlock>, { functions, request, problems }: Surroundings) {
    this.#blocks = blocks;
    this.#functions = functions;
    this.#request = request;
    this.#problems = problems;
  }

  takeDefaults(): void {
    for (const { name, defaultValue, range } of this.#blocks.values()) {
      if (defaultValue !== undefined) {
        this.#assigned.set(name, { value: defaultValue, from: "default", range });
      }
    }
  }

  takeEnvironment(env: LoadRequest["host"]["env"]): void {
    for (const [name, block] of this.#blocks) {
      const text = env[`PKR_VAR_${name}`];
      if (text !== undefined) {
        this.#assignText(block, text, "env", `<value for var.${name} from env>`);
      }
    }
  }

  takeFlags(vars: LoadRequest["vars"]): void {
    for (const [name, text] of vars) {
      const block = this.#blocks.get(name);
      if (block === undefined) {
        this.#reportUnknownFlag(name);
      } else {
        this.#assignText(block, text, "cmd", `<value for var.${name} from arguments>`);
      }
    }
  }

  takeFile(file: VariableFile): void {
    this.files.push(file.text);
    if ("root" in file) {
      for (const { key, keyRange, value } of file.root.entries) {
        this.#takeEntry({ name: key, nameRange: keyRange(), path: file.path }, value);
      }
      return;
    }
    const { attributes, diagnostics } = readAssignments(file.body);
    this.#problems.add(diagnostics);
    for (const { name, nameRange, expression } of attributes) {
      this.#takeAttribute({ name, nameRange: nameRange.toRange(), path: file.path }, expression);
    }
  }

  /** Hides what is meant for a sensitive variable; `undefined`, and told, when no variable has the name. */
  #expect({ name, nameRange, path }: Named, hide: () => void): VariableBlock | undefined {
    const block = this.#blocks.get(name);
    const meant = block ?? this.#blocks.get(didYouMean(name, this.#blocks.keys()) ?? "");
    if (meant?.sensitive === true) {
      hide();
    }
    if (block === undefined) {
      this.#warnUndeclared(name, nameRange, path);
    }
    return block;
  }

  #takeAttribute(named: Named, expression: Expression): void {
    const { text } = expression.range;
    const block = this.#expect(named, () => hideSource(text, this.#request.hide));
    if (block === undefined) {
      return;
    }
    const { value, diagnostics: found } = evaluate(expression, { explain: fixedValues });
    this.#problems.add(found);
    if (block.sensitive && found.length > 0) {
      hideWords(text, this.#request.hide);
    }
    const given = found.length === 0 ? value : unknownValue(block.type);
    this.#assign(block, { value: given, from: "varfile", range: expression.range.toRange() });
  }

  #takeEntry(named: Named, raw: RawValue): void {
    const block = this.#expect(named, () => hideRaw(raw, this.#request.hide));
    if (block !== undefined) {
      this.#assign(block, { value: toPlainValue(raw, block.type), from: "varfile", range: raw.range() });
    }
  }

  /** The final values, with what is missing or refused by a validation reported. */
  finish(): ReadonlyMap<string, Value> {
    return new Map([...this.#blocks.values()].map((block) => [block.name, this.#finishOne(block)]));
  }

  /** As Packer: texts for strings, numbers and untyped variables are taken as they are; all others are expressions. */
  #assignText(block: VariableBlock, text: string, from: "env" | "cmd", filename: string): void {
    if (block.sensitive) {
      hideText(text, this.#request.hide);
    } else {
      // A place in a secret tells enough; cut to the width of a line, it would not be recognised.
      this.files.push(makeTextFile(filename, text));
    }
    const { kind } = block.type;
    const parsed = parseExpression(text, filename);
    const range = parsed.expression.range.toRange();
    if (kind === "string" || kind === "number" || kind === "dynamic") {
      const collection = block.takesAnyCollection ? readCollection(parsed) : undefined;
      this.#assign(block, { value: collection ?? stringValue(text), from, range });
      return;
    }
    const { value, diagnostics } =
      parsed.diagnostics.length > 0
        ? { value: undefined, diagnostics: parsed.diagnostics }
        : evaluate(parsed.expression, { explain: fixedValues });
    const example = exampleFor(block);
    this.#problems.add(diagnostics.map((found) => ({ ...found, hint: example ?? found.hint })));
    if (value === undefined || diagnostics.length > 0) {
      if (block.sensitive) {
        hideWords(text, this.#request.hide);
      }
      this.#assigned.set(block.name, { value: unknownValue(block.type), from, range });
    } else {
      this.#assign(block, { value, from, range });
    }
  }

  #assign(block: VariableBlock, { value, from, range }: Assigned): void {
    const converted = convert(applyDefaults(value, block.type, block.typeDefaults), block.type);
    if (converted.ok) {
      this.#assigned.set(block.name, { value: converted.value, from, range });
      return;
    }
    // It is there, so it is not missing too.
    this.#assigned.set(block.name, { value: unknownValue(block.type), from, range });
    const why = problemText(converted.problem);
    const isFlag = from === "cmd";
    const summary = isFlag ? "Invalid argument value for -var variable" : "Invalid value for variable";
    this.#problems.error("variable/wrong-type", range, summary, {
      detail: `The ${isFlag ? "received arg value" : "value"} for ${block.name} is not compatible with the variable's type constraint: ${why}.`,
    });
  }

  #warnUndeclared(name: string, range: SourceRange | undefined, path: string): void {
    if (this.#request.warnUndeclaredVars !== true) {
      return;
    }
    const meant = didYouMean(name, this.#blocks.keys());
    this.#problems.warning("variable/undeclared", range, "Undefined variable", {
      detail: `The variable "${name}" was set in ${path} but was not declared as an input variable.`,
      hint: meant ? `did you mean "${meant}"?` : `Declare it: variable "${name}" {}.`,
    });
  }

  #reportUnknownFlag(name: string): void {
    const beside = neighbourThat(this.#request, { declares: "variable", name });
    const meant = didYouMean(name, this.#blocks.keys());
    this.#problems.error("variable/undeclared", undefined, "Undefined -var variable", {
      detail: `A "${name}" variable was passed in the command line but was not found in known variables.`,
      hint:
        beside ??
        (meant
          ? `did you mean "${meant}"?`
          : `To declare the variable "${name}", place this block in one of your .pkr.hcl files: variable "${name}" {}`),
    });
  }

  #finishOne(block: VariableBlock): Value {
    const assigned = this.#assigned.get(block.name);
    const mark = (value: Value): Value => (block.sensitive ? withMarks(value, [sensitive]) : value);
    if (assigned === undefined) {
      if (this.#request.allowUnsetVars !== true) {
        this.#problems.error("variable/required", block.range, `Unset variable "${block.name}"`, {
          detail:
            "A used variable must be set or have a default value; see https://packer.io/docs/templates/hcl_templates/syntax for details.",
          hint: `Set it with -var '${block.name}=…', in a -var-file, or as PKR_VAR_${block.name}.`,
        });
      }
      return mark(unknownValue(block.type));
    }
    const final = mark(assigned.value);
    hideMarked(final, this.#request.hide);
    for (const validation of block.validations) {
      this.#check(block, validation, { ...assigned, value: final });
    }
    return final;
  }

  #check(
    block: VariableBlock,
    { condition, message }: VariableBlock["validations"][number],
    { value, from, range }: Assigned,
  ): void {
    const context: EvalContext = {
      parent: this.#functions,
      variables: new Map([["var", objectValue([[block.name, value]])]]),
    };
    const { value: result, diagnostics } = evaluate(condition, context);
    this.#problems.add(diagnostics);
    if (diagnostics.length > 0) {
      return;
    }
    const truth = convert(result, boolType);
    if (!truth.ok || isNull(truth.value)) {
      this.#problems.error("variable/validation", condition.range.toRange(), "Invalid variable validation result", {
        detail: "Validation condition expression must return either true or false.",
      });
      return;
    }
    if (!isKnown(truth.value) || asBool(truth.value)) {
      return;
    }
    this.#problems.error("variable/invalid", range, `Invalid value for ${from} variable`, {
      detail: `${message === "" ? "" : `${message}\n\n`}This was checked by the validation rule at ${placeText(condition.range)}.`,
    });
  }
}

/** How a value is written that is more than a word. */
function exampleFor({ name, type }: VariableBlock): string | undefined {
  switch (type.kind) {
    case "list":
    case "set":
    case "tuple":
      return `a list is written ${name}=["a", "b"]; on a command line with single quotes around all of it`;
    case "map":
    case "object":
      return `an object is written ${name}={key = "value"}; on a command line with single quotes around all of it`;
    default:
      return undefined;
  }
}

/** Unlike Packer, which takes it for a text: a list or an object that is given where the default is an empty one. */
function readCollection({ expression, diagnostics }: ReturnType<typeof parseExpression>): Value | undefined {
  if (diagnostics.length > 0 || !["tuple", "object", "for"].includes(expression.kind)) {
    return undefined;
  }
  const evaluated = evaluate(expression);
  return evaluated.diagnostics.length === 0 ? evaluated.value : undefined;
}

// Checks templates that are rendered while a component runs: what they ask for has to be there then.

import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { Command, Node, Operand, Pipeline, Template } from "../../gotemplate/ast.ts";
import { problemAt, type TemplateFailure, type TemplateProblem } from "../../gotemplate/problem.ts";
import { parseTemplate } from "../../gotemplate/template.ts";
import { listPlannedTypes } from "../../sdk/build-data.ts";
import type { Option } from "../../sdk/option.ts";
import type { ProblemList } from "../problem-list.ts";
import type { RawValue } from "../raw-value.ts";
import { engineFunctionNames, refuseCall } from "./functions.ts";
import { concealProblems } from "./hidden-values.ts";
import { MAX_NESTING, reportProblems } from "./render.ts";
import type { EngineScope } from "./scope.ts";

type ComponentScope = Extract<EngineScope, { stage: "component" }>;

/** Checks all strings of a value that `option` has rendered later. */
export function checkLate(value: RawValue, option: Option, scope: ComponentScope, problems: ProblemList): void {
  if (value.is === "list") {
    for (const item of value.items) {
      checkLate(item, option, scope, problems);
    }
  }
  if (value.is === "map") {
    for (const entry of value.entries) {
      checkLate(entry.value, option, scope, problems);
    }
  }
  if (value.is === "string") {
    reportProblems(
      findProblems(value.text, {
        own: option.templateData ?? [],
        build: listBuildNames(option, scope),
        isOpen: option.takesBuildData === true && scope.publishesUnknown === true,
        scope,
        depth: 0,
      }),
      problems,
      (offset, length) => value.rangeWithin?.(offset, length) ?? value.range(),
    );
  }
}

function listBuildNames({ takesBuildData }: Option, scope: ComponentScope): readonly string[] {
  return takesBuildData === true ? [...listPlannedTypes(scope.generates).keys()] : [];
}

/** What a text is checked against. */
interface Known {
  /** Names that the option alone has after a dot, then those of the build. */
  readonly own: readonly string[];
  readonly build: readonly string[];
  /** There may be others. */
  readonly isOpen: boolean;
  readonly scope: ComponentScope;
  /** How many variables the text was found in. */
  readonly depth: number;
}

function findProblems(text: string, known: Known): readonly TemplateProblem[] {
  if (!text.includes("{{")) {
    return [];
  }
  const parsed = parseTemplate(text, engineFunctionNames);
  const found = "problems" in parsed ? parsed.problems : new LateCheck(known).check(parsed.template);
  return concealProblems(found, text, known.scope.world.hidden);
}

/** Walks the tree of a template. `dot` and `$` stand for the option's data where nothing has given them another meaning. */
class LateCheck {
  readonly #known: Known;
  readonly #problems: TemplateProblem[] = [];
  /** False in templates that are called with data of their own. */
  #isRoot = true;

  constructor(known: Known) {
    this.#known = known;
  }

  check({ nodes, defined }: Template): readonly TemplateProblem[] {
    this.#walk(nodes, true);
    this.#isRoot = false;
    for (const body of defined.values()) {
      this.#walk(body, false);
    }
    return this.#problems;
  }

  #walk(nodes: readonly Node[], isData: boolean): void {
    for (const node of nodes) {
      switch (node.kind) {
        case "action":
          this.#pipeline(node.pipeline, isData);
          break;
        case "template":
          if (node.pipeline !== undefined) {
            this.#pipeline(node.pipeline, isData);
          }
          break;
        case "if":
        case "with":
        case "range":
          this.#pipeline(node.pipeline, isData);
          this.#walk(node.body, isData && node.kind === "if");
          this.#walk(node.otherwise, isData);
          break;
      }
    }
  }

  #pipeline({ commands }: Pipeline, isData: boolean): void {
    for (const command of commands) {
      for (const operand of command.operands) {
        this.#operand(operand, isData, command);
      }
    }
  }

  #operand(operand: Operand, isData: boolean, command: Command): void {
    switch (operand.kind) {
      case "field":
        if (isData) {
          this.#field(operand.fields[0]);
        }
        break;
      case "variable":
        if (this.#isRoot && operand.name === "$") {
          this.#field(operand.fields[0]);
        }
        break;
      case "function":
        this.#call(operand, operand === command.operands[0] ? command : { ...operand, operands: [operand] });
        break;
      case "chain":
        this.#operand(operand.base, isData, command);
        break;
      case "group":
        this.#pipeline(operand.pipeline, isData);
        break;
    }
  }

  #field(field: { readonly name: string; readonly start: number; readonly end: number } | undefined): void {
    const { own, build, isOpen } = this.#known;
    const names = [...own, ...build];
    if (field === undefined || isOpen || names.includes(field.name)) {
      return;
    }
    const meant = didYouMean(field.name, names);
    const hint = meant === undefined ? this.#listNames() : `did you mean {{ .${meant} }}?`;
    this.#problems.push(problemAt(field, "gotemplate/unknown-field", `There is no value "${field.name}" here`, hint));
  }

  #listNames(): string {
    const { own, build } = this.#known;
    const names = own.map((name) => `{{ .${name} }}`);
    const all = build.length === 0 ? names : [...names, `the values of the build such as {{ .${build[0]} }}`];
    return all.length === 0 ? "This template can use functions only." : `There are ${all.join(", ")}.`;
  }

  #call({ name }: Extract<Operand, { kind: "function" }>, command: Command): void {
    const args = command.operands.slice(1);
    const literals = args.flatMap((arg) => (arg.kind === "literal" ? [arg.value] : []));
    const failure = literals.length === args.length ? refuseCall(name, this.#known.scope, literals) : undefined;
    if (failure !== undefined) {
      this.#problems.push(describeFailure(name, failure, command));
      return;
    }
    if (name === "user" && typeof literals[0] === "string") {
      this.#variable(literals[0], command);
    }
  }

  /** As Packer: what `{{ }}` a variable's value still holds is rendered where the variable is used. */
  #variable(name: string, command: Command): void {
    const { scope, depth } = this.#known;
    if (depth >= MAX_NESTING) {
      return;
    }
    for (const { code, message, hint } of findProblems(scope.user(name), { ...this.#known, depth: depth + 1 })) {
      this.#problems.push(problemAt(command, code, `In the value of the variable ${name}: ${message}`, hint));
    }
  }
}

function describeFailure(name: string, failure: TemplateFailure, { operands, start, end }: Command): TemplateProblem {
  const at = failure.argument === undefined ? undefined : operands[failure.argument + 1];
  return problemAt(at ?? { start, end }, failure.code, `"${name}" failed: ${failure.message}`, failure.hint);
}

// Computes what stands inside an action: pipelines, commands, fields, variables and calls.
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Command, Name, Operand, Pipeline } from "./ast.ts";
import { builtins } from "./builtins.ts";
import { charactersPerStep, maxDepth, maxLength, maxSteps } from "./limits.ts";
import {
  problemAt,
  quoteShort,
  type Span,
  TemplateFailure,
  type TemplateProblem,
  type TemplateProblemCode,
} from "./problem.ts";
import {
  findKind,
  getEntry,
  isRecord,
  isTrue,
  plainTypeName,
  type TemplateFunction,
  TemplateStruct,
  type TemplateValue,
  toFloat,
} from "./value.ts";

/** Ends a rendering: carries the problem to the caller. */
export class RenderStopped extends Error {
  readonly problem: TemplateProblem;

  constructor(problem: TemplateProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** An argument: where it stands, and its value. */
interface Argument {
  readonly operand: Span & Partial<Pick<Operand, "kind">>;
  readonly value: TemplateValue;
}

/** What the command before `|` handed over. */
interface Received extends Span {
  readonly value: TemplateValue;
}

/** Evaluates expressions; owns the variables in scope and the limits of one rendering. */
export class Expressions {
  readonly #text: string;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  #variables: { readonly name: string; value: TemplateValue }[] = [];
  #depth = 0;
  #steps = 0;

  constructor(text: string, functions: ReadonlyMap<string, TemplateFunction>) {
    this.#text = text;
    this.#functions = functions;
  }

  stop(span: Span, code: TemplateProblemCode, message: string, hint?: string): never {
    throw new RenderStopped(problemAt(span, code, message, hint));
  }

  countStep(span: Span): void {
    if (++this.#steps > maxSteps) {
      this.stop(
        span,
        "gotemplate/too-much",
        `The template takes more than ${maxSteps.toLocaleString("en")} steps`,
        "does a range or a template repeat without end?",
      );
    }
  }

  /** Texts that functions take and give cost steps, so that a loop over a huge one ends too. */
  #countText(span: Span, values: readonly TemplateValue[]): void {
    for (const value of values) {
      if (typeof value === "string") {
        this.#steps += Math.floor(value.length / charactersPerStep);
      }
    }
    this.countStep(span);
  }

  checkLength(span: Span, length: number): void {
    if (length > maxLength) {
      this.stop(
        span,
        "gotemplate/too-much",
        `The template makes a text of more than ${maxLength.toLocaleString("en")} characters`,
      );
    }
  }

  /** Runs `body` one level deeper. */
  nested<T>(span: Span, body: () => T): T {
    if (this.#depth >= maxDepth) {
      this.stop(
        span,
        "gotemplate/too-deep",
        `The template goes more than ${maxDepth} levels deep`,
        "does a template call itself without end?",
      );
    }
    this.#depth++;
    const result = body();
    this.#depth--;
    return result;
  }

  /** Variables declared by `body` end with it. */
  inScope<T>(body: () => T): T {
    const known = this.#variables.length;
    const result = body();
    this.#variables.length = known;
    return result;
  }

  /** `body` sees no variable but `$`. */
  inScopeOf<T>(data: TemplateValue, body: () => T): T {
    const outside = this.#variables;
    this.#variables = [{ name: "$", value: data }];
    const result = body();
    this.#variables = outside;
    return result;
  }

  /** Gives the innermost variable of that name a new value. */
  set(variable: Name, value: TemplateValue): void {
    const known = this.#variables.findLast((one) => one.name === variable.name);
    if (known === undefined) {
      this.#unknownVariable(variable);
    }
    known.value = value;
  }

  #unknownVariable(variable: Name): never {
    const hint = `declare it with ${variable.name} := value`;
    return this.stop(variable, "gotemplate/unknown-variable", `There is no variable "${variable.name}" here`, hint);
  }

  /** The pipeline's value, after its variables took it. */
  pipeline(pipeline: Pipeline, dot: TemplateValue): TemplateValue {
    let received: Received | undefined;
    for (const command of pipeline.commands) {
      // A nil that a map or list held counts as nothing from here on.
      const value = this.#command(command, dot, received) ?? undefined;
      received = { start: command.start, end: command.end, value };
    }
    const value = received?.value;
    for (const variable of pipeline.variables) {
      if (pipeline.assigns) {
        this.set(variable, value);
      } else {
        this.#variables.push({ name: variable.name, value });
      }
    }
    return value;
  }

  #command(command: Command, dot: TemplateValue, received: Received | undefined): TemplateValue {
    const [first, ...args] = command.operands;
    switch (first.kind) {
      case "function":
        return this.#call({ call: command, name: first.name }, args, dot, received);
      case "field":
        return this.#lookUp(dot, first.fields, args, received);
      case "variable":
        if (first.fields.length > 0) {
          return this.#lookUp(this.#variable(first), first.fields, args, received);
        }
        break;
      case "chain":
        return this.#lookUp(this.#operand(first.base, dot), first.fields, args, received);
      case "nil":
        return this.stop(first, "gotemplate/nil-value", "nil cannot stand alone");
    }
    this.#mustStandAlone(first, args, received);
    return this.#operand(first, dot);
  }

  #mustStandAlone(first: Operand, args: readonly Operand[], received: Received | undefined): void {
    if (args.length === 0 && received === undefined) {
      return;
    }
    this.stop(
      first,
      "gotemplate/not-a-function",
      `${quoteShort(this.#text.slice(first.start, first.end))} is not a function and takes no arguments`,
    );
  }

  /** The value of an operand that stands as an argument, or alone. */
  #operand(operand: Operand, dot: TemplateValue): TemplateValue {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "dot":
        return dot;
      case "nil":
        return null;
      case "field":
        return this.#lookUp(dot, operand.fields, [], undefined);
      case "variable":
        return this.#lookUp(this.#variable(operand), operand.fields, [], undefined);
      case "chain":
        return this.#lookUp(this.#operand(operand.base, dot), operand.fields, [], undefined);
      case "group":
        return this.nested(operand, () => this.pipeline(operand.pipeline, dot));
      case "function":
        return this.#call({ call: operand, name: operand.name }, [], dot, undefined);
    }
  }

  #variable(variable: Name): TemplateValue {
    const known = this.#variables.findLast((one) => one.name === variable.name);
    return known === undefined ? this.#unknownVariable(variable) : known.value;
  }

  #lookUp(
    base: TemplateValue,
    fields: readonly Name[],
    args: readonly Operand[],
    received: Received | undefined,
  ): TemplateValue {
    let owner: TemplateValue;
    let value = base;
    for (const field of fields) {
      owner = value;
      value = this.#field(value, field);
    }
    const last = fields.at(-1);
    // As Go: a field of something that is missing takes any arguments.
    if (last !== undefined && owner !== undefined && (args.length > 0 || received !== undefined)) {
      const hint = findKind(value) === "func" ? `run it with call: {{call .${last.name} …}}` : undefined;
      this.stop(last, "gotemplate/not-a-function", `"${last.name}" is not a function and takes no arguments`, hint);
    }
    return value;
  }

  #field(value: TemplateValue, field: Name): TemplateValue {
    if (value === undefined) {
      return undefined;
    }
    if (isRecord(value)) {
      return getEntry(value, field.name);
    }
    if (value instanceof TemplateStruct) {
      return this.#structField(value, field);
    }
    if (value === null) {
      return this.stop(field, "gotemplate/nil-value", `The value before ".${field.name}" is nil`);
    }
    return this.stop(field, "gotemplate/unknown-field", `There is no field "${field.name}" in ${plainTypeName(value)}`);
  }

  #structField(value: TemplateStruct, field: Name): TemplateValue {
    if (Object.hasOwn(value.fields, field.name)) {
      return value.fields[field.name];
    }
    const names = Object.keys(value.fields);
    const meant = didYouMean(field.name, names);
    const known =
      names.length === 0 ? "nothing is known here" : `known here: ${names.map((name) => `.${name}`).join(", ")}`;
    const hint = meant === undefined ? known : `did you mean ".${meant}"?`;
    return this.stop(field, "gotemplate/unknown-field", `There is no field "${field.name}" here`, hint);
  }

  /** Runs a function; `and` and `or` leave out arguments that no longer matter. */
  #call(
    { call, name }: { readonly call: Span; readonly name: string },
    operands: readonly Operand[],
    dot: TemplateValue,
    received: Received | undefined,
  ): TemplateValue {
    const own = this.#functions.get(name);
    const target = own ?? builtins.get(name);
    if (target === undefined) {
      const meant = didYouMean(name, [...builtins.keys(), ...this.#functions.keys()]);
      const hint = meant === undefined ? undefined : `did you mean "${meant}"?`;
      return this.stop(call, "gotemplate/unknown-function", `There is no function "${name}"`, hint);
    }
    const count = operands.length + (received === undefined ? 0 : 1);
    if (count < target.minArgs || count > target.maxArgs) {
      this.#wrongCount(call, target, count);
    }
    if (own === undefined && (name === "and" || name === "or")) {
      return this.#shortCircuit(name, operands, dot, received);
    }
    const args: Argument[] = operands.map((operand) => ({ operand, value: this.#operand(operand, dot) }));
    if (received !== undefined) {
      args.push({ operand: { start: received.start, end: received.end }, value: received.value });
    }
    const values = args.map((arg, i) => this.#checked(target, arg, i));
    const result = this.#run(call, target, args, values);
    if (typeof result === "string") {
      this.checkLength(call, result.length);
    }
    this.#countText(call, [...values, result]);
    return result;
  }

  #wrongCount(call: Span, target: TemplateFunction, count: number): never {
    const wanted = describeCount(target);
    const noun = wanted === "1" || wanted === "at least 1" ? "argument" : "arguments";
    return this.stop(call, "gotemplate/argument-count", `"${target.name}" needs ${wanted} ${noun} and got ${count}`);
  }

  #shortCircuit(
    name: "and" | "or",
    operands: readonly Operand[],
    dot: TemplateValue,
    received: Received | undefined,
  ): TemplateValue {
    let value: TemplateValue;
    for (const operand of operands) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === "or")) {
        return value;
      }
    }
    return received === undefined ? value : received.value;
  }

  #checked(target: TemplateFunction, arg: Argument, index: number): TemplateValue {
    const { parameters } = target;
    const wanted = parameters?.[Math.min(index, parameters.length - 1)];
    if (wanted === undefined || wanted === "any" || findKind(arg.value) === wanted) {
      return arg.value;
    }
    if (wanted === "int" && arg.operand.kind === "literal") {
      // A whole number may be written as 1.0 where one is wanted.
      const float = toFloat(arg.value);
      if (float !== undefined && Number.isSafeInteger(float)) {
        return float;
      }
    }
    const message = `Argument ${index + 1} of "${target.name}" has to be ${wanted === "int" ? "a whole number" : "a string"}`;
    const hint = wanted === "string" && arg.operand.kind === "literal" ? "write it in backquotes" : undefined;
    return this.stop(arg.operand, "gotemplate/argument-type", `${message}, not ${plainTypeName(arg.value)}`, hint);
  }

  #run(
    call: Span,
    target: TemplateFunction,
    args: readonly Argument[],
    values: readonly TemplateValue[],
  ): TemplateValue {
    try {
      return target.call(values);
    } catch (thrown) {
      if (!(thrown instanceof Error)) {
        throw thrown;
      }
      const message = `"${target.name}" failed: ${thrown.message}`;
      if (!(thrown instanceof TemplateFailure)) {
        return this.stop(call, "gotemplate/function-failed", message);
      }
      const span = thrown.argument === undefined ? call : (args[thrown.argument]?.operand ?? call);
      return this.stop(span, thrown.code, message, thrown.hint);
    }
  }
}

/** How many arguments a function takes, in words. */
function describeCount({ minArgs, maxArgs }: TemplateFunction): string {
  if (minArgs === maxArgs) {
    return `${minArgs}`;
  }
  return maxArgs === Number.POSITIVE_INFINITY ? `at least ${minArgs}` : `${minArgs} to ${maxArgs}`;
}

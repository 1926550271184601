// The contract of template functions: signatures as data, and what they do with known values.

import type { Type } from "../cty/type.ts";
import type { Value } from "../cty/value.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { Expression } from "./ast.ts";
import type { Span } from "./source.ts";

/** The value of an expression and everything that is wrong with it. */
export interface Evaluation {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

/** One parameter of a function. */
export interface FunctionParameter {
  readonly name: string;
  /** Arguments are converted to this; `dynamicType` takes anything. */
  readonly type: Type;
  readonly description?: string | undefined;
  /** Null may be given. Otherwise it is a mistake. */
  readonly allowNull?: boolean | undefined;
  /** The implementation sees values that are unknown, in whole or in part. Otherwise the result is unknown when an argument is. */
  readonly allowUnknown?: boolean | undefined;
  /** The implementation sees marks and sets those of the result itself. Otherwise marks are taken off before and put on the result. */
  readonly allowMarked?: boolean | undefined;
}

/** A function that templates can call. */
export type HclFunction = PlainFunction | LazyFunction;

interface FunctionDescription {
  readonly name: string;
  /** One or more sentences in Markdown. */
  readonly description: string;
  readonly parameters: readonly FunctionParameter[];
  /** Takes all arguments beyond the named ones. */
  readonly variadic?: FunctionParameter | undefined;
}

/** A function of the values of its arguments. */
export interface PlainFunction extends FunctionDescription {
  /** The type of the result, or how it follows from the arguments, of which some may be unknown. */
  readonly returns: Type | ((args: readonly Value[]) => Type);
  /** The result. Throws {@link FunctionError} for a mistake in the arguments; whatever else it throws passes through the evaluator. */
  readonly call: (args: readonly Value[], returns: Type) => Value;
  /** Steps beyond what follows from the sizes of arguments and result; told from arguments that are known. */
  readonly cost?: ((args: readonly Value[]) => number) | undefined;
}

/** A function that decides itself whether and how its arguments are evaluated, such as `try`. */
export interface LazyFunction extends FunctionDescription {
  readonly callLazily: (call: LazyCall) => Evaluation;
}

/** A call with its arguments as they were written. */
export interface LazyCall {
  readonly args: readonly Expression[];
  readonly range: Span;
  /** Evaluates an argument where the call stands. */
  readonly evaluate: (expression: Expression) => Evaluation;
}

/** A mistake in the arguments of a function, in words for the user. */
export class FunctionError extends Error {
  /** Which argument is to blame, counted from 0. */
  readonly argument: number | undefined;

  constructor(message: string, argument?: number) {
    super(message);
    this.name = "FunctionError";
    this.argument = argument;
  }
}

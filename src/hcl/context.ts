// What expressions can see: variables and functions, in scopes around each other.
import type { Value } from "../cty/value.ts";
import type { Budget } from "./budget.ts";
import type { HclFunction } from "./function.ts";

/** A scope. What it lacks is looked for in its parent. */
export interface EvalContext {
  /** Without this in any scope, variables are not allowed at all. */
  readonly variables?: ReadonlyMap<string, Value> | undefined;
  /** Without this in any scope, functions are not allowed at all. */
  readonly functions?: ReadonlyMap<string, HclFunction> | undefined;
  readonly parent?: EvalContext | undefined;
  /** What all expressions share that are evaluated with it; without one in any scope each has its own. */
  readonly budget?: Budget | undefined;
  /** What to say of names that are not there. Without this in any scope nothing is known of them. */
  readonly explain?: Explanations | undefined;
}

/** Words for a name that is not there; what is missing is said in general. */
export interface Advice {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** The name exists, and may only not be used here. */
  readonly isElsewhere?: boolean | undefined;
}

/** What whoever made a scope knows of names that are not in it. */
export interface Explanations {
  /** A name, with the attributes that are asked of it. */
  name?(path: readonly string[], context: EvalContext): Advice | undefined;
  /** The last of these is no attribute of what the others lead to; `near` is a hint at a name that is like it. */
  attribute?(path: readonly string[], near: string | undefined): Advice | undefined;
  call?(name: string): Advice | undefined;
  /** What to do where no variable may be used. */
  readonly noVariables?: string | undefined;
  /** The same for a single word that is most likely text. */
  bareWord?(word: string): string;
}

/** What is known of names in the innermost scope that tells. */
export function findExplanations(context: EvalContext): Explanations {
  for (let scope: EvalContext | undefined = context; scope !== undefined; scope = scope.parent) {
    if (scope.explain !== undefined) {
      return scope.explain;
    }
  }
  return {};
}

/** What a name stands for, with all names that would have been there; undefined where variables are not allowed. */
export function lookUpVariable(
  context: EvalContext,
  name: string,
): { readonly value?: Value | undefined; readonly known: readonly string[] } | undefined {
  let allowed = false;
  const known: string[] = [];
  for (let scope: EvalContext | undefined = context; scope !== undefined; scope = scope.parent) {
    if (scope.variables === undefined) {
      continue;
    }
    allowed = true;
    const value = scope.variables.get(name);
    if (value !== undefined) {
      return { value, known };
    }
    known.push(...scope.variables.keys());
  }
  return allowed ? { known } : undefined;
}

/** The function of a name, with all names that would have been there; undefined where functions are not allowed. */
export function lookUpFunction(
  context: EvalContext,
  name: string,
): { readonly found?: HclFunction | undefined; readonly known: readonly string[] } | undefined {
  let allowed = false;
  const known: string[] = [];
  for (let scope: EvalContext | undefined = context; scope !== undefined; scope = scope.parent) {
    if (scope.functions === undefined) {
      continue;
    }
    allowed = true;
    const found = scope.functions.get(name);
    if (found !== undefined) {
      return { found, known };
    }
    known.push(...scope.functions.keys());
  }
  return allowed ? { known } : undefined;
}

/** True when neither variables nor functions may be used: then strings of JSON are no templates. */
export function offersNothing(context: EvalContext): boolean {
  for (let scope: EvalContext | undefined = context; scope !== undefined; scope = scope.parent) {
    if (scope.variables !== undefined || scope.functions !== undefined) {
      return false;
    }
  }
  return true;
}

/** The budget of the innermost scope that has one. */
export function findBudget(context: EvalContext): Budget | undefined {
  for (let scope: EvalContext | undefined = context; scope !== undefined; scope = scope.parent) {
    if (scope.budget !== undefined) {
      return scope.budget;
    }
  }
  return undefined;
}

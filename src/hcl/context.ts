// What expressions can see: variables and functions, in scopes around each other.
import type { Value } from "../cty/value.ts";
import type { HclFunction } from "./function.ts";

/** A scope. What it lacks is looked for in its parent. */
export interface EvalContext {
  /** Without this in any scope, variables are not allowed at all. */
  readonly variables?: ReadonlyMap<string, Value> | undefined;
  /** Without this in any scope, functions are not allowed at all. */
  readonly functions?: ReadonlyMap<string, HclFunction> | undefined;
  readonly parent?: EvalContext | undefined;
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

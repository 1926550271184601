// How functions are written down here: as the language wants them, or waiting for the world they ask.
import { dynamicType, numberType, stringType, type Type } from "../../cty/type.ts";
import { isKnown, unknownValue, type Value, withMarks, withoutMarks } from "../../cty/value.ts";
import type { FunctionParameter, HclFunction, PlainFunction } from "../../hcl/function.ts";
import type { Host } from "../../host/host.ts";
import type { Lookups } from "../engine/scope.ts";

/** What functions may ask of the world around the template. */
export interface FunctionWorld {
  /** Absolute folder of the configuration, where relative paths of most file functions begin. */
  readonly baseDir: string;
  readonly host: Pick<Host, "cwd" | "env" | "random" | "homeDir" | "files">;
  /** Start of the run, in milliseconds since 1970. */
  readonly startedAt: number;
  now(): number;
  /** Gives a value from outside; may throw to have the evaluation started again once it was fetched. `undefined` where nothing is asked. */
  lookup(name: keyof Lookups, args: readonly string[]): string | undefined;
  /** Reads YAML. What it takes is loaded only for templates that ask for it: see `yamlReaderFor`. */
  readonly readYaml?: ((text: string) => Value) | undefined;
}

/** A function that needs the world, before it has one. */
export interface WorldFunction extends Omit<PlainFunction, "call"> {
  readonly bind: (world: FunctionWorld) => PlainFunction["call"];
}

/** A function as a family lists it. */
export type FunctionDefinition = HclFunction | WorldFunction;

type Traits = Pick<FunctionParameter, "allowNull" | "allowUnknown" | "allowMarked" | "description">;

/** A parameter that takes anything. */
export function anything(name: string, traits: Traits = {}): FunctionParameter {
  return { name, type: dynamicType, ...traits };
}

/** A parameter that takes a string. */
export function text(name: string, traits: Traits = {}): FunctionParameter {
  return { name, type: stringType, ...traits };
}

/** A parameter that takes a number. */
export function number(name: string, traits: Traits = {}): FunctionParameter {
  return { name, type: numberType, ...traits };
}

/** A parameter of any other type. */
export function takeTyped(name: string, type: Type, traits: Traits = {}): FunctionParameter {
  return { name, type, ...traits };
}

/** A parameter whose parts may be unknown or marked, for a function that uses {@link movingParts}. */
export function whole(name: string, type: Type = dynamicType, traits: Traits = {}): FunctionParameter {
  return { name, type, allowUnknown: true, allowMarked: true, ...traits };
}

/**
 * For functions that rearrange what they are given without looking into its parts: parts may be unknown and keep their
 * marks, while an argument that is itself unknown or marked makes the result so.
 */
export function movingParts(call: PlainFunction["call"]): PlainFunction["call"] {
  return (args, returns) => {
    const result = args.every(isKnown) ? call(args.map(withoutMarks), returns) : unknownValue(returns);
    return args.reduce((marked, { marks }) => withMarks(marked, marks), result);
  };
}

/** The argument at a position, which the evaluator has made sure is there. */
export function argument(args: readonly Value[], position: number): Value {
  const value = args[position];
  if (value === undefined) {
    throw new TypeError(`argument ${position} is missing`);
  }
  return value;
}

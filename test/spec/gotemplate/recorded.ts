// Reads values of the recorded cases, and provides the functions that were present when they were recorded.
import { sprint, sprintf } from "../../../src/gotemplate/format.ts";
import {
  GoFloat,
  type ParameterKind,
  type TemplateFunction,
  type TemplateRecord,
  TemplateStruct,
  type TemplateValue,
} from "../../../src/gotemplate/value.ts";

/** Plain JSON, where `$float`, `$int`, `$struct` and `$func` stand for what JSON cannot say. */
export type RecordedValue =
  | null
  | string
  | boolean
  | number
  | readonly RecordedValue[]
  | { readonly [key: string]: RecordedValue };

/** The value that a template sees. */
export function readValue(recorded: RecordedValue): TemplateValue {
  if (recorded === null || typeof recorded !== "object") {
    return recorded;
  }
  if (isArray(recorded)) {
    return recorded.map(readValue);
  }
  if (recorded["$float"] !== undefined) {
    return new GoFloat(Number(String(recorded["$float"]).replace("Inf", "Infinity")));
  }
  if (recorded["$int"] !== undefined) {
    return BigInt(String(recorded["$int"]));
  }
  if (recorded["$func"] !== undefined) {
    return (...args: readonly TemplateValue[]) => `called${sprint(args)}`;
  }
  if (recorded["$struct"] !== undefined) {
    return readStruct(recorded["$struct"] as readonly (readonly [string, RecordedValue])[]);
  }
  return Object.fromEntries(Object.entries(recorded).map(([key, value]) => [key, readValue(value)])) as TemplateRecord;
}

function isArray(recorded: RecordedValue): recorded is readonly RecordedValue[] {
  return Array.isArray(recorded);
}

function readStruct(fields: readonly (readonly [string, RecordedValue])[]): TemplateStruct {
  const typeName = `struct { ${fields.map(([name]) => `${name} interface {}`).join("; ")} }`;
  return new TemplateStruct(Object.fromEntries(fields.map(([name, value]) => [name, readValue(value)])), typeName);
}

const any = Number.POSITIVE_INFINITY;

function fn(
  name: string,
  [minArgs, maxArgs]: readonly [number, number],
  parameters: readonly ParameterKind[],
  call: TemplateFunction["call"],
): readonly [string, TemplateFunction] {
  return [name, { name, minArgs, maxArgs, parameters, description: `For tests: ${name}.`, call }];
}

/** Functions by name. */
export const testFunctions: ReadonlyMap<string, TemplateFunction> = new Map([
  fn("user", [1, 1], ["string"], ([name]) => `<${name}>`),
  fn("upper", [1, 1], ["string"], ([text]) => String(text).toUpperCase()),
  fn("fail", [1, 1], ["string"], ([what]) => {
    throw new Error(`no such thing: ${what}`);
  }),
  fn("two", [2, 2], ["string"], ([a, b]) => `${a}&${b}`),
  fn("sum", [0, any], ["int"], (numbers) => numbers.map(Number).reduce((a, b) => a + b, 0)),
  fn("opt", [1, any], ["string"], ([first, ...rest]) => `${first}:${rest.join(",")}`),
  fn("show", [1, 1], ["any"], (args) => sprintf("%T", args)),
  fn("list", [0, 0], [], () => [1, "two", 3.5, null, true]),
  fn("dict", [0, 0], [], () => ({ b: 1, a: { x: "y" } })),
]);

// The functions that every template knows.
import { compareBuiltins } from "./compare.ts";
import { escapeHtml, escapeJs, escapeUrlQuery } from "./escape.ts";
import { sprint, sprintf, sprintln } from "./format.ts";
import { TemplateFailure } from "./problem.ts";
import { sliceBuiltins } from "./slice.ts";
import {
  findKind,
  isTrue,
  plainTypeName,
  type TemplateCallable,
  type TemplateFunction,
  type TemplateValue,
} from "./value.ts";

const any = Number.POSITIVE_INFINITY;

function defineBuiltin(
  name: string,
  count: readonly [number, number],
  description: string,
  call: (...args: readonly TemplateValue[]) => TemplateValue,
): TemplateFunction {
  const [minArgs, maxArgs] = count;
  return { name, minArgs, maxArgs, description, call: (args) => call(...args) };
}

/** Text of arguments that are to be escaped: a missing value reads as `<no value>` here. */
function joinText(args: readonly TemplateValue[]): string {
  return sprint(args.map((arg) => arg ?? "<no value>"));
}

function callFunction(target: TemplateValue, ...args: readonly TemplateValue[]): TemplateValue {
  if (findKind(target) !== "func") {
    throw new TemplateFailure(`${plainTypeName(target)} cannot be called`, {
      code: "gotemplate/not-a-function",
      argument: 0,
    });
  }
  return (target as TemplateCallable)(...args);
}

const list: readonly TemplateFunction[] = [
  defineBuiltin(
    "and",
    [1, any],
    "The first argument that is empty, else the last.",
    (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  ),
  defineBuiltin(
    "or",
    [1, any],
    "The first argument that is not empty, else the last.",
    (...args) => args.find(isTrue) ?? args.at(-1),
  ),
  defineBuiltin("not", [1, 1], "True when the argument is empty.", (arg) => !isTrue(arg)),
  defineBuiltin(
    "call",
    [1, any],
    "The result of calling the first argument, a function, with the others.",
    callFunction,
  ),
  defineBuiltin("html", [0, any], "The arguments' text, safe inside HTML.", (...args) => escapeHtml(joinText(args))),
  defineBuiltin("js", [0, any], "The arguments' text, safe inside a JavaScript string.", (...args) =>
    escapeJs(joinText(args)),
  ),
  defineBuiltin("urlquery", [0, any], "The arguments' text, safe inside the query of a URL.", (...args) =>
    escapeUrlQuery(joinText(args)),
  ),
  defineBuiltin("print", [0, any], "The arguments' text, with blanks between those that are not strings.", (...args) =>
    sprint(args),
  ),
  defineBuiltin("println", [0, any], "The arguments' text, with blanks between and a line end behind.", (...args) =>
    sprintln(args),
  ),
  {
    ...defineBuiltin("printf", [1, any], "A text with each % verb replaced by an argument.", (format, ...args) =>
      sprintf(String(format), args),
    ),
    parameters: ["string", "any"],
  },
  ...sliceBuiltins,
  ...compareBuiltins,
];

/** Built-in functions by name. */
export const builtins: ReadonlyMap<string, TemplateFunction> = new Map(list.map((fn) => [fn.name, fn]));

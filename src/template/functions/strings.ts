// Functions that work on text. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/string/chomp and its neighbours
import { boolType, listType, stringType } from "../../cty/type.ts";
import { asElements, asString, boolValue, isNull, listValue, stringValue, type Value } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { maxStringLength } from "../../hcl/limits.ts";
import { splitGraphemes } from "../../hcl/source.ts";
import { lowerCase, replaceText, splitText, titleCase, trimSpaces, upperCase } from "./go-text.ts";
import { argument, number, takeTyped, text } from "./signature.ts";
import { wholeArgument } from "./whole-number.ts";

/** All of them. */
export const stringFunctions: readonly PlainFunction[] = [
  defineChange("chomp", "The text without the line ends at its end.", (s) => s.replace(/[\r\n]+$/, "")),
  defineChange("trimspace", "The text without blanks, tabs and line ends around it.", trimSpaces),
  defineChange("upper", "The text in upper case.", upperCase),
  defineChange("lower", "The text in lower case.", lowerCase),
  defineChange("title", "The text with the first letter of each word in upper case.", titleCase),
  defineChange("strrev", "The text from its last character to its first.", (s) => splitGraphemes(s).reverse().join("")),
  combine("trim", "The text without any of the characters of `cutset` around it.", ["str", "cutset"], trimCharacters),
  combine("trimprefix", "The text without `prefix` at its beginning.", ["str", "prefix"], (s, prefix) =>
    s.startsWith(prefix) ? s.slice(prefix.length) : s,
  ),
  combine("trimsuffix", "The text without `suffix` at its end.", ["str", "suffix"], (s, suffix) =>
    s.endsWith(suffix) ? s.slice(0, s.length - suffix.length) : s,
  ),
  ask("startswith", "Whether the text begins with `prefix`.", "prefix", (s, prefix) => s.startsWith(prefix)),
  ask("endswith", "Whether the text ends with `suffix`.", "suffix", (s, suffix) => s.endsWith(suffix)),
  ask("strcontains", "Whether `substr` occurs in the text.", "substr", (s, part) => s.includes(part)),
  {
    name: "replace",
    description:
      "The text with every occurrence of `substr` replaced. It is taken as it stands; `regex_replace` knows patterns.",
    parameters: [text("str"), text("substr"), text("replace")],
    returns: stringType,
    call: (args) => replace(textArgument(args, 0), textArgument(args, 1), textArgument(args, 2)),
  },
  {
    name: "substr",
    description:
      "`length` characters of the text from the position `offset` on, counted from 0. A negative offset counts from the end; the length -1 means all that follow.",
    parameters: [text("str"), number("offset"), number("length")],
    returns: stringType,
    call: (args) => stringValue(substring(textArgument(args, 0), wholeArgument(args, 1), wholeArgument(args, 2))),
  },
  {
    name: "indent",
    description: "The text with `spaces` blanks before every line but the first.",
    parameters: [number("spaces"), text("str")],
    returns: stringType,
    call: (args) => indent(wholeArgument(args, 0), textArgument(args, 1)),
  },
  {
    name: "split",
    description: "The pieces of the text between the separators; its characters when the separator is empty.",
    parameters: [text("separator"), text("str")],
    returns: listType(stringType),
    call: (args) => listValue(stringType, splitText(textArgument(args, 1), textArgument(args, 0)).map(stringValue)),
  },
  {
    name: "join",
    description: "The elements of all lists, one after the other, with the separator between them.",
    parameters: [text("separator")],
    variadic: takeTyped("lists", listType(stringType)),
    returns: stringType,
    call: join,
  },
];

/** The string of an argument. */
export function textArgument(args: readonly Value[], position: number): string {
  return asString(argument(args, position));
}

/** The text as a value, unless it has grown beyond what a string may be. */
export function toBoundedText(result: string): Value {
  checkLength(result.length);
  return stringValue(result);
}

function checkLength(length: number): void {
  if (length > maxStringLength) {
    throw new FunctionError(`the result is longer than ${maxStringLength} characters`);
  }
}

function defineChange(name: string, description: string, work: (text: string) => string): PlainFunction {
  return {
    name,
    description,
    parameters: [text("str")],
    returns: stringType,
    call: (args) => stringValue(work(textArgument(args, 0))),
  };
}

function combine(
  name: string,
  description: string,
  names: readonly string[],
  work: (a: string, b: string) => string,
): PlainFunction {
  const call: PlainFunction["call"] = (args) => stringValue(work(textArgument(args, 0), textArgument(args, 1)));
  return { name, description, parameters: names.map((one) => text(one)), returns: stringType, call };
}

function ask(
  name: string,
  description: string,
  second: string,
  question: (a: string, b: string) => boolean,
): PlainFunction {
  const call: PlainFunction["call"] = (args) => boolValue(question(textArgument(args, 0), textArgument(args, 1)));
  return { name, description, parameters: [text("str"), text(second)], returns: boolType, call };
}

function trimCharacters(s: string, cutset: string): string {
  const drop = new Set(cutset);
  const characters = [...s];
  let from = 0;
  let to = characters.length;
  while (from < to && drop.has(characters[from] ?? "")) {
    from++;
  }
  while (to > from && drop.has(characters[to - 1] ?? "")) {
    to--;
  }
  return characters.slice(from, to).join("");
}

function substring(s: string, offset: number, length: number): string {
  const characters = splitGraphemes(s);
  const start = Math.max(0, offset < 0 ? characters.length + offset : offset);
  // As Packer 1.6.6: nothing for the length 0, but the rest when the offset counts from the end.
  const isRest = length < 0 || (length === 0 && offset < 0);
  return characters.slice(start, isRest ? undefined : start + length).join("");
}

function replace(s: string, old: string, fresh: string): Value {
  checkLength(splitText(s, old).length * fresh.length);
  return toBoundedText(replaceText(s, old, fresh));
}

function indent(spaces: number, s: string): Value {
  if (spaces < 0) {
    throw new FunctionError("the number of blanks must not be negative", 0);
  }
  const lines = s.split("\n");
  if (lines.length * spaces > maxStringLength) {
    throw new FunctionError("so many blanks make the text too long", 0);
  }
  return toBoundedText(lines.join(`\n${" ".repeat(spaces)}`));
}

function join([separator, ...lists]: readonly Value[]): Value {
  if (separator === undefined || lists.length === 0) {
    throw new FunctionError("at least one list is required");
  }
  const parts = lists.flatMap((list, i) =>
    asElements(list).map((element, at) => joinElement(element, at, i, lists.length)),
  );
  const between = asString(separator);
  checkLength(parts.reduce((length, part) => length + part.length + between.length, 0));
  return stringValue(parts.join(between));
}

function joinElement(element: Value, at: number, list: number, lists: number): string {
  if (!isNull(element)) {
    return asString(element);
  }
  const which = lists > 1 ? `element ${at} of list ${list + 1}` : `element ${at}`;
  throw new FunctionError(`${which} is null; null values cannot be joined`, list + 1);
}

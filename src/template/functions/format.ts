// Functions that put values into text. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/string/format and its neighbours
import { convert } from "../../cty/convert.ts";
import { type BigFloat, isWhole } from "../../cty/number.ts";
import { boolType, listType, numberType, stringType, type Type } from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { asBool, asElements, asNumber, asString, isNull, listValue, stringValue, type Value } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { firstGraphemes, graphemeCount } from "../../hcl/source.ts";
import { type FormatVerb, readFormat, verbMeanings } from "./format-verbs.ts";
import { jsonText } from "./json-text.ts";
import { formatNumber, formatWhole, shortNumber } from "./number-format.ts";
import { isSequence } from "./parts.ts";
import { anything, text } from "./signature.ts";
import { textArgument, toBoundedText } from "./strings.ts";

const verbs = `Verbs are ${Object.entries(verbMeanings)
  .map(([letter, meaning]) => `\`%${letter}\` (${meaning})`)
  .join(
    ", ",
  )} and \`%%\`. Between \`%\` and the letter may stand the flags \`-\`, \`+\`, \`#\`, \`0\` and a blank, a width, a precision after a point, and the number of an argument in brackets.`;

/** All of them. */
export const formatFunctions: readonly PlainFunction[] = [
  {
    name: "format",
    description: `The format with its verbs replaced by the arguments. ${verbs}`,
    parameters: [text("format")],
    variadic: anything("args", { allowNull: true }),
    returns: stringType,
    call: (args) => toBoundedText(fillFormat(readFormat(textArgument(args, 0)), args.slice(1))),
  },
  {
    name: "formatlist",
    description:
      "A list of texts, each as `format` gives it for one element of every list among the arguments; other arguments are the same each time.",
    parameters: [text("format")],
    variadic: anything("args", { allowNull: true }),
    returns: listType(stringType),
    call: (args) => {
      const format = readFormat(textArgument(args, 0));
      const given = args
        .slice(1)
        .map((value) => (isSequence(value.type, true) && !isNull(value) ? asElements(value) : value));
      const rows = Array.from({ length: commonLength(given) }, (_, row) =>
        given.map((value): Value => (isElements(value) ? (value[row] as Value) : value)),
      );
      return listValue(
        stringType,
        rows.map((row) => stringValue(fillFormat(format, row))),
      );
    },
  },
];

function isElements(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}

/** How many elements each list has; one round when there is none. */
function commonLength(given: readonly (Value | readonly Value[])[]): number {
  let first: { readonly position: number; readonly length: number } | undefined;
  given.forEach((value, i) => {
    if (!isElements(value)) {
      return;
    }
    const position = i + 1;
    first ??= { position, length: value.length };
    if (value.length === first.length) {
      return;
    }
    const why = `this list has ${value.length} elements, and argument ${first.position + 1} has ${first.length}; all lists must have the same length`;
    throw new FunctionError(why, position);
  });
  return first?.length ?? 1;
}

function fillFormat(format: readonly (string | FormatVerb)[], args: readonly Value[]): string {
  let used = 0;
  const texts = format.map((piece) => {
    if (typeof piece === "string") {
      return piece;
    }
    used = Math.max(used, piece.argument);
    const value = args[piece.argument - 1];
    if (value === undefined) {
      throw new FunctionError(
        `"${piece.written}" wants argument ${piece.argument} after the format, and there are ${args.length}`,
        0,
      );
    }
    return formatValue(value, piece, piece.argument);
  });
  if (used < args.length) {
    throw new FunctionError(
      used === 0 ? "the format has no verbs for arguments" : `the format uses only ${used} of ${args.length} arguments`,
      used + 1,
    );
  }
  return texts.join("");
}

function formatValue(value: Value, verb: FormatVerb, position: number): string {
  const { letter } = verb;
  if (letter === "v") {
    return padText(verb.sharp ? jsonText(value) : plainText(value), verb);
  }
  if (isNull(value)) {
    throw new FunctionError(`null cannot be formatted by "${verb.written}"; %v shows it`, position);
  }
  const as = (type: Type): Value => convertFor(value, type, verb, position);
  if (letter === "s") {
    return padText(cut(asString(as(stringType)), verb), verb);
  }
  if (letter === "q") {
    return padText(jsonText(stringValue(cut(asString(as(stringType)), verb))), verb);
  }
  if (letter === "t") {
    return String(asBool(as(boolType)));
  }
  const n = asNumber(as(numberType));
  if ("efgEG".includes(letter)) {
    return formatNumber(n, verb);
  }
  if (isWhole(n)) {
    return formatWhole(n, verb);
  }
  throw new FunctionError(`"${verb.written}" wants ${verbMeanings[letter]}`, position);
}

function convertFor(value: Value, type: Type, verb: FormatVerb, position: number): Value {
  const converted = convert(value, type);
  if (converted.ok) {
    return converted.value;
  }
  throw new FunctionError(
    `"${verb.written}" wants ${verbMeanings[verb.letter]}, and this is ${withArticle(value.type)} that cannot become one`,
    position,
  );
}

function plainText(value: Value): string {
  if (value.data === null) {
    return "null";
  }
  if (typeof value.data === "string") {
    return value.data;
  }
  return value.type.kind === "number" ? shortNumber(value.data as BigFloat) : jsonText(value);
}

/** The precision of a text counts characters, as a person does. As Packer 1.6.6: 0 means all of them. */
function cut(s: string, { precision }: FormatVerb): string {
  return precision === undefined || precision === 0 ? s : firstGraphemes(s, precision);
}

/** As Packer 1.6.6: with both flags, zeros stand behind the text. */
function padText(s: string, { width = 0, minus, zero }: FormatVerb): string {
  const missing = width - graphemeCount(s);
  if (missing <= 0) {
    return s;
  }
  const fill = (zero ? "0" : " ").repeat(missing);
  return minus ? s + fill : fill + s;
}

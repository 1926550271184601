// One value under one `%` verb, as Go's fmt prints it.
import { type Directive, pad } from "./directive.ts";
import { floatText } from "./float-text.ts";
import { BoundedText } from "./limits.ts";
import { canBackquote, isPrintable, quote, quoteCharacter, quoteToAscii, toCharacter } from "./quote.ts";
import {
  findKind,
  floatValue,
  getEntry,
  goTypeName,
  isList,
  sortKeys,
  type TemplateRecord,
  type TemplateStruct,
  type TemplateValue,
  toFloat,
  toInt,
} from "./value.ts";

/** The value's text. A verb that does not fit gives `%!verb(type=value)`. */
export function formatValue(value: TemplateValue, directive: Directive): string {
  if (directive.verb === "T") {
    return formatText(goTypeName(value), { ...directive, verb: "s" });
  }
  if (value === null || value === undefined) {
    return directive.verb === "v" ? pad("<nil>", directive) : `%!${directive.verb}(<nil>)`;
  }
  if (directive.verb === "p" || directive.verb === "w") {
    return wrongVerb(value, directive);
  }
  return formatAny(value, directive);
}

function wrongVerb(value: TemplateValue, directive: Directive): string {
  return `%!${directive.verb}(${goTypeName(value)}=${formatAny(value, { ...directive, verb: "v" })})`;
}

function formatAny(value: TemplateValue, directive: Directive): string {
  switch (findKind(value)) {
    case "none":
    case "nil":
      return directive.sharpV ? "interface {}(nil)" : "<nil>";
    case "string":
      return formatText(value as string, directive);
    case "bool":
      return "tv".includes(directive.verb) ? pad(String(value), directive) : wrongVerb(value, directive);
    case "int":
      return formatInt(toInt(value) ?? 0n, directive);
    case "float":
      return formatFloat(toFloat(value) ?? 0, directive);
    case "func":
      return directive.verb === "v" ? pad("func", directive) : wrongVerb(value, directive);
    default:
      return formatContainer(value as Container, directive);
  }
}

type Container = readonly TemplateValue[] | TemplateRecord | TemplateStruct;

function formatContainer(value: Container, directive: Directive): string {
  const text = new BoundedText();
  const [open, close] = chooseBrackets(value, directive);
  text.add(open);
  let first = true;
  for (const [name, element] of listElements(value, directive)) {
    if (!first) {
      text.add(directive.sharpV ? ", " : " ");
    }
    first = false;
    text.add(name);
    text.add(formatAny(element, directive));
  }
  text.add(close);
  return text.toString();
}

function chooseBrackets(value: Container, directive: Directive): readonly [string, string] {
  if (directive.sharpV) {
    return [`${goTypeName(value)}{`, "}"];
  }
  if (findKind(value) === "struct") {
    return ["{", "}"];
  }
  return [isList(value) ? "[" : "map[", "]"];
}

/** Each element with what stands in front of it. */
function* listElements(value: Container, directive: Directive): Iterable<readonly [string, TemplateValue]> {
  if (isList(value)) {
    for (const element of value) {
      yield ["", element];
    }
    return;
  }
  if (findKind(value) !== "struct") {
    const record = value as TemplateRecord;
    for (const key of sortKeys(record)) {
      yield [`${formatText(key, directive)}:`, getEntry(record, key)];
    }
    return;
  }
  const named = directive.plusV || directive.sharpV;
  for (const [name, element] of Object.entries((value as TemplateStruct).fields)) {
    yield [named ? `${name}:` : "", element];
  }
}

function formatText(text: string, directive: Directive): string {
  switch (directive.verb) {
    case "v":
    case "s":
      return directive.sharpV ? formatQuoted(text, directive) : pad(cut(text, directive.precision), directive);
    case "q":
      return formatQuoted(text, directive);
    case "x":
    case "X":
      return formatHex(text, directive);
    default:
      return wrongVerb(text, directive);
  }
}

/** The precision of a text counts characters. */
function cut(text: string, precision: number | undefined): string {
  return precision === undefined || text.length <= precision ? text : [...text].slice(0, precision).join("");
}

function formatQuoted(text: string, directive: Directive): string {
  const short = cut(text, directive.precision);
  if (directive.sharp && canBackquote(short)) {
    return pad(`\`${short}\``, directive);
  }
  return pad(directive.plus ? quoteToAscii(short) : quote(short), directive);
}

/** Bytes of UTF-8 in hexadecimal; the space flag parts them, the sharp flag adds `0x`. */
function formatHex(text: string, directive: Directive): string {
  const bytes = Buffer.from(text, "utf8").subarray(0, directive.precision);
  const digits = bytes.toString("hex");
  const parts = digits.match(directive.space ? /../g : /.+/) ?? [];
  const shown = parts.map((part) => (directive.sharp ? `0x${part}` : part)).join(" ");
  return pad(directive.verb === "X" ? shown.toUpperCase() : shown, directive);
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatInt(value: bigint, directive: Directive): string {
  const { verb } = directive;
  switch (verb) {
    case "c":
      return pad(toCharacter(value), directive);
    case "q":
      return pad(quoteCharacter(value, directive.plus), directive);
    case "U":
      return formatCodePoint(value, directive);
  }
  const base = Object.hasOwn(bases, verb) ? bases[verb] : undefined;
  return base === undefined ? wrongVerb(value, directive) : formatInBase(value, base, directive);
}

function signOfPositive({ plus, space }: Directive): "+" | " " | "" {
  if (plus) {
    return "+";
  }
  return space ? " " : "";
}

function formatInBase(value: bigint, base: number, directive: Directive): string {
  const { precision, width, zero, minus, sharp, verb } = directive;
  const unpadded = { ...directive, zero: false };
  if (precision === 0 && value === 0n) {
    return pad("", unpadded);
  }
  const sign = value < 0n ? "-" : signOfPositive(directive);
  const zeros = zero && !minus && width !== undefined ? width - sign.length : 0;
  const fill = precision ?? zeros;
  let digits = (value < 0n ? -value : value).toString(base).padStart(fill, "0");
  if (sharp && base === 2) {
    digits = `0b${digits}`;
  }
  if (sharp && base === 8 && !digits.startsWith("0")) {
    digits = `0${digits}`;
  }
  if (sharp && base === 16) {
    digits = `0x${digits}`;
  }
  if (verb === "O") {
    digits = `0o${digits}`;
  }
  return pad(sign + (verb === "X" ? digits.toUpperCase() : digits), unpadded);
}

/** `U+0061`, and with the sharp flag the character behind it. */
function formatCodePoint(value: bigint, directive: Directive): string {
  const number = BigInt.asUintN(64, value);
  const digits = number
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(directive.precision ?? 0, 4), "0");
  const isShown = directive.sharp && number <= 0x10ffffn && isPrintable(Number(number));
  return pad(`U+${digits}${isShown ? ` '${toCharacter(number)}'` : ""}`, { ...directive, zero: false });
}

/** Precision of a float where the format gives none: six places, or as many digits as are needed. */
const defaultPrecisions: Readonly<Record<string, number | undefined>> = {
  v: undefined,
  b: undefined,
  g: undefined,
  G: undefined,
  x: undefined,
  X: undefined,
  e: 6,
  E: 6,
  f: 6,
  F: 6,
};

function formatFloat(value: number, directive: Directive): string {
  const { verb } = directive;
  if (!Object.hasOwn(defaultPrecisions, verb)) {
    return wrongVerb(floatValue(value), directive);
  }
  const notation = { v: "g", F: "f" }[verb] ?? verb;
  const precision = directive.precision ?? defaultPrecisions[verb];
  let text = floatText(value, notation, precision);
  if (text.startsWith("+") && directive.space && !directive.plus) {
    text = ` ${text.slice(1)}`;
  }
  if (!Number.isFinite(value)) {
    const bare = text === "+NaN" && !directive.plus ? "NaN" : text;
    return pad(bare, { ...directive, zero: false });
  }
  if (directive.sharp && notation !== "b") {
    text = withPoint(text, notation, precision);
  }
  if (!directive.plus && text.startsWith("+")) {
    return pad(text.slice(1), directive);
  }
  return signAndPad(text, directive);
}

/** Zeros stand between the sign and the number. */
function signAndPad(text: string, directive: Directive): string {
  if (!directive.zero || directive.minus || directive.width === undefined) {
    return pad(text, directive);
  }
  return text.slice(0, 1) + pad(text.slice(1), { ...directive, width: directive.width - 1 });
}

/** The sharp flag: always a decimal point, and under %g no trailing zeros are taken away. */
function withPoint(text: string, notation: string, precision: number | undefined): string {
  const tailAt = text.search("gGeEfF".includes(notation) ? /[eE]/ : /[pP]/);
  const head = tailAt < 0 ? text : text.slice(0, tailAt);
  const tail = tailAt < 0 ? "" : text.slice(tailAt);
  const point = head.includes(".") ? "" : ".";
  if (!"gGx".includes(notation)) {
    return head + point + tail;
  }
  const significant = head.slice(1).replace(".", "").replace(/^0+/, "").length;
  const leadingZero = point === "." && head.slice(1) === "0" ? 1 : 0;
  return head + point + "0".repeat(Math.max((precision ?? 6) - significant - leadingZero, 0)) + tail;
}

// Values as `console` and `inspect` show them.
import { type BigFloat, isWhole, toDouble, truncate } from "../cty/number.ts";
import { asElements, asEntries, isKnown, isNull, isWhollyKnown, sensitive, type Value } from "../cty/value.ts";
import { floatText } from "../gotemplate/float-text.ts";
import { quote } from "../gotemplate/quote.ts";

/** The text of a value over as many lines as it needs; a string without quotes unless it is part of something. */
export function printValue(value: Value, { nested = false }: { readonly nested?: boolean | undefined } = {}): string {
  return isWhollyKnown(value) ? print(value, nested, false) : "<unknown>";
}

function print(value: Value, nested: boolean, isSecret: boolean): string {
  const secret = isSecret || value.marks.has(sensitive);
  if (isNull(value)) {
    return "null";
  }
  if (Array.isArray(value.data)) {
    return printList(asElements(value), secret);
  }
  if (value.data instanceof Map) {
    return printMap(asEntries(value), secret);
  }
  return scalarText(value, nested, secret);
}

function scalarText({ data }: Value, nested: boolean, secret: boolean): string {
  if (typeof data === "string") {
    const text = secret && data !== "" ? "<sensitive>" : data;
    return nested ? quote(text) : text;
  }
  // Unlike Packer 1.6.6, which shows secret numbers and truths: they are hidden as well.
  if (secret) {
    return "<sensitive>";
  }
  return typeof data === "boolean" ? String(data) : printNumber(data as BigFloat);
}

const largestInt = 2n ** 63n - 1n;

/** Whole numbers in full while 64 bits hold them, others as the nearest float. */
function printNumber(n: BigFloat): string {
  if (isWhole(n)) {
    const whole = truncate(n);
    if (whole <= largestInt && whole >= -largestInt - 1n) {
      return String(whole);
    }
  }
  const text = floatText(toDouble(n), "g", undefined);
  return n.infinite ? text : text.replace(/^\+/, "");
}

function printList(elements: readonly Value[], secret: boolean): string {
  if (elements.length === 0) {
    return "[]";
  }
  return `[\n${elements.map((element) => `${indentText(print(element, true, secret))},\n`).join("")}]`;
}

/** As Packer 1.6.6: what is null is left out. */
function printMap(entries: ReadonlyMap<string, Value>, secret: boolean): string {
  const lines = [...entries].flatMap(([name, part]) =>
    isKnown(part) && isNull(part) ? [] : `${indentText(`${quote(name)} = ${print(part, true, secret)}`)}\n`,
  );
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}}`;
}

function indentText(text: string): string {
  return text.replace(/^/gm, "  ");
}

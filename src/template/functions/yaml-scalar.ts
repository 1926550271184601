// What a word without quotes means in YAML 1.1, as Packer takes it.
import { fromInteger, parseDecimal } from "../../cty/number.ts";
import { boolValue, numberValue, stringValue, untypedNull, type Value } from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";
import { base64Bytes } from "./encodings.ts";
import { parseTimestamp, timestampText } from "./timestamp.ts";

const words = new Map<string, Value>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, untypedNull] as const),
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map(
    (word) => [word, boolValue(true)] as const,
  ),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map(
    (word) => [word, boolValue(false)] as const,
  ),
]);

/** The value of a word, by its tag when it has one; a text that says what is wrong when it is none. */
export function yamlScalar(text: string, tag: string | undefined): Value | string {
  switch (tag) {
    case undefined:
      return words.get(text) ?? number(text) ?? timestamp(text) ?? stringValue(text);
    case "str":
      return stringValue(text);
    case "null":
      return untypedNull;
    case "bool": {
      const word = words.get(text);
      return typeof word?.data === "boolean" ? word : `${JSON.stringify(text)} is neither true nor false`;
    }
    case "int":
    case "float": {
      const found = number(text);
      return found ?? `${JSON.stringify(text)} is not a number`;
    }
    case "timestamp":
      return timestamp(text) ?? `${JSON.stringify(text)} is not a time`;
    case "binary":
      return binary(text);
    default:
      return `the tag ${tag} is not known`;
  }
}

const decimal = /^[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*|_*\d[\d_]*)(?:[eE][-+]?\d[\d_]*)?$/;

/** Decimal numbers, with underscores between the digits, and whole ones in base 2. Zeros in front mean nothing. */
function number(text: string): Value | string | undefined {
  if (/^[-+]?\.(?:inf|Inf|INF)$|^\+Inf$/.test(text)) {
    return numberValue(text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  }
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) {
    return "there is no value for what is not a number";
  }
  const binary = /^(-?)0b(.*)$/.exec(text);
  if (binary !== null) {
    const [, sign = "", digits = ""] = binary;
    const plain = digits.replaceAll("_", "");
    if (!/^[01]+$/.test(plain)) {
      return `${JSON.stringify(text)} is not a number in base 2`;
    }
    const whole = BigInt(`0b${plain}`);
    return numberValue(fromInteger(sign === "" ? whole : -whole));
  }
  if (!decimal.test(text)) {
    return undefined;
  }
  const n = parseDecimal(text.replaceAll("_", ""));
  return n === undefined ? undefined : numberValue(n);
}

const date = /^(\d{4})-(\d\d?)-(\d\d?)$/;
const dateAndTime =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(\.\d+)?(Z|[-+]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(\.\d+)?)$/;

/** Dates and times become text as in RFC 3339. */
function timestamp(text: string): Value | undefined {
  const [, year, month = "", day = "", ...time] = date.exec(text) ?? dateAndTime.exec(text) ?? [];
  if (year === undefined) {
    return undefined;
  }
  const [hour = "0", minute = "0", second = "0"] = time[0] === undefined ? time.slice(5) : time;
  const two = (digits: string): string => digits.padStart(2, "0");
  const written = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${time[4] ?? "Z"}`;
  try {
    return stringValue(timestampText(parseTimestamp(written, 0)));
  } catch (thrown) {
    if (thrown instanceof FunctionError) {
      return undefined;
    }
    throw thrown;
  }
}

function binary(text: string): Value | string {
  try {
    base64Bytes(text, 0);
    return stringValue(text);
  } catch (thrown) {
    if (thrown instanceof FunctionError) {
      return `${JSON.stringify(text)} is not Base64`;
    }
    throw thrown;
  }
}

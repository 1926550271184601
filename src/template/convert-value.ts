// Turns a raw value into what an option's type wants, as forgivingly as Packer's decoder does.

import type { SourceRange } from "../diagnostic/diagnostic.ts";
import { parseDuration } from "../sdk/duration.ts";
import type { OptionSchema, OptionType } from "../sdk/option.ts";
import { describeRaw, type RawMap, type RawValue, toPlain } from "./raw-value.ts";

/** What conversion needs from its caller. */
export interface Conversion {
  /** Reports that a value does not fit; `path` leads to it inside the option. */
  wrong(
    at: SourceRange | undefined,
    path: string,
    summary: string,
    more?: { detail?: string | undefined; hint?: string | undefined; code?: string | undefined },
  ): void;
  /** Decodes a nested block. */
  block(schema: OptionSchema, body: RawMap, path: string): Readonly<Record<string, unknown>>;
}

/** Stands for "leave it unset": null, and an empty text where a flag is wanted. */
export const UNSET = Symbol("unset");

/** The value as the component reads it, or `UNSET`. After a complaint the result is only good for going on. */
export function convertValue(value: RawValue, type: OptionType, path: string, to: Conversion): unknown {
  if (value.is === "null") {
    return UNSET;
  }
  if (value.is === "unknown") {
    return standIn(type);
  }
  switch (type.is) {
    case "string":
      return toText(value, path, to);
    case "number":
      return toNumber(value, path, to);
    case "fraction":
      return toFraction(value, path, to);
    case "bool":
      return toBool(value, path, to);
    case "duration":
      return toDuration(value, path, to);
    case "list":
      return toList(value, type.of, path, to);
    case "set":
      return asSet(toList(value, type.of, path, to));
    case "map":
      return toMap(value, type.of, path, to);
    case "object":
      return toObject(value, type.options, path, to);
    case "block":
      return toBlocks(value, type, path, to);
    case "any":
      return toPlain(value);
  }
}

/** What stands in for a text. */
export const UNKNOWN_TEXT = "unknown";

/** Something of the right type where the value itself is not known yet. */
function standIn(type: OptionType): unknown {
  switch (type.is) {
    case "string":
      return UNKNOWN_TEXT;
    case "number":
    case "fraction":
    case "duration":
      return 0;
    case "bool":
      return false;
    case "list":
    case "set":
      // One element, so that nobody takes it for a list in which nothing was given.
      return keepValue(standIn(type.of));
    case "map":
      return {};
    case "object":
      return UNSET;
    case "block":
      return type.many ? [] : UNSET;
    case "any":
      return null;
  }
}

/** `wanted` is what should stand there, with how to write it. */
function reportMismatch(
  value: RawValue,
  [wanted, hint]: readonly [string, (string | undefined)?],
  path: string,
  to: Conversion,
): typeof UNSET {
  to.wrong(
    value.range(),
    path,
    `"${path}" must be ${wanted}, but is ${describeRaw(value)}`,
    hint === undefined ? {} : { hint },
  );
  return UNSET;
}

function toText(value: RawValue, path: string, to: Conversion): unknown {
  if (value.is === "string") {
    return value.text;
  }
  if (value.is === "number") {
    return value.written ?? goNumber(value.text);
  }
  if (value.is === "bool") {
    return value.written ?? (value.value ? "1" : "0");
  }
  return reportMismatch(
    value,
    ["a string", value.is === "list" ? "Write one string instead of a list." : undefined],
    path,
    to,
  );
}

/** Numbers become text without an exponent and without trailing zeros. */
function goNumber(text: string): string {
  if (/^-?\d+$/.test(text)) {
    return text;
  }
  const number = Number(text);
  return Object.is(number, -0) ? "-0" : withoutExponent(String(number));
}

/** `1.5e+21` -> `1500000000000000000000`. */
function withoutExponent(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) {
    return text;
  }
  const shift = Number(exponent);
  return shift < 0
    ? `${sign}0.${"0".repeat(-shift - 1)}${whole}${fraction}`
    : `${sign}${whole}${fraction.padEnd(shift, "0")}`;
}

function toNumber(value: RawValue, path: string, to: Conversion): unknown {
  if (value.is === "number") {
    return Math.trunc(Number(value.text));
  }
  if (value.is === "bool") {
    return value.value ? 1 : 0;
  }
  if (value.is !== "string") {
    return reportMismatch(value, ["a number"], path, to);
  }
  const text = value.text;
  if (text === "") {
    return 0;
  }
  if (/^[+-]?(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[1-9][\d_]*|0)$/.test(text)) {
    return parseWhole(text);
  }
  return reportMismatch(value, ["a whole number"], path, to);
}

function parseWhole(text: string): number {
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  const size = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return text.startsWith("-") ? -size : size;
}

function toFraction(value: RawValue, path: string, to: Conversion): unknown {
  if (value.is === "number") {
    return Number(value.text);
  }
  if (value.is === "string" && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.text)) {
    return Number(value.text);
  }
  return value.is === "string" && value.text !== ""
    ? reportMismatch(value, ["a number"], path, to)
    : toNumber(value, path, to);
}

const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

function toBool(value: RawValue, path: string, to: Conversion): unknown {
  if (value.is === "bool") {
    return value.value;
  }
  if (value.is === "number") {
    return Number(value.text) !== 0;
  }
  if (value.is !== "string") {
    return reportMismatch(value, ["true or false"], path, to);
  }
  if (value.text === "") {
    return UNSET;
  }
  if (TRUE.includes(value.text)) {
    return true;
  }
  if (FALSE.includes(value.text)) {
    return false;
  }
  return reportMismatch(value, ["true or false"], path, to);
}

function toDuration(value: RawValue, path: string, to: Conversion): unknown {
  // As Packer: a bare number counts nanoseconds.
  if (value.is === "number") {
    return Number(value.text) / 1e6;
  }
  if (value.is !== "string") {
    return reportMismatch(value, ["a duration", 'Write it as "30s" or "1m30s".'], path, to);
  }
  const parsed = parseDuration(value.text);
  if (typeof parsed === "number") {
    return parsed;
  }
  to.wrong(value.range(), path, `"${path}" is no duration: ${parsed.error}`, {
    code: "option/duration",
    hint: 'Write a number with its unit, such as "30s", "5m" or "1h30m".',
  });
  return UNSET;
}

/** Sorted and without repetitions, so that two sets with the same elements are the same. */
function asSet(items: readonly unknown[]): unknown[] {
  const byText = new Map(items.map((item) => [JSON.stringify(item), item] as const));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function toList(value: RawValue, of: OptionType, path: string, to: Conversion): unknown[] {
  if (value.is === "list") {
    return value.items.flatMap((item, i) => {
      // As Packer's decoder: null among texts is an empty one.
      const isEmptyText = item.is === "null" && of.is === "string";
      return isEmptyText ? [""] : keepValue(convertValue(item, of, `${path}[${i}]`, to));
    });
  }
  if (value.is === "string" && value.text === "") {
    return [];
  }
  // As Packer's decoder: a text is split at its commas where a list of texts is wanted.
  if (value.is === "string" && of.is === "string") {
    return value.text.split(",");
  }
  if (value.is === "map" && value.entries.length === 0) {
    return [];
  }
  return keepValue(convertValue(value, of, path, to));
}

function keepValue(value: unknown): unknown[] {
  return value === UNSET ? [] : [value];
}

function toMap(value: RawValue, of: OptionType, path: string, to: Conversion): unknown {
  // As Packer's decoder: a list of objects is taken as one object.
  const maps = value.is === "list" ? value.items : [value];
  const result: Record<string, unknown> = {};
  for (const map of maps) {
    if (map.is !== "map") {
      return reportMismatch(map, ["an object"], path, to);
    }
    for (const entry of map.entries) {
      const item = convertValue(entry.value, of, `${path}.${entry.key}`, to);
      if (item !== UNSET) {
        Object.defineProperty(result, entry.key, { value: item, enumerable: true, writable: true, configurable: true });
      } else if (entry.value.is === "null" && of.is === "string") {
        result[entry.key] = "";
      }
    }
  }
  return result;
}

function toObject(value: RawValue, options: OptionSchema, path: string, to: Conversion): unknown {
  return value.is === "map" ? to.block(options, value, path) : reportMismatch(value, ["an object"], path, to);
}

type BlockType = Extract<OptionType, { is: "block" }>;

function toBlocks(value: RawValue, type: BlockType, path: string, to: Conversion): unknown {
  const bodies = value.is === "list" ? value.items : [value];
  const decoded = bodies.flatMap((body, i) => {
    const at = value.is === "list" && (type.many || type.labels !== undefined) ? `${path}[${i}]` : path;
    return readLabelled(body, type.labels ?? [], { labels: [], path: at }, to).map((found) => ({
      ...found.fields,
      ...to.block(type.options, found.body, found.path),
    }));
  });
  if (type.many) {
    return decoded;
  }
  if (decoded.length > 1) {
    to.wrong(value.range(), path, `"${path}" may be given once, but is there ${decoded.length} times`);
  }
  return decoded.length === 0 ? UNSET : decoded[0];
}

/** What a block stands in. */
interface Above {
  /** The labels so far. */
  readonly labels: readonly (readonly [name: string, label: string])[];
  readonly path: string;
}

interface LabelledBody {
  readonly fields: Readonly<Record<string, string>>;
  readonly body: RawMap;
  readonly path: string;
}

/** The bodies below the labels that are still to come. Under one label there may be a list of them. */
function readLabelled(
  value: RawValue,
  names: readonly string[],
  above: Above,
  to: Conversion,
): readonly LabelledBody[] {
  const [name, ...rest] = names;
  const { path, labels } = above;
  if (value.is === "list" && labels.length > 0) {
    return value.items.flatMap((item, i) => readLabelled(item, names, { labels, path: `${path}[${i}]` }, to));
  }
  if (value.is !== "map") {
    const hint = name === undefined ? undefined : `Put it into an object under its ${name}.`;
    reportMismatch(value, ["a block", hint], path, to);
    return [];
  }
  if (name === undefined) {
    return [{ fields: Object.fromEntries(labels), body: value, path }];
  }
  return value.entries.flatMap(({ key, value: below }) =>
    readLabelled(below, rest, { labels: [...labels, [name, key]], path: `${path}.${key}` }, to),
  );
}

// The built-in functions that look into lists, maps and strings: len, index and slice.
import { TemplateFailure } from "./problem.ts";
import {
  findKind,
  getEntry,
  isList,
  isRecord,
  plainTypeName,
  type TemplateFunction,
  type TemplateValue,
  toInt,
} from "./value.ts";

function wrongType(message: string, argument: number): TemplateFailure {
  return new TemplateFailure(message, { code: "gotemplate/argument-type", argument });
}

/** Strings count in bytes of UTF-8. */
function length(value: TemplateValue): number {
  if (typeof value === "string") {
    return Buffer.byteLength(value, "utf8");
  }
  if (isList(value)) {
    return value.length;
  }
  if (isRecord(value)) {
    return Object.keys(value).length;
  }
  throw wrongType(`${plainTypeName(value)} has no length`, 0);
}

function index(value: TemplateValue, ...keys: readonly TemplateValue[]): TemplateValue {
  if (value === undefined) {
    throw wrongType("there is nothing to look into", 0);
  }
  return keys.reduce((item: TemplateValue, key, i) => indexOnce(item, key, i + 1), value);
}

function indexOnce(item: TemplateValue, key: TemplateValue, argument: number): TemplateValue {
  if (isRecord(item)) {
    if (typeof key !== "string") {
      throw wrongType(`the key of a map has to be a string, not ${plainTypeName(key)}`, argument);
    }
    return getEntry(item, key) ?? null;
  }
  if (isList(item)) {
    return item[readPosition(key, item.length - 1, argument)];
  }
  if (typeof item === "string") {
    const bytes = Buffer.from(item, "utf8");
    return bytes[readPosition(key, bytes.length - 1, argument)];
  }
  throw wrongType(`${plainTypeName(item)} cannot be indexed`, argument - 1);
}

function readPosition(key: TemplateValue, last: number, argument: number): number {
  const at = toInt(key);
  if (at === undefined) {
    throw wrongType(`a position has to be a whole number, not ${plainTypeName(key)}`, argument);
  }
  if (at >= 0n && at <= last) {
    return Number(at);
  }
  const hint = last < 0 ? "it is empty" : `positions go from 0 to ${last}`;
  throw new TemplateFailure(`position ${at} does not exist`, { code: "gotemplate/argument-type", argument, hint });
}

function slice(value: TemplateValue, ...bounds: readonly TemplateValue[]): TemplateValue {
  if (bounds.length > 3) {
    throw new TemplateFailure("at most three positions can be given", { code: "gotemplate/argument-count" });
  }
  const size = findKind(value) === "string" || isList(value) ? length(value) : undefined;
  if (size === undefined) {
    throw wrongType(`${plainTypeName(value)} cannot be sliced`, 0);
  }
  if (typeof value === "string" && bounds.length === 3) {
    throw wrongType("a string takes two positions only", 3);
  }
  const places = bounds.map((bound, i) => readPosition(bound, size, i + 1));
  const [from = 0, to = size, capacity = size] = places;
  if (from > to || to > capacity) {
    const order = places.join(" > ");
    throw new TemplateFailure(`positions have to grow, and these do not: ${order}`, {
      code: "gotemplate/argument-type",
    });
  }
  if (typeof value === "string") {
    return Buffer.from(value, "utf8").subarray(from, to).toString("utf8");
  }
  return isList(value) ? value.slice(from, to) : undefined;
}

const any = Number.POSITIVE_INFINITY;

/** len, index and slice. */
export const sliceBuiltins: readonly TemplateFunction[] = [
  {
    name: "len",
    minArgs: 1,
    maxArgs: 1,
    description: "The length of a string in bytes, of a list or of a map.",
    call: ([value]) => length(value),
  },
  {
    name: "index",
    minArgs: 1,
    maxArgs: any,
    description: "The element at a position of a list, or at a key of a map; further arguments look into that one.",
    call: ([value, ...keys]) => index(value, ...keys),
  },
  {
    name: "slice",
    minArgs: 1,
    maxArgs: any,
    description: "The part of a list or string between two positions.",
    call: ([value, ...bounds]) => slice(value, ...bounds),
  },
];

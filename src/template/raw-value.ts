// A value as it stands in a template, before it is converted: the same shape for JSON, YAML and HCL2.
import type { BigFloat } from "../cty/number.ts";
import type { Type } from "../cty/type.ts";
import type { SourceRange } from "../diagnostic/diagnostic.ts";
import type { Json } from "../sdk/run.ts";

/** A value with its place. Ranges are made when asked for: most values are never complained about. */
export type RawValue = RawPlace &
  (
    | { readonly is: "string"; readonly text: string }
    /** The digits as written, so that no precision is lost; `exact` when an expression gave it. */
    | ({ readonly is: "number"; readonly text: string; readonly exact?: BigFloat | undefined } & Written)
    | ({ readonly is: "bool"; readonly value: boolean } & Written)
    | { readonly is: "null" }
    /** Known only during the run, or not at all in a validation without values. */
    | { readonly is: "unknown" }
    | { readonly is: "list"; readonly items: readonly RawValue[] }
    | { readonly is: "map"; readonly entries: readonly RawEntry[] }
  );

interface Written {
  /** As it stands in YAML, where a text needs no quotes: that is what it is where a text is wanted. */
  readonly written?: string | undefined;
}

export interface RawPlace {
  /** What HCL2 made of it; JSON and YAML know no more than what it is. */
  readonly type?: Type | undefined;
  range(): SourceRange | undefined;
  /** The place of a part of a string's text; the whole value when it cannot be told. */
  rangeWithin?(offset: number, length: number): SourceRange | undefined;
}

export interface RawEntry {
  readonly key: string;
  keyRange(): SourceRange | undefined;
  keyRangeWithin?(offset: number, length: number): SourceRange | undefined;
  readonly value: RawValue;
}

export type RawMap = Extract<RawValue, { is: "map" }>;
export type RawList = Extract<RawValue, { is: "list" }>;
export type RawString = Extract<RawValue, { is: "string" }>;

export const nowhere: RawPlace = { range: () => undefined };

/** In words, with its article: what was found where something else was expected. */
export function describeRaw(value: RawValue): string {
  switch (value.is) {
    case "string":
      return value.text.length > 40 ? "a string" : `the string ${JSON.stringify(value.text)}`;
    case "number":
      return `the number ${showPlain(value)}`;
    case "bool":
      return showPlain(value);
    case "map":
      return "an object";
    case "list":
      return "a list";
    case "null":
      return "null";
    case "unknown":
      return "a value that is not known yet";
  }
}

/** A number or a flag as it is written. */
export function showPlain(value: Extract<RawValue, { is: "number" | "bool" }>): string {
  return value.written ?? (value.is === "number" ? value.text : String(value.value));
}

/** As plain data; unknown values become null. */
export function toPlain(value: RawValue): Json {
  switch (value.is) {
    case "string":
      return value.text;
    case "number":
      return Number(value.text);
    case "bool":
      return value.value;
    case "list":
      return value.items.map(toPlain);
    case "map":
      return Object.fromEntries(value.entries.map((entry) => [entry.key, toPlain(entry.value)]));
    default:
      return null;
  }
}

/** Wraps plain data that has no place in a file, such as an action input. */
export function toRaw(value: unknown, at: RawPlace = nowhere): RawValue {
  if (value === null || value === undefined) {
    return { ...at, is: "null" };
  }
  if (typeof value === "string") {
    return { ...at, is: "string", text: value };
  }
  if (typeof value === "boolean") {
    return { ...at, is: "bool", value };
  }
  if (typeof value === "number" || typeof value === "bigint") {
    return { ...at, is: "number", text: String(value) };
  }
  if (Array.isArray(value)) {
    return { ...at, is: "list", items: value.map((item) => toRaw(item, at)) };
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return {
    ...at,
    is: "map",
    entries: entries.map(([key, item]) => ({ key, keyRange: at.range, value: toRaw(item, at) })),
  };
}

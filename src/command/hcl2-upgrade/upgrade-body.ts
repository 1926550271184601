// The options of a component in a JSON template -> the inside of an HCL2 block.

import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { compareTexts } from "../../diagnostic/text-order.ts";
import type { OptionSchema, OptionType } from "../../sdk/option.ts";
import type { RawEntry, RawMap, RawValue } from "../../template/raw-value.ts";
import { isIdentifier, makeAttribute, makeBlock, quoteKey, type WrittenItem } from "./hcl-writer.ts";
import { type TextNames, upgradeText } from "./upgrade-text.ts";

/** What is gathered while one part of a template is upgraded. */
export interface Upgrade {
  readonly names: TextNames;
  /** Calls that stay as they are. */
  readonly kept: string[];
  readonly diagnostics: Diagnostic[];
}

/** The items of a body, sorted by name. With a schema it says which of them are blocks; without one their shape does. */
export function upgradeBody(body: RawMap, schema: OptionSchema | undefined, upgrade: Upgrade): readonly WrittenItem[] {
  return compareKeys(body.entries).flatMap((entry) => writeItems(entry, schema, upgrade));
}

function writeItems(entry: RawEntry, schema: OptionSchema | undefined, upgrade: Upgrade): readonly WrittenItem[] {
  // The decoder of JSON templates does not mind upper and lower case, that of HCL2 does.
  const name = schema !== undefined && !Object.hasOwn(schema, entry.key) ? entry.key.toLowerCase() : entry.key;
  const option = schema?.[name]?.type;
  const key = option === undefined ? entry.key : name;
  if (!isIdentifier(key)) {
    reportUnwritable(entry, upgrade);
    return [];
  }
  const { value } = entry;
  // As Packer; where the option is known an empty list may say more than none.
  if (option === undefined && value.is === "list" && value.items.length === 0) {
    return [];
  }
  const items = value.is === "list" ? value.items : [value];
  const bodies = items.flatMap((item) => (item.is === "map" ? item : []));
  if (!isBlock(option, value, bodies)) {
    return [makeAttribute(key, writeExpression(option === undefined ? value : asDecoded(value, option), upgrade))];
  }
  const inner = option?.is === "block" ? option.options : undefined;
  const depth = option?.is === "block" ? (option.labels ?? []).length : 0;
  return bodies
    .flatMap((each) => putUnderLabels(each, depth))
    .map(({ labels, body }) => makeBlock(key, labels, upgradeBody(body, inner, upgrade)));
}

interface LabelledBody {
  readonly labels: readonly string[];
  readonly body: RawMap;
}

/** The bodies of blocks whose labels are keys in JSON. */
function putUnderLabels(body: RawMap, depth: number, labels: readonly string[] = []): readonly LabelledBody[] {
  if (depth === 0) {
    return [{ labels, body }];
  }
  return body.entries.flatMap(({ key, value }) => {
    const below = value.is === "list" ? value.items : [value];
    return below.flatMap((item) => (item.is === "map" ? putUnderLabels(item, depth - 1, [...labels, key]) : []));
  });
}

/** What the forgiving decoder of JSON templates makes of a value where HCL2 would refuse it or read it otherwise. */
function asDecoded(value: RawValue, type: OptionType): RawValue {
  if (value.is === "null") {
    return value;
  }
  const range = (): ReturnType<RawValue["range"]> => value.range();
  switch (type.is) {
    case "list":
    case "set": {
      const items = value.is === "list" ? value.items : [value];
      return { is: "list", range, items: items.map((item) => asDecoded(item, type.of)) };
    }
    case "map":
      if (value.is !== "map") {
        return value;
      }
      return {
        is: "map",
        range,
        entries: value.entries.map((entry) => ({ ...readKey(entry), value: asDecoded(entry.value, type.of) })),
      };
    case "object":
      if (value.is !== "map") {
        return value;
      }
      return {
        is: "map",
        range,
        entries: value.entries.map((entry) => {
          const option = type.options[entry.key];
          return option === undefined ? entry : { ...readKey(entry), value: asDecoded(entry.value, option.type) };
        }),
      };
    case "string":
      return value.is === "bool" ? { is: "string", text: value.value ? "1" : "0", range } : value;
    case "bool":
      return value.is === "number" ? { is: "bool", value: Number(value.text) !== 0, range } : value;
    case "number":
    case "fraction":
      return value.is === "bool" ? { is: "number", text: value.value ? "1" : "0", range } : value;
    default:
      return value;
  }
}

function readKey(entry: RawEntry): { readonly key: string; keyRange(): ReturnType<RawEntry["keyRange"]> } {
  return { key: entry.key, keyRange: () => entry.keyRange() };
}

/** As Packer where nobody knows the option: objects of plain values are arguments, objects of more and lists of objects are blocks. */
function isBlock(option: OptionType | undefined, value: RawValue, bodies: readonly RawMap[]): boolean {
  if (option !== undefined) {
    return option.is === "block" && bodies.length > 0;
  }
  if (value.is === "map") {
    return value.entries.some((entry) => entry.value.is === "map" || entry.value.is === "list");
  }
  return value.is === "list" && bodies.length > 0 && bodies.length === value.items.length;
}

function reportUnwritable(entry: RawEntry, { diagnostics }: Upgrade): void {
  const at = entry.keyRange();
  diagnostics.push({
    code: "upgrade/name",
    severity: "error",
    summary: `"${entry.key}" cannot be the name of an argument in HCL2`,
    hint: "Names consist of letters, digits, underscores and dashes, and begin with a letter or underscore.",
    subject: at,
  });
}

/** A value as an expression. */
export function writeExpression(value: RawValue, upgrade: Upgrade): string {
  switch (value.is) {
    case "string":
      return writeString(value.text, upgrade);
    case "number":
      return value.text;
    case "bool":
      return String(value.value);
    case "list":
      return `[${value.items.map((item) => writeExpression(item, upgrade)).join(", ")}]`;
    case "map":
      return writeObject(
        compareKeys(value.entries).map((entry) => [
          writeKey(entry.key, upgrade),
          writeExpression(entry.value, upgrade),
        ]),
      );
    default:
      return "null";
  }
}

/** An object, one line for each entry. */
export function writeObject(entries: readonly (readonly [key: string, expression: string])[]): string {
  return entries.length === 0 ? "{}" : `{\n${entries.map(([key, expression]) => `${key} = ${expression}\n`).join("")}}`;
}

/** A text as a string of HCL2. */
export function writeString(text: string, { names, kept }: Upgrade): string {
  const upgraded = upgradeText(text, names);
  kept.push(...upgraded.kept);
  return `"${upgraded.hcl}"`;
}

function writeKey(key: string, upgrade: Upgrade): string {
  return key.includes("{{") ? writeString(key, upgrade) : quoteKey(key);
}

function compareKeys(entries: readonly RawEntry[]): readonly RawEntry[] {
  return [...entries].sort((a, b) => compareTexts(a.key, b.key));
}

// What must hold for an option of any component.
import { parseDuration } from "../../src/sdk/duration.ts";
import type { Option, OptionSchema, OptionType } from "../../src/sdk/option.ts";

/** All options with their names, those of nested blocks as `block.option`. */
export function allOptions(schema: OptionSchema, prefix = ""): readonly (readonly [string, Option])[] {
  return Object.entries(schema).flatMap(([name, option]) => {
    const nested = "options" in option.type ? allOptions(option.type.options, `${prefix}${name}.`) : [];
    return [[`${prefix}${name}`, option] as const, ...nested];
  });
}

/** Begins with a capital letter or something quoted and ends with a full stop. */
export function isSentence(text: string): boolean {
  return /^[A-Z`"]/.test(text) && text.endsWith(".") && !text.endsWith("..") && text.trim() === text;
}

/** Whether a value can be written for an option. */
export function fits({ type, oneOf, min, max }: Option, value: unknown): boolean {
  if (!hasType(type, value)) {
    return false;
  }
  if (oneOf !== undefined) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!oneOf.includes(item)) {
        return false;
      }
    }
  }
  if (typeof value !== "number") {
    return true;
  }
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

function hasType(type: OptionType, value: unknown): boolean {
  switch (type.is) {
    case "string":
      return typeof value === "string";
    case "number":
    case "fraction":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "duration":
      return typeof value === "string" && typeof parseDuration(value) === "number";
    case "list":
    case "set":
      return Array.isArray(value) && value.every((item) => hasType(type.of, item));
    case "map":
      return isObject(value) && Object.values(value).every((item) => hasType(type.of, item));
    case "object":
      return isObject(value);
    case "block":
      return type.many ? Array.isArray(value) && value.every(isObject) : isObject(value);
    case "any":
      return true;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether an option's name says that its value is a secret. A path to one is none. */
export function mustBeHidden(name: string, { type }: Option): boolean {
  return type.is === "string" && /(password|passphrase|secret|secret_key|token|private_key)$/.test(name);
}

// Values of a YAML file for the variables of an HCL2 template, as they are written there.
import type { Type } from "../../cty/type.ts";
import { listValue, mapValue, stringValue, type Value } from "../../cty/value.ts";
import { toValue } from "../raw-to-value.ts";
import type { RawValue } from "../raw-value.ts";

/** YAML has no quotes around most texts: what only looks like a number is text where a text is wanted. */
export function toPlainValue(raw: RawValue, type: Type): Value {
  if (type.kind === "string" && raw.is === "number") {
    return stringValue(raw.text);
  }
  if ((type.kind === "list" || type.kind === "set") && raw.is === "list" && type.element.kind === "string") {
    return listValue(
      type.element,
      raw.items.map((item) => toPlainValue(item, type.element)),
    );
  }
  if (type.kind === "map" && raw.is === "map" && type.element.kind === "string") {
    return mapValue(
      type.element,
      raw.entries.map(({ key, value }) => [key, toPlainValue(value, type.element)] as const),
    );
  }
  return toValue(raw);
}

// A value as it stands in a template -> a value of the type system, for components that live in another process.
import { parseDecimal } from "../cty/number.ts";
import { dynamicType } from "../cty/type.ts";
import {
  boolValue,
  listValue,
  mapValue,
  nullValue,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../cty/value.ts";
import type { RawList, RawMap, RawValue } from "./raw-value.ts";

/** Nothing is bent: numbers keep their digits, and what HCL2 gave a type keeps it. */
export function toValue(raw: RawValue): Value {
  switch (raw.is) {
    case "string":
      return stringValue(raw.text);
    case "number":
      return numberValue(raw.exact ?? parseDecimal(raw.text) ?? Number(raw.text));
    case "bool":
      return boolValue(raw.value);
    case "null":
      return nullValue(raw.type ?? dynamicType);
    case "unknown":
      return unknownValue(raw.type ?? dynamicType);
    case "list":
      return toSequence(raw);
    case "map":
      return toMapping(raw);
  }
}

function toSequence({ type, items }: RawList): Value {
  const elements = items.map(toValue);
  if (type?.kind === "set") {
    return setValue(type.element, elements);
  }
  return type?.kind === "list" ? listValue(type.element, elements) : tupleValue(elements);
}

function toMapping({ type, entries }: RawMap): Value {
  const attributes = entries.map(({ key, value }) => [key, toValue(value)] as const);
  return type?.kind === "map" ? mapValue(type.element, attributes) : objectValue(attributes);
}

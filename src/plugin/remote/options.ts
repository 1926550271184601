// The options of a plugin's component, learnt from what the plugin says of them.
import type { Type } from "../../cty/type.ts";
import type { Option, OptionSchema, OptionType } from "../../sdk/option.ts";
import type { ConfigSpec, SpecPart } from "../wire/spec/spec.ts";

/** What plugins list among their options although the host fills it in. */
const HOSTS_OWN = /^packer_/;

/** The options that a template may set. */
export function readOptions(spec: ConfigSpec): OptionSchema {
  const own = [...spec].filter(([name]) => !HOSTS_OWN.test(name));
  return Object.freeze(Object.fromEntries(own.map(([name, part]) => [name, readOption(part)])));
}

/** What a data source offers. */
export function readOutputs(spec: ConfigSpec): Readonly<Record<string, OptionType>> {
  return Object.freeze(Object.fromEntries([...spec].map(([name, part]) => [name, readOption(part).type])));
}

function readOption(part: SpecPart): Option {
  const facts = { description: "", renderedElsewhere: true };
  if (part.is === "argument") {
    return { ...facts, type: readType(part.type), required: part.required };
  }
  const options = readOptions(part.nested);
  const isOne = part.is === "block";
  return { ...facts, type: { is: "block", options, many: !isOne }, required: isOne && part.required };
}

function readType(type: Type): OptionType {
  switch (type.kind) {
    case "string":
    case "bool":
      return { is: type.kind };
    case "number":
      return { is: "fraction" };
    case "list":
    case "set":
    case "map":
      return { is: type.kind, of: readType(type.element) };
    case "object": {
      const attributes = [...type.attributes].map(([name, one]): [string, Option] => [
        name,
        { description: "", type: readType(one), required: false, renderedElsewhere: true },
      ]);
      return { is: "object", options: Object.fromEntries(attributes) };
    }
    default:
      return { is: "any" };
  }
}

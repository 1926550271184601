// How types are called in messages and how they are written in a template.
import type { Type } from "./type.ts";

/** The type in words, such as `list of string`. */
export function friendlyName(type: Type): string {
  switch (type.kind) {
    case "dynamic":
      return "any type";
    case "list":
    case "set":
    case "map":
      return `${type.kind} of ${friendlyName(type.element)}`;
    default:
      return type.kind;
  }
}

/** The type in words with its article, such as `a list of string`. */
export function withArticle(type: Type): string {
  if (type.kind === "dynamic") {
    return "a value of any type";
  }
  return `${type.kind === "object" ? "an" : "a"} ${friendlyName(type)}`;
}

/** The type as a template writes it, such as `map(object({port = number}))`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "dynamic":
      return "any";
    case "list":
    case "set":
    case "map":
      return `${type.kind}(${typeText(type.element)})`;
    case "tuple":
      return `tuple([${type.elements.map(typeText).join(", ")}])`;
    case "object":
      return `object({${[...type.attributes].map(([name, attribute]) => attributeText(name, attribute, type.optional.has(name))).join(", ")}})`;
    default:
      return type.kind;
  }
}

const identifier = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;

function attributeText(name: string, type: Type, isOptional: boolean): string {
  return `${identifier.test(name) ? name : JSON.stringify(name)} = ${isOptional ? `optional(${typeText(type)})` : typeText(type)}`;
}

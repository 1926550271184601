// A map in YAML or JSON, with every value as it was written: `1.10` stays `1.10`.
import { isAlias, isMap, isScalar, type Node, parseDocument } from "yaml";

/** The entries of the map, or what is wrong with the text. */
export function readMap(text: string): { readonly map: Readonly<Record<string, string>>; readonly problem?: string } {
  const document = parseDocument(text, { prettyErrors: true, strict: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return { map: {}, problem: error.message.trimEnd() };
  const { contents } = document;
  if (!isMap(contents)) return { map: {}, problem: "It has to be a list of names, each with a value." };
  const map = new Map<string, string>();
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.source ?? key.value) : "";
    if (name === "") return { map: {}, problem: "The name of a variable has to be a plain word." };
    const given = isAlias(value) ? value.resolve(document) : (value as Node | null);
    if (given === null || given === undefined || (isScalar(given) && given.value === null))
      return { map: {}, problem: `The variable "${name}" has no value. Write "" for an empty one.` };
    map.set(name, valueText(given));
  }
  return { map: Object.fromEntries(map) };
}

/** Lists and maps as JSON, which HCL2 reads as well. */
function valueText(value: Node): string {
  if (!isScalar(value)) return JSON.stringify(value.toJSON());
  return typeof value.value === "string" ? value.value : String(value.source ?? value.value);
}

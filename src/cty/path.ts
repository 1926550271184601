// Where in a value something is: the way from the whole to a part.
import type { Value } from "./value.ts";

/** One step into a value. */
export type PathStep = { readonly attribute: string } | { readonly index: number } | { readonly key: string };

export type Path = readonly PathStep[];

/** The way as a template writes it, such as `.ports[0].name`. */
export function pathText(path: Path): string {
  return path.map(stepText).join("");
}

function stepText(step: PathStep): string {
  if ("attribute" in step) {
    return `.${step.attribute}`;
  }
  return "index" in step ? `[${step.index}]` : `[${JSON.stringify(step.key)}]`;
}

/** Visits the value and every part of it, with the way to each. */
export function walkValue(value: Value, visit: (part: Value, path: Path) => void, path: Path = []): void {
  visit(value, path);
  if (value.data instanceof Map) {
    const isObject = value.type.kind === "object";
    for (const [name, part] of value.data) {
      walkValue(part, visit, [...path, isObject ? { attribute: name } : { key: name }]);
    }
  } else if (Array.isArray(value.data)) {
    (value.data as readonly Value[]).forEach((part, index) => {
      walkValue(part, visit, [...path, { index }]);
    });
  }
}

// The order in which a set gives its elements, and which of them are the same.
import type { BigFloat } from "./number.ts";
import { compareNumbers } from "./number.ts";
import { numberText } from "./number-text.ts";
import { compareStrings } from "./type.ts";

/** As much of a value as its place in a set depends on. */
interface Element {
  readonly type: { readonly kind: string };
  readonly data: unknown;
}

/** Elements without repetitions: numbers by size, strings by code point, false before true, anything else by its written form; null and unknown last. */
export function sortSet<E extends Element>(elements: readonly E[]): readonly E[] {
  const byForm = new Map<string, E>();
  for (const element of elements) {
    byForm.set(writtenForm(element), element);
  }
  return [...byForm]
    .sort(([formA, a], [formB, b]) => compareElements(a, formA, b, formB))
    .map(([, element]) => element);
}

function compareElements(a: Element, formA: string, b: Element, formB: string): number {
  const lastA = rank(a);
  const lastB = rank(b);
  if (lastA !== lastB) {
    return lastA - lastB;
  }
  if (lastA === 0 && a.type.kind === "number" && b.type.kind === "number") {
    return compareNumbers(a.data as BigFloat, b.data as BigFloat);
  }
  if (lastA === 0 && typeof a.data === "string" && typeof b.data === "string") {
    return compareStrings(a.data, b.data);
  }
  return compareStrings(formA, formB);
}

function rank(value: Element): number {
  if (value.data === null) {
    return 1;
  }
  return typeof value.data === "symbol" ? 2 : 0;
}

/** A text that two values share exactly when they are the same value of the same type. */
export function writtenForm(value: Element): string {
  const { data } = value;
  if (data === null) {
    return "~";
  }
  if (typeof data === "symbol") {
    return `?${value.type.kind}`;
  }
  if (typeof data === "string") {
    return JSON.stringify(data);
  }
  if (typeof data === "boolean") {
    return data ? "T" : "F";
  }
  if (Array.isArray(data)) {
    return `${value.type.kind === "set" ? "{" : "["}${data.map((part: Element) => `${writtenForm(part)};`).join("")}]`;
  }
  if (data instanceof Map) {
    const entries = [...(data as ReadonlyMap<string, Element>)];
    return `<${entries.map(([name, part]) => `${JSON.stringify(name)}:${writtenForm(part)};`).join("")}>`;
  }
  return numberText(data as BigFloat);
}

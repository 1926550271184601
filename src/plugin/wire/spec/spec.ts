// What a plugin says of the configuration of one of its components.
import type { Type } from "../../../cty/type.ts";

/** The arguments and blocks of one level by their names, sorted. */
export type ConfigSpec = ReadonlyMap<string, SpecPart>;

export type SpecPart =
  | { readonly is: "argument"; readonly type: Type; readonly required: boolean }
  /** At most one. */
  | { readonly is: "block"; readonly required: boolean; readonly nested: ConfigSpec }
  /** Any number of them. */
  | { readonly is: "blocks"; readonly nested: ConfigSpec };

/** What a plugin sent is no specification. */
export class SpecError extends Error {}

/** A level whose parts came in any order. */
export function makeSpec(parts: Iterable<readonly [string, SpecPart]>): ConfigSpec {
  return new Map([...parts].sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

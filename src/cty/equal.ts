// When two values are the same.
import type { BigFloat } from "./number.ts";
import { compareNumbers } from "./number.ts";
import { typesEqual } from "./type.ts";
import type { Value } from "./value.ts";
import { isNull, unknown } from "./value.ts";

/** True or false, or undefined while an unknown value could still make the difference. */
export function valuesEqual(a: Value, b: Value): boolean | undefined {
  if (a.data === unknown || b.data === unknown) {
    const decided =
      a.type.kind !== "dynamic" && b.type.kind !== "dynamic" && !isNull(a) && !isNull(b) && !typesEqual(a.type, b.type);
    return decided ? false : undefined;
  }
  if (isNull(a) || isNull(b)) {
    return isNull(a) && isNull(b);
  }
  if (!typesEqual(a.type, b.type)) {
    return sameShapeWithUnknown(a, b) ? undefined : false;
  }
  return dataEqual(a, b);
}

/** Types that differ only where a part has no type yet may still turn out to be equal. */
function sameShapeWithUnknown(a: Value, b: Value): boolean {
  if (a.type.kind !== b.type.kind) {
    return false;
  }
  if (Array.isArray(a.data) && Array.isArray(b.data)) {
    return a.data.length === b.data.length && dataEqual(a, b) === undefined;
  }
  if (a.data instanceof Map && b.data instanceof Map) {
    return a.data.size === b.data.size && dataEqual(a, b) === undefined;
  }
  return false;
}

function dataEqual(a: Value, b: Value): boolean | undefined {
  if (a.type.kind === "number" && b.type.kind === "number") {
    return compareNumbers(a.data as BigFloat, b.data as BigFloat) === 0;
  }
  if (Array.isArray(a.data) && Array.isArray(b.data)) {
    return partsEqual(a.data, b.data);
  }
  if (a.data instanceof Map && b.data instanceof Map) {
    const other: ReadonlyMap<string, Value> = b.data;
    if (a.data.size !== other.size) {
      return false;
    }
    const names: string[] = [...a.data.keys()];
    if (!names.every((name) => other.has(name))) {
      return false;
    }
    return partsEqual([...a.data.values()], [...other.values()]);
  }
  return a.data === b.data;
}

function partsEqual(a: readonly Value[], b: readonly Value[]): boolean | undefined {
  if (a.length !== b.length) {
    return false;
  }
  let result: boolean | undefined = true;
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) {
      return false;
    }
    const same = valuesEqual(left, right);
    if (same === false) {
      return false;
    }
    if (same === undefined) {
      result = undefined;
    }
  }
  return result;
}

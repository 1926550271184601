// What the expressions of one template may use up together, so that it ends however they are put together.
import type { Value } from "../cty/value.ts";
import { maxRounds, maxSteps, maxStringLength } from "./limits.ts";

/** What is left. */
export interface Budget {
  /** Elements that loops and splats go through. */
  rounds: number;
  /** Text that is produced, in UTF-16 units. */
  text: number;
  /** Parts of expressions that are worked out, and parts of values that functions take and give. */
  steps: number;
  /** It was used up, and that was said. */
  isSpent: boolean;
}

export function openBudget(): Budget {
  return { rounds: maxRounds, text: maxStringLength, steps: maxSteps, isSpent: false };
}

/** Characters that count as one part of a value. */
const CHARACTERS_A_PART = 64;

/** How many parts a value has; counting ends soon after `limit`, since the same part may be in a value very often. */
export function countParts(value: Value, limit: number): number {
  let count = 0;
  const pending: Value[] = [value];
  for (let next = pending.pop(); next !== undefined && count <= limit; next = pending.pop()) {
    const { data } = next;
    count += 1;
    if (typeof data === "string") {
      count += Math.floor(data.length / CHARACTERS_A_PART);
    } else if (data instanceof Map || Array.isArray(data)) {
      const parts: Iterable<Value> = data.values();
      for (const part of parts) {
        pending.push(part);
      }
    }
  }
  return count;
}

// Arguments that must be whole numbers of a size that machines count with.
import { isWhole, truncate } from "../../cty/number.ts";
import { asNumber, type Value } from "../../cty/value.ts";
import { FunctionError } from "../../hcl/function.ts";
import { argument } from "./signature.ts";

const largest = 2n ** 63n - 1n;

/** The argument as a whole number within 64 bits. */
export function wholeArgument(args: readonly Value[], position: number): number {
  return Number(wideArgument(args, position));
}

/** The same where every bit of it matters. */
export function wideArgument(args: readonly Value[], position: number): bigint {
  const given = asNumber(argument(args, position));
  if (!isWhole(given)) {
    throw new FunctionError("a whole number is required", position);
  }
  const whole = truncate(given);
  if (whole > largest) {
    throw new FunctionError(`a whole number of at most ${largest} is required`, position);
  }
  if (whole < -largest - 1n) {
    throw new FunctionError(`a whole number of at least ${-largest - 1n} is required`, position);
  }
  return whole;
}

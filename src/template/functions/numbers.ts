// Functions that work on numbers. After https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions/numeric/abs and its neighbours
import type { BigFloat } from "../../cty/number.ts";
import {
  add,
  compareNumbers,
  fromDouble,
  fromInteger,
  isWhole,
  isZero,
  negate,
  subtract,
  toDouble,
  truncate,
} from "../../cty/number.ts";
import { isCollection, numberType } from "../../cty/type.ts";
import { withArticle } from "../../cty/type-name.ts";
import { asElements, asNumber, asString, isNull, numberValue, type Value } from "../../cty/value.ts";
import { FunctionError, type PlainFunction } from "../../hcl/function.ts";
import { convertParts } from "./parts.ts";
import { anything, argument, number } from "./signature.ts";
import { wholeArgument, wideArgument } from "./whole-number.ts";

const one = fromInteger(1);

/** All of them. */
export const numberFunctions: readonly PlainFunction[] = [
  defineForOne("abs", "The number without its sign.", (n) => (n.negative ? negate(n) : n)),
  defineForOne("ceil", "The smallest whole number that is not smaller than this one.", (n) =>
    n.infinite ? n : withoutNegativeZero(negate(floor(negate(n)))),
  ),
  defineForOne("floor", "The largest whole number that is not larger than this one.", (n) =>
    n.infinite ? n : floor(n),
  ),
  {
    name: "signum",
    description: "-1, 0 or 1 for a whole number below, at or above zero.",
    parameters: [number("num")],
    returns: numberType,
    call: (args) => numberValue(Math.sign(wholeArgument(args, 0))),
  },
  defineForTwo(
    "log",
    "The logarithm of a number to a base.",
    ["num", "base"],
    (n, base) => Math.log(n) / Math.log(base),
  ),
  defineForTwo("pow", "A number raised to a power.", ["num", "power"], power),
  defineExtreme("max", "The largest of the numbers.", (order) => order > 0),
  defineExtreme("min", "The smallest of the numbers.", (order) => order < 0),
  {
    name: "parseint",
    description:
      "The whole number that a text writes in a base from 2 to 62. Beyond base 36 upper-case letters come after lower-case ones.",
    parameters: [anything("number"), number("base")],
    returns: numberType,
    call: parseInteger,
  },
  {
    name: "sum",
    description: "All numbers of a list added up.",
    parameters: [anything("list")],
    returns: numberType,
    call: sum,
  },
];

function defineForOne(name: string, description: string, compute: (n: BigFloat) => BigFloat): PlainFunction {
  const call: PlainFunction["call"] = (args) => numberValue(compute(asNumber(argument(args, 0))));
  return { name, description, parameters: [number("num")], returns: numberType, call };
}

function defineForTwo(
  name: string,
  description: string,
  names: readonly string[],
  compute: (a: number, b: number) => number,
): PlainFunction {
  return {
    name,
    description,
    parameters: names.map((each) => number(each)),
    returns: numberType,
    call: (args) => {
      const result = compute(toDouble(asNumber(argument(args, 0))), toDouble(asNumber(argument(args, 1))));
      if (Number.isNaN(result)) {
        throw new FunctionError("these numbers have no result");
      }
      return numberValue(fromDouble(result));
    },
  };
}

/** As Go's pow: whole powers by squaring, for the same last digits. 1 to any power and -1 to an infinite one are 1. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && !Number.isFinite(exponent))) {
    return 1;
  }
  const whole = Math.trunc(Math.abs(exponent));
  const isPlain = base !== 0 && Number.isFinite(base) && whole > 0 && whole < 2 ** 31 && Number.isInteger(exponent);
  if (!isPlain) {
    return base ** exponent;
  }
  let { mantissa, exponent: scale } = splitFloat(base);
  let result = 1;
  let resultScale = 0;
  for (let rest = whole; rest > 0; rest >>= 1) {
    // Far beyond what a float can hold, only the direction matters.
    if (Math.abs(scale) > 4096) {
      resultScale += scale;
      break;
    }
    if (rest % 2 === 1) {
      result *= mantissa;
      resultScale += scale;
    }
    mantissa *= mantissa;
    scale *= 2;
    if (mantissa < 0.5) {
      mantissa *= 2;
      scale -= 1;
    }
  }
  return exponent < 0 ? scaleByPower(1 / result, -resultScale) : scaleByPower(result, resultScale);
}

/** The number as mantissa * 2^exponent, with a mantissa of at least 0.5 and less than 1 but for its sign. */
function splitFloat(value: number): { mantissa: number; exponent: number } {
  let mantissa = value;
  let exponent = 0;
  while (Math.abs(mantissa) >= 1) {
    mantissa /= 2;
    exponent += 1;
  }
  while (Math.abs(mantissa) < 0.5) {
    mantissa *= 2;
    exponent -= 1;
  }
  return { mantissa, exponent };
}

/** value * 2^exponent, also where 2^exponent alone is no float. */
function scaleByPower(value: number, exponent: number): number {
  const within = Math.max(-2200, Math.min(2200, exponent));
  const first = Math.trunc(within / 3);
  const second = Math.trunc((within - first) / 2);
  return value * 2 ** first * 2 ** second * 2 ** (within - first - second);
}

function withoutNegativeZero(n: BigFloat): BigFloat {
  return isZero(n) ? fromInteger(0) : n;
}

function floor(n: BigFloat): BigFloat {
  if (isWhole(n)) {
    return n;
  }
  const whole = fromInteger(truncate(n), n.precision);
  return n.negative ? subtract(whole, one) : whole;
}

function defineExtreme(name: string, description: string, wins: (order: number) => boolean): PlainFunction {
  return {
    name,
    description,
    parameters: [],
    variadic: number("numbers"),
    returns: numberType,
    call: (args) => {
      const [first, ...rest] = args.map(asNumber);
      if (first === undefined) {
        throw new FunctionError("at least one number is required");
      }
      return numberValue(rest.reduce((best, next) => (wins(compareNumbers(next, best)) ? next : best), first));
    },
  };
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function parseInteger(args: readonly Value[]): Value {
  const given = argument(args, 0);
  if (given.type.kind !== "string") {
    throw new FunctionError(`a string is required, not ${withArticle(given.type)}`, 0);
  }
  const written = asString(given);
  const base = wideArgument(args, 1);
  if (base < 2n || base > 62n) {
    throw new FunctionError("the base must be a whole number from 2 to 62", 1);
  }
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(written) ?? [];
  let result = 0n;
  for (const character of base <= 36n ? rest.toLowerCase() : rest) {
    const digit = BigInt(digits.indexOf(character));
    if (digit < 0n || digit >= base) {
      return notAnInteger(written, base);
    }
    result = result * base + digit;
  }
  if (rest === "") {
    return notAnInteger(written, base);
  }
  return numberValue(fromInteger(sign === "-" ? -result : result));
}

function notAnInteger(written: string, base: bigint): never {
  throw new FunctionError(`${JSON.stringify(written)} is not a whole number in base ${base}`, 0);
}

function sum([list]: readonly Value[]): Value {
  if (list === undefined || !(list.type.kind === "tuple" || (isCollection(list.type) && list.type.kind !== "map"))) {
    throw new FunctionError("a list, set or tuple of numbers is required", 0);
  }
  if (asElements(list).length === 0) {
    throw new FunctionError("an empty list has no sum", 0);
  }
  const parts = convertParts(list, numberType, 0);
  const missing = parts.findIndex(isNull);
  if (missing >= 0) {
    throw new FunctionError(`element ${missing} is null, which is no number`, 0);
  }
  const numbers = parts.map(asNumber);
  return numberValue(numbers.reduce((total, next) => add(total, next)));
}

// A value of the template language with its type, in gob: what a data source with an old SDK answers.
import { type BigFloat, divide, fromInteger, negate } from "../../cty/number.ts";
import { numberText } from "../../cty/number-text.ts";
import type { Value } from "../../cty/value.ts";
import { CtyError, readPlain } from "./cty-json.ts";
import { type GobValue, readGob } from "./gob/gob.ts";
import { readGobType } from "./spec/gob.ts";

/** Bytes before the exponent: version, sign and form, precision. */
const FLOAT_HEAD = 6;
/** The bits of the second byte. */
const NEGATIVE = 1;
const FORM_SHIFT = 1;
const FORM_MASK = 3;
const FINITE = 1;
/** Beyond 2^±this a number would take megabytes to write down. */
const LARGEST_EXPONENT = 100_000;

/** Reads a value. Throws `CtyError`, `GobError` or `SpecError`. */
export function readCtyGob(bytes: Uint8Array): Value {
  const blob = readGob(bytes);
  const read = blob instanceof Uint8Array ? readGob(blob) : undefined;
  if (!(read instanceof Map)) {
    throw new CtyError("a value in an unknown form came");
  }
  const fields = read as ReadonlyMap<string, GobValue>;
  return readPlain(toPlain(fields.get("V")), readGobType(fields.get("Ty")));
}

function toPlain(value: GobValue): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...(value as ReadonlyMap<string, GobValue>)].map(([name, one]) => [name, toPlain(one)]));
  }
  if (Array.isArray(value)) {
    return (value as readonly GobValue[]).map(toPlain);
  }
  if (typeof value === "object" && "name" in value) {
    return value.name.endsWith("big.Float") ? readFloat(value.value) : toPlain(value.value);
  }
  return value ?? null;
}

/** Go's own form of a large number, as decimal digits: 0.mantissa times two to the exponent. */
function readFloat(value: GobValue): string {
  if (!(value instanceof Uint8Array) || value.length < FLOAT_HEAD) {
    throw new CtyError("a number in an unknown form came");
  }
  const facts = value[1] ?? 0;
  const form = (facts >> FORM_SHIFT) & FORM_MASK;
  if (form !== FINITE) {
    return "0";
  }
  const exponent = new DataView(value.buffer, value.byteOffset).getInt32(FLOAT_HEAD);
  const mantissa = value.subarray(FLOAT_HEAD + 4);
  if (Math.abs(exponent) > LARGEST_EXPONENT) {
    throw new CtyError("a number came that is too large");
  }
  const digits = mantissa.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const n = shift(digits, exponent - mantissa.length * 8);
  return numberText((facts & NEGATIVE) === 0 ? n : negate(n));
}

function shift(n: bigint, by: number): BigFloat {
  return by >= 0 ? fromInteger(n << BigInt(by)) : divide(fromInteger(n), fromInteger(1n << BigInt(-by)));
}

// A value of the template language with its type, as MessagePack: what a data source answers.
import { decode } from "@msgpack/msgpack";
import type { Value } from "../../cty/value.ts";
import { CtyError, readPlain, readType } from "./cty-json.ts";

/** Reads `[type as JSON, value]`. Throws `CtyError`. */
export function readCtyMsgpack(bytes: Uint8Array): Value {
  const whole: unknown = decode(bytes);
  const [type, value] = Array.isArray(whole) ? (whole as readonly unknown[]) : [];
  if (!(type instanceof Uint8Array)) {
    throw new CtyError("a value without a type came");
  }
  return readPlain(value, readType(JSON.parse(new TextDecoder().decode(type))));
}

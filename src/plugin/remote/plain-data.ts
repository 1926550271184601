// Values as they come out of a message, as the data that builds publish.
import type { GeneratedData, GeneratedValue } from "../../sdk/artifact.ts";
import { readText } from "../wire/rpc.ts";

/** The entries of a map that came; what is no map has none. */
export function readData(from: unknown): GeneratedData {
  const value = readValue(from);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as GeneratedData) : {};
}

/** Old plugins send texts as bytes. */
function readValue(from: unknown): GeneratedValue {
  if (from instanceof Uint8Array) {
    return readText(from);
  }
  if (from instanceof Date) {
    return from.toISOString();
  }
  if (Array.isArray(from)) {
    return from.map(readValue);
  }
  if (typeof from === "object" && from !== null) {
    return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, readValue(value)]));
  }
  if (typeof from === "bigint") {
    return Number(from);
  }
  return typeof from === "string" || typeof from === "number" || typeof from === "boolean" ? from : null;
}

export function readTexts(from: unknown): readonly string[] {
  return Array.isArray(from) ? from.map(readText) : [];
}

/** A number of a stream; 0 is none. */
export function readId(from: unknown): number {
  return typeof from === "number" && Number.isInteger(from) && from > 0 ? from : 0;
}

// Text in encodings other than UTF-8, by their IANA names.
import { FunctionError } from "../../hcl/function.ts";

/** The bytes of a text. A character that the encoding lacks is a mistake. */
export function encodeText(text: string, encoding: string): Buffer {
  const name = findLabel(encoding);
  const whole = text.replace(/\p{Surrogate}/gu, "\ufffd");
  if (name === "utf-8") {
    return Buffer.from(whole, "utf8");
  }
  if (name === "utf-16le") {
    return Buffer.from(whole, "utf16le");
  }
  if (name === "utf-16be") {
    return Buffer.from(whole, "utf16le").swap16();
  }
  return encodeByTable(whole, name, encoding);
}

/** The text of bytes. Bytes that stand for nothing are a mistake. */
export function decodeText(bytes: Uint8Array, encoding: string): string {
  const decoder = new TextDecoder(findLabel(encoding), { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FunctionError(`the bytes behind this are not text in the encoding ${encoding}`, 0);
  }
}

function findLabel(encoding: string): string {
  try {
    // Go takes UTF-16 for big-endian unless told otherwise, the web for little-endian.
    return /^utf-16$/i.test(encoding) ? "utf-16be" : new TextDecoder(encoding).encoding;
  } catch {
    throw new FunctionError(`${JSON.stringify(encoding)} is not the IANA name of an encoding that is known here`, 1);
  }
}

const tables = new Map<string, ReadonlyMap<string, Uint8Array>>();

/** Node only decodes such encodings, so that everything that one or two bytes can say is tried out and turned round. */
function encodeByTable(text: string, name: string, encoding: string): Buffer {
  const table = tables.get(name) ?? turnRound(name);
  tables.set(name, table);
  const pieces = Array.from(text, (character) => {
    const bytes = table.get(character);
    if (bytes !== undefined) {
      return bytes;
    }
    throw new FunctionError(
      `the character ${JSON.stringify(character)} cannot be written in the encoding ${encoding}`,
      0,
    );
  });
  return Buffer.concat(pieces);
}

function turnRound(name: string): ReadonlyMap<string, Uint8Array> {
  const decoder = new TextDecoder(name, { ignoreBOM: true });
  const table = new Map<string, Uint8Array>();
  const enter = (...bytes: number[]): void => {
    const character = decoder.decode(Uint8Array.from(bytes));
    const isOne = [...character].length === 1 && character !== "\ufffd";
    if (isOne && !table.has(character)) {
      table.set(character, Uint8Array.from(bytes));
    }
  };
  for (let first = 0; first < 256; first++) {
    enter(first);
  }
  if (table.size > 255) {
    return table;
  }
  for (let first = 128; first < 256; first++) {
    for (let second = 48; second < 256; second++) {
      enter(first, second);
    }
  }
  return table;
}

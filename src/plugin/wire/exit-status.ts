// How a command ended, which goes over the wire in gob in every generation of the protocol.
import { GobStream, type GobValue } from "./gob/gob.ts";

/** The definition of `CommandFinished{ExitStatus int}` as type 64, as a whole message. */
const DEFINITION = Uint8Array.from([
  0x2b,
  0x7f,
  0x03,
  0x01,
  0x01,
  0x0f,
  ...new TextEncoder().encode("CommandFinished"),
  0x01,
  0xff,
  0x80,
  0x00,
  0x01,
  0x01,
  0x01,
  0x0a,
  ...new TextEncoder().encode("ExitStatus"),
  0x01,
  0x04,
  0x00,
  0x00,
  0x00,
]);

/** Reads the stream on which a command's end is told; `undefined` when it is none. */
export function readExitStatus(bytes: Uint8Array): number | undefined {
  let struct: GobValue;
  try {
    struct = new GobStream().read(bytes)[0]?.value;
  } catch {
    return undefined;
  }
  if (!(struct instanceof Map)) {
    return undefined;
  }
  const status: unknown = struct.get("ExitStatus") ?? 0n;
  return typeof status === "bigint" ? Number(status) : undefined;
}

/** The bytes that tell how a command ended. */
export function writeExitStatus(status: number): Uint8Array {
  const number = status === 0 ? [] : [0x01, ...encodeSigned(status)];
  const content = [0xff, 0x80, ...number, 0x00];
  return Uint8Array.from([...DEFINITION, content.length, ...content]);
}

function encodeSigned(n: number): number[] {
  const turned = n < 0 ? -n * 2 - 1 : n * 2;
  if (turned < 128) {
    return [turned];
  }
  const bytes: number[] = [];
  for (let rest = turned; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return [256 - bytes.length, ...bytes];
}

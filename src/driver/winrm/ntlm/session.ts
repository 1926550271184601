// Signing and sealing with an NTLM session key: [MS-NLMP] section 3.4.
import { timingSafeEqual } from "node:crypto";
import { type Direction, deriveSealingKey, deriveSigningKey, hmacMd5 } from "./keys.ts";
import { NTLM_FLAGS } from "./messages.ts";
import { type Rc4, rc4 } from "./rc4.ts";

/** A message on its way: what makes it secret and what proves it. */
export interface Sealed {
  readonly signature: Buffer;
  readonly data: Buffer;
}

/** One end of a sealed conversation. Messages must be sealed and opened in the order they travel. */
export interface SealingSession {
  seal(message: Uint8Array): Sealed;
  /** The message, or `undefined` when its signature does not fit. */
  open(sealed: Sealed): Buffer | undefined;
}

/** A session for the side that sends in direction `outgoing`. */
export function openSealingSession(exportedSessionKey: Uint8Array, flags: number, outgoing: Direction): SealingSession {
  const incoming: Direction = outgoing === "client-to-server" ? "server-to-client" : "client-to-server";
  const send = openOneWay(exportedSessionKey, flags, outgoing);
  const receive = openOneWay(exportedSessionKey, flags, incoming);
  return {
    seal(message) {
      const data = send.cipher(message);
      return { data, signature: send.sign(message) };
    },
    open({ data, signature }) {
      const message = receive.cipher(data);
      const expected = receive.sign(message);
      return signature.length === expected.length && timingSafeEqual(signature, expected) ? message : undefined;
    },
  };
}

function openOneWay(
  exportedSessionKey: Uint8Array,
  flags: number,
  direction: Direction,
): { cipher: Rc4; sign(message: Uint8Array): Buffer } {
  const cipher = rc4(deriveSealingKey(exportedSessionKey, flags, direction));
  const key = deriveSigningKey(exportedSessionKey, direction);
  let next = 0;
  return {
    cipher,
    sign(message) {
      const sequence = Buffer.alloc(4);
      sequence.writeUInt32LE(next);
      next = (next + 1) >>> 0;
      const checksum = hmacMd5(key, sequence, message).subarray(0, 8);
      return Buffer.concat([
        Buffer.from([1, 0, 0, 0]),
        flags & NTLM_FLAGS.keyExchange ? cipher(checksum) : checksum,
        sequence,
      ]);
    },
  };
}

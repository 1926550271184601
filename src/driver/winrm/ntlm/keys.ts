// The key arithmetic of NTLMv2: [MS-NLMP] section 3.3.2 and 3.4.5.
import { createHash, createHmac } from "node:crypto";
import { md4 } from "./md4.ts";
import { NTLM_FLAGS } from "./messages.ts";

export function hmacMd5(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac("md5", key);
  for (const part of parts) {
    mac.update(part);
  }
  return mac.digest();
}

/** NTOWFv2: what the password becomes before anything else is done with it. */
export function derivePasswordKey(user: string, password: string, domain: string): Buffer {
  return hmacMd5(md4(Buffer.from(password, "utf16le")), Buffer.from(toUpperCase(user) + domain, "utf16le"));
}

/** Upper case as Windows has it: one character for one, so that `ß` stays. */
function toUpperCase(text: string): string {
  return text.replace(/./gsu, (character) => {
    const upper = character.toUpperCase();
    return upper.length === character.length ? upper : character;
  });
}

export interface ChallengeResponse {
  readonly ntResponse: Buffer;
  readonly lmResponse: Buffer;
  readonly sessionBaseKey: Buffer;
}

export interface ResponseInput {
  readonly key: Uint8Array;
  readonly serverChallenge: Uint8Array;
  readonly clientChallenge: Uint8Array;
  /** Windows file time: 8 bytes. */
  readonly time: Uint8Array;
  /** The AV pairs as they are sent, with their end mark. */
  readonly targetInfo: Uint8Array;
  /** The LM response is left out (zeros) when the server sent a time stamp. */
  readonly withoutLm: boolean;
}

/** ComputeResponse for NTLMv2. */
export function respond(input: ResponseInput): ChallengeResponse {
  const temp = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    input.time,
    input.clientChallenge,
    Buffer.alloc(4),
    input.targetInfo,
    Buffer.alloc(4),
  ]);
  const proof = hmacMd5(input.key, input.serverChallenge, temp);
  const lm = Buffer.concat([hmacMd5(input.key, input.serverChallenge, input.clientChallenge), input.clientChallenge]);
  return {
    ntResponse: Buffer.concat([proof, temp]),
    lmResponse: input.withoutLm ? Buffer.alloc(24) : lm,
    sessionBaseKey: hmacMd5(input.key, proof),
  };
}

/** Which way a message goes. */
export type Direction = "client-to-server" | "server-to-client";

/** SIGNKEY with extended session security. */
export function deriveSigningKey(exportedSessionKey: Uint8Array, direction: Direction): Buffer {
  return hashWithConstant(exportedSessionKey, `session key to ${direction} signing key magic constant\0`);
}

/** SEALKEY with extended session security: the negotiated strength decides how much of the session key counts. */
export function deriveSealingKey(exportedSessionKey: Uint8Array, flags: number, direction: Direction): Buffer {
  return hashWithConstant(
    exportedSessionKey.subarray(0, findSealingKeyLength(flags)),
    `session key to ${direction} sealing key magic constant\0`,
  );
}

function findSealingKeyLength(flags: number): number {
  if (flags & NTLM_FLAGS.use128) {
    return 16;
  }
  return flags & NTLM_FLAGS.use56 ? 7 : 5;
}

function hashWithConstant(key: Uint8Array, constant: string): Buffer {
  return createHash("md5").update(key).update(constant, "latin1").digest();
}

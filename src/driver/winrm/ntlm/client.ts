// The initiating side of an NTLMv2 exchange: [MS-NLMP] section 3.1.5.
import { derivePasswordKey, hmacMd5, respond } from "./keys.ts";
import {
  AV,
  AV_FLAG_MIC,
  type AvPairs,
  type Challenge,
  decodeChallenge,
  encodeAuthenticate,
  encodeAvPairs,
  encodeNegotiate,
  MIC_OFFSET,
  NTLM_FLAGS,
} from "./messages.ts";
import { rc4 } from "./rc4.ts";
import { openSealingSession, type SealingSession } from "./session.ts";

export interface NtlmCredentials {
  /** `user`, `DOMAIN\user` or `user@domain`. */
  readonly username: string;
  readonly password: string;
}

export interface NtlmContext {
  /** The service that is meant, such as `HTTP/host`. */
  readonly targetName: string;
  /** MD5 of the channel bindings, when the connection is TLS. */
  readonly channelBindings?: Uint8Array | undefined;
  /** Seal and sign what follows. */
  readonly sealed: boolean;
  random(length: number): Uint8Array;
  /** Milliseconds since 1970, used when the server sends no time stamp. */
  now(): number;
}

export type NtlmAnswer =
  | { readonly ok: true; readonly token: Buffer; readonly session: SealingSession }
  | { readonly ok: false; readonly problem: NtlmProblem };

/** Why a challenge is not answered. */
export type NtlmProblem = "no-challenge" | "no-extended-security" | "no-sealing" | "weak-sealing";

export interface NtlmExchange {
  /** The first token. */
  readonly token: Buffer;
  /** The second token, made from the server's challenge. */
  answer(challenge: Buffer): NtlmAnswer;
}

/** Starts an exchange; every connection needs its own. */
export function startNtlmExchange(credentials: NtlmCredentials, context: NtlmContext): NtlmExchange {
  const flags = chooseFlags(context.sealed);
  const negotiate = encodeNegotiate(flags);
  return {
    token: negotiate,
    answer(bytes) {
      const challenge = decodeChallenge(bytes);
      if (challenge === undefined) {
        return { ok: false, problem: "no-challenge" };
      }
      if (!(challenge.flags & NTLM_FLAGS.extendedSessionSecurity)) {
        return { ok: false, problem: "no-extended-security" };
      }
      const needed = NTLM_FLAGS.seal | NTLM_FLAGS.sign;
      if (context.sealed && (challenge.flags & needed) !== needed) {
        return { ok: false, problem: "no-sealing" };
      }
      // Less is 40 or 56 bits: whoever is on the way could ask for it, and read along.
      const strong = NTLM_FLAGS.use128 | NTLM_FLAGS.keyExchange;
      if (context.sealed && (challenge.flags & strong) !== strong) {
        return { ok: false, problem: "weak-sealing" };
      }
      return authenticate(credentials, context, { negotiate, flags, bytes, challenge });
    },
  };
}

function chooseFlags(sealed: boolean): number {
  const {
    unicode,
    requestTarget,
    ntlm,
    alwaysSign,
    extendedSessionSecurity,
    targetInfo,
    version,
    use128,
    keyExchange,
    use56,
  } = NTLM_FLAGS;
  const base =
    unicode |
    requestTarget |
    ntlm |
    alwaysSign |
    extendedSessionSecurity |
    targetInfo |
    version |
    use128 |
    keyExchange |
    use56;
  return (sealed ? base | NTLM_FLAGS.sign | NTLM_FLAGS.seal : base | NTLM_FLAGS.sign) >>> 0;
}

interface Received {
  readonly negotiate: Buffer;
  readonly flags: number;
  readonly bytes: Buffer;
  readonly challenge: Challenge;
}

function authenticate(credentials: NtlmCredentials, context: NtlmContext, received: Received): NtlmAnswer {
  const { challenge } = received;
  const { user, domain } = splitUser(credentials.username);
  const flags = (received.flags & (challenge.flags | NTLM_FLAGS.version)) >>> 0;
  const timestamp = challenge.targetInfo.get(AV.timestamp);
  const response = respond({
    key: derivePasswordKey(user, credentials.password, domain),
    serverChallenge: challenge.serverChallenge,
    clientChallenge: context.random(8),
    time: timestamp ?? toFileTime(context.now()),
    targetInfo: encodeAvPairs(makeAnswerPairs(challenge.targetInfo, context)),
    withoutLm: timestamp !== undefined,
  });
  const exchanged = (flags & NTLM_FLAGS.keyExchange) !== 0;
  const sessionKey = exchanged ? Buffer.from(context.random(16)) : response.sessionBaseKey;
  const token = encodeAuthenticate({
    flags,
    lmResponse: response.lmResponse,
    ntResponse: response.ntResponse,
    domain,
    user,
    workstation: "",
    encryptedSessionKey: exchanged ? rc4(response.sessionBaseKey)(sessionKey) : Buffer.alloc(0),
  });
  if (timestamp !== undefined) {
    hmacMd5(sessionKey, received.negotiate, received.bytes, token).copy(token, MIC_OFFSET);
  }
  return { ok: true, token, session: openSealingSession(sessionKey, flags, "client-to-server") };
}

/** The server's pairs with what the client adds. A time stamp means that the server expects a MIC. */
function makeAnswerPairs(offered: AvPairs, context: NtlmContext): AvPairs {
  const pairs = new Map(offered);
  if (offered.has(AV.timestamp)) {
    const flags = Buffer.alloc(4);
    const had = offered.get(AV.flags);
    flags.writeUInt32LE(((had?.length === 4 ? had.readUInt32LE() : 0) | AV_FLAG_MIC) >>> 0);
    pairs.set(AV.flags, flags);
  }
  pairs.set(AV.channelBindings, Buffer.from(context.channelBindings ?? new Uint8Array(16)));
  pairs.set(AV.targetName, Buffer.from(context.targetName, "utf16le"));
  return pairs;
}

/** `DOMAIN\user` names its domain apart; `user@domain` is sent whole, as Windows itself does. */
function splitUser(username: string): { user: string; domain: string } {
  const slash = username.indexOf("\\");
  return slash < 0
    ? { user: username, domain: "" }
    : { user: username.slice(slash + 1), domain: username.slice(0, slash) };
}

/** Hundreds of nanoseconds since 1601. */
export function toFileTime(milliseconds: number): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(Math.floor(milliseconds)) + 11_644_473_600_000n) * 10_000n);
  return time;
}

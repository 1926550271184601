// The three messages of NTLM as bytes: [MS-NLMP] section 2.2.1 and 2.2.2.

/** NEGOTIATE flags that this program knows. */
export const NTLM_FLAGS = {
  unicode: 0x00000001,
  requestTarget: 0x00000004,
  sign: 0x00000010,
  seal: 0x00000020,
  ntlm: 0x00000200,
  alwaysSign: 0x00008000,
  targetTypeServer: 0x00020000,
  extendedSessionSecurity: 0x00080000,
  targetInfo: 0x00800000,
  version: 0x02000000,
  use128: 0x20000000,
  keyExchange: 0x40000000,
  use56: 0x80000000,
} as const;

/** Ids of AV pairs. */
export const AV = {
  end: 0,
  computerName: 1,
  domainName: 2,
  flags: 6,
  timestamp: 7,
  targetName: 9,
  channelBindings: 10,
} as const;

/** The bit of the AV flags that says the AUTHENTICATE message carries a MIC. */
export const AV_FLAG_MIC = 2;

export type AvPairs = ReadonlyMap<number, Buffer>;

const SIGNATURE = Buffer.from("NTLMSSP\0", "latin1");
/** Windows 10's version with NTLM revision 15; servers only use it for diagnosis. */
const VERSION = Buffer.from([10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
const AUTHENTICATE_HEADER = 88;
/** Where the MIC lies in an AUTHENTICATE message. */
export const MIC_OFFSET = 72;

/** NEGOTIATE_MESSAGE. */
export function encodeNegotiate(flags: number): Buffer {
  const message = Buffer.alloc(40);
  SIGNATURE.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(flags >>> 0, 12);
  message.writeUInt32LE(40, 20);
  message.writeUInt32LE(40, 28);
  VERSION.copy(message, 32);
  return message;
}

export interface Challenge {
  readonly flags: number;
  readonly serverChallenge: Buffer;
  readonly targetInfo: AvPairs;
}

/** CHALLENGE_MESSAGE; `undefined` when the bytes are none. */
export function decodeChallenge(message: Buffer): Challenge | undefined {
  if (message.length < 48 || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== 2) {
    return undefined;
  }
  const info = readField(message, 40);
  const targetInfo = info && decodeAvPairs(info);
  if (targetInfo === undefined) {
    return undefined;
  }
  return { flags: message.readUInt32LE(20), serverChallenge: message.subarray(24, 32), targetInfo };
}

/** CHALLENGE_MESSAGE, for the accepting side. */
export function encodeChallenge(challenge: Challenge, targetName: string): Buffer {
  const name = Buffer.from(targetName, "utf16le");
  const info = encodeAvPairs(challenge.targetInfo);
  const header = Buffer.alloc(56);
  SIGNATURE.copy(header);
  header.writeUInt32LE(2, 8);
  writeField(header, 12, name.length, 56);
  header.writeUInt32LE(challenge.flags >>> 0, 20);
  challenge.serverChallenge.copy(header, 24);
  writeField(header, 40, info.length, 56 + name.length);
  VERSION.copy(header, 48);
  return Buffer.concat([header, name, info]);
}

export interface Authenticate {
  readonly flags: number;
  readonly lmResponse: Buffer;
  readonly ntResponse: Buffer;
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
  readonly encryptedSessionKey: Buffer;
}

/** AUTHENTICATE_MESSAGE, with sixteen zero bytes where the MIC goes. */
export function encodeAuthenticate(message: Authenticate): Buffer {
  const header = Buffer.alloc(AUTHENTICATE_HEADER);
  SIGNATURE.copy(header);
  header.writeUInt32LE(3, 8);
  const payload = [
    message.lmResponse,
    message.ntResponse,
    Buffer.from(message.domain, "utf16le"),
    Buffer.from(message.user, "utf16le"),
    Buffer.from(message.workstation, "utf16le"),
    message.encryptedSessionKey,
  ];
  let offset = AUTHENTICATE_HEADER;
  payload.forEach((part, index) => {
    writeField(header, 12 + index * 8, part.length, offset);
    offset += part.length;
  });
  header.writeUInt32LE(message.flags >>> 0, 60);
  VERSION.copy(header, 64);
  return Buffer.concat([header, ...payload]);
}

/** AUTHENTICATE_MESSAGE, for the accepting side. */
export function decodeAuthenticate(message: Buffer): Authenticate | undefined {
  if (message.length < 64 || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== 3) {
    return undefined;
  }
  const [lmResponse, ntResponse, domain, user, workstation, encryptedSessionKey] = [12, 20, 28, 36, 44, 52].map((at) =>
    readField(message, at),
  );
  if (!lmResponse || !ntResponse || !domain || !user || !workstation || !encryptedSessionKey) {
    return undefined;
  }
  const flags = message.readUInt32LE(60);
  const encoding = flags & NTLM_FLAGS.unicode ? "utf16le" : "latin1";
  return {
    flags,
    lmResponse,
    ntResponse,
    domain: domain.toString(encoding),
    user: user.toString(encoding),
    workstation: workstation.toString(encoding),
    encryptedSessionKey,
  };
}

export function encodeAvPairs(pairs: AvPairs): Buffer {
  const parts: Buffer[] = [];
  for (const [id, value] of pairs) {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    parts.push(head, value);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** AV pairs up to their end mark; `undefined` when they run over the end. */
export function decodeAvPairs(bytes: Buffer): AvPairs | undefined {
  const pairs = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const id = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (id === AV.end) {
      return pairs;
    }
    if (at + 4 + length > bytes.length) {
      return undefined;
    }
    pairs.set(id, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return bytes.length === 0 ? pairs : undefined;
}

function readField(message: Buffer, at: number): Buffer | undefined {
  const length = message.readUInt16LE(at);
  const offset = message.readUInt32LE(at + 4);
  return offset + length <= message.length ? message.subarray(offset, offset + length) : undefined;
}

function writeField(message: Buffer, at: number, length: number, offset: number): void {
  message.writeUInt16LE(length, at);
  message.writeUInt16LE(length, at + 2);
  message.writeUInt32LE(offset, at + 4);
}

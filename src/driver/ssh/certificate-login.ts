// Teaches the protocol library to log in with certificates: it offers and signs plain keys only.
import type { Client, ParsedKey } from "ssh2";
import { type Certificate, readCertificateAlgorithm } from "./certificate.ts";
import { encodeString } from "./wire.ts";

/** The parts of the library's protocol object that a request for authentication goes through. */
interface Protocol {
  authPK(username: string, key: ParsedKey, algorithm: string | undefined, sign?: Sign): void;
  readonly _kex: { readonly sessionID: Buffer };
  readonly _authsQueue: string[];
  readonly _cipher: { encrypt(packet: Uint8Array): void };
  readonly _packetRW: {
    readonly write: { readonly allocStart: number; alloc(length: number): Buffer; finalize(packet: Buffer): Buffer };
  };
}
type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;

const USERAUTH_REQUEST = 50;

/**
 * Makes `client` send the certificate where one of `certificates`' keys is offered: the request names the certificate's
 * algorithm, the signature in it the plain one (PROTOCOL.certkeys). Call right after `client.connect`.
 */
export function sendCertificates(client: Client, certificates: WeakMap<object, Certificate>): void {
  const protocol = (client as unknown as { readonly _protocol: Protocol })._protocol;
  const sendPlain = protocol.authPK.bind(protocol);
  protocol.authPK = (username, key, algorithm, sign) => {
    const certificate = certificates.get(key);
    if (certificate === undefined) {
      return sendPlain(username, key, algorithm, sign);
    }
    const plain = algorithm ?? certificate.keyType;
    const request = Buffer.concat([
      Buffer.from([USERAUTH_REQUEST]),
      ...[
        encodeString(username),
        encodeString("ssh-connection"),
        encodeString("publickey"),
        Buffer.from([sign === undefined ? 0 : 1]),
      ],
      ...[encodeString(readCertificateAlgorithm(plain)), encodeString(certificate.blob)],
    ]);
    if (sign === undefined) {
      return send(protocol, request);
    }
    sign(Buffer.concat([encodeString(protocol._kex.sessionID), request]), (signature) => {
      const bare = key.type.startsWith("ecdsa-") ? stripEcdsa(signature) : signature;
      send(protocol, Buffer.concat([request, encodeString(Buffer.concat([encodeString(plain), encodeString(bare)]))]));
    });
  };
}

function send(protocol: Protocol, message: Buffer): void {
  const { write } = protocol._packetRW;
  const start = write.allocStart;
  const packet = write.alloc(message.length);
  packet.set(message, start);
  // Answers are matched to what was asked through this queue.
  protocol._authsQueue.push("publickey");
  protocol._cipher.encrypt(write.finalize(packet));
}

/** An ECDSA signature as SSH wants it: both integers as strings. The crypto library gives DER, an agent gives SSH's form. */
function stripEcdsa(signature: Buffer): Buffer {
  if (signature[0] !== 0x30) {
    return signature;
  }
  let at = (signature[1] as number) & 0x80 ? 2 + ((signature[1] as number) & 0x7f) : 2;
  const integers: Buffer[] = [];
  while (at < signature.length && integers.length < 2) {
    const length = signature[at + 1] as number;
    integers.push(encodeString(signature.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return Buffer.concat(integers);
}

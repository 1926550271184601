// OpenSSH user certificates: a public key signed by an authority, with names and dates.
import type { KeyReading } from "./private-key.ts";
import { encodeString, WireReader } from "./wire.ts";

export interface Certificate {
  /** The plain key type, such as `ssh-ed25519`. */
  readonly keyType: string;
  readonly blob: Buffer;
  /** The certified public key in wire format. */
  readonly publicBlob: Buffer;
  readonly role: "user" | "host";
  readonly keyId: string;
  /** User names it is good for; empty means every name. */
  readonly principals: readonly string[];
  /** Seconds since 1970. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
}

const suffix = "-cert-v01@openssh.com";
const publicFieldsOf: Readonly<Record<string, number>> = {
  "ssh-rsa": 2,
  "ssh-ed25519": 1,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
};

export function isCertificateType(type: string): boolean {
  return type.endsWith(suffix);
}

/** The algorithm name under which a certificate is offered, for a signature algorithm such as `rsa-sha2-512`. */
export function readCertificateAlgorithm(signatureAlgorithm: string): string {
  return signatureAlgorithm + suffix;
}

/** Reads the one line that `ssh-keygen -s` writes into `…-cert.pub`. */
export function readCertificate(text: string): KeyReading<Certificate> {
  const encoded = /^\s*\S+-cert-v01@openssh\.com\s+([A-Za-z0-9+/=]+)/m.exec(text)?.[1];
  const hint = "Name the file that `ssh-keygen -s` wrote: it ends in `-cert.pub` and holds one line.";
  if (encoded === undefined) {
    const plain = /^\s*(ssh|ecdsa)-\S+\s+[A-Za-z0-9+/=]+/m.test(text);
    return { problem: plain ? "this is a public key, not a certificate" : "no certificate found", hint };
  }
  try {
    return { value: parseCertificate(Buffer.from(encoded, "base64")) };
  } catch {
    return { problem: "the certificate is damaged", hint };
  }
}

/** Parses a certificate in wire format; throws a `RangeError` when it is damaged. */
export function parseCertificate(blob: Buffer): Certificate {
  const reader = new WireReader(blob);
  const type = reader.text();
  const keyType = type.slice(0, -suffix.length);
  const fields = publicFieldsOf[keyType];
  if (!isCertificateType(type) || fields === undefined) {
    throw new RangeError(`unknown certificate type ${type}`);
  }
  reader.string(); // the nonce
  const publicStart = reader.position;
  for (let i = 0; i < fields; i++) {
    reader.string();
  }
  const publicBlob = Buffer.concat([encodeString(keyType), blob.subarray(publicStart, reader.position)]);
  reader.uint64(); // the serial number
  const role = reader.uint32() === 2 ? "host" : "user";
  const keyId = reader.text();
  const names = new WireReader(reader.string());
  const principals: string[] = [];
  while (!names.done) {
    principals.push(names.text());
  }
  return {
    keyType,
    blob,
    publicBlob,
    role,
    keyId,
    principals,
    validAfter: reader.uint64(),
    validBefore: reader.uint64(),
  };
}

/** Why a certificate cannot serve with this key at this time (milliseconds since 1970), if so. */
export function findProblem(certificate: Certificate, publicBlob: Uint8Array, now: number): string | undefined {
  const seconds = BigInt(Math.floor(now / 1000));
  if (certificate.role !== "user") {
    return "it is a host certificate, not a user certificate";
  }
  if (!certificate.publicBlob.equals(publicBlob)) {
    return "it certifies a different key than the private key";
  }
  if (seconds < certificate.validAfter) {
    return `it is not valid before ${formatDate(certificate.validAfter)}`;
  }
  if (seconds >= certificate.validBefore) {
    return `it expired on ${formatDate(certificate.validBefore)}`;
  }
  return undefined;
}

function formatDate(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().replace(".000", "");
}

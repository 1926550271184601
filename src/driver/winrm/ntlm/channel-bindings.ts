// Ties an NTLM exchange to the TLS connection it runs in: RFC 5929 tls-server-end-point, as GSS-API channel bindings.
import { createHash } from "node:crypto";

/** Hashes by the OID of the signature algorithm; MD5 and SHA-1 count as SHA-256, and so does what is not listed. */
const HASHES: Readonly<Record<string, string>> = {
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
};

/** The MD5 that goes into the channel bindings pair of the AUTHENTICATE message. */
export function hashChannelBindings(certificate: Buffer): Buffer {
  const endPoint = createHash(HASHES[readSignatureAlgorithm(certificate)] ?? "sha256")
    .update(certificate)
    .digest();
  const application = Buffer.concat([Buffer.from("tls-server-end-point:", "latin1"), endPoint]);
  // Two absent addresses (type and length of each), then the length of the application's data.
  const header = Buffer.alloc(20);
  header.writeUInt32LE(application.length, 16);
  return createHash("md5").update(header).update(application).digest();
}

/** The OID (in hex) after the first element of the certificate's outer sequence; `""` when it is not found. */
function readSignatureAlgorithm(certificate: Buffer): string {
  const outer = readElement(certificate, 0);
  const signed = outer && readElement(certificate, outer.start);
  const algorithm = signed && readElement(certificate, signed.end);
  const oid = algorithm && readElement(certificate, algorithm.start);
  return oid === undefined ? "" : certificate.subarray(oid.start, oid.end).toString("hex");
}

/** The content of the DER element at a position. */
function readElement(der: Buffer, at: number): { start: number; end: number } | undefined {
  const first = der[at + 1];
  if (first === undefined) {
    return undefined;
  }
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 4 || at + 2 + extra > der.length) {
    return undefined;
  }
  const length = extra === 0 ? first : der.readUIntBE(at + 2, extra);
  const start = at + 2 + extra;
  return start + length <= der.length ? { start, end: start + length } : undefined;
}

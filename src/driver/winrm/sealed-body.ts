// Sealed messages in HTTP bodies: multipart/encrypted of [MS-WSMV] section 2.2.9.1.
import type { Sealed, SealingSession } from "./ntlm/session.ts";

const PROTOCOL = "application/HTTP-SPNEGO-session-encrypted";
const BOUNDARY = "Encrypted Boundary";

/** Content type of a sealed body. */
export const SEALED_TYPE = `multipart/encrypted;protocol="${PROTOCOL}";boundary="${BOUNDARY}"`;

export function isSealed(contentType: string): boolean {
  return /^multipart\/(x-multi-)?encrypted\b/i.test(contentType);
}

/** Seals a SOAP message into a body. */
export function sealBody(session: SealingSession, message: string): Buffer {
  const plain = Buffer.from(message);
  const { signature, data } = session.seal(plain);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(signature.length);
  const head = [
    `--${BOUNDARY}`,
    `\tContent-Type: ${PROTOCOL}`,
    `\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=${plain.length}`,
    `--${BOUNDARY}`,
    "\tContent-Type: application/octet-stream",
    "",
  ].join("\r\n");
  return Buffer.concat([Buffer.from(head), length, signature, data, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** The messages inside a sealed body, opened and joined; `undefined` when anything about it is wrong. */
export function openBody(session: SealingSession, contentType: string, body: Buffer): Buffer | undefined {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) {
    return undefined;
  }
  const messages: Buffer[] = [];
  let at = 0;
  for (;;) {
    const part = readPart(body, at, boundary);
    if (part === undefined) {
      return undefined;
    }
    if (part === "end") {
      return messages.length === 0 ? undefined : Buffer.concat(messages);
    }
    const message = session.open(part.sealed);
    if (message === undefined || message.length !== part.length) {
      return undefined;
    }
    messages.push(message);
    at = part.next;
  }
}

interface Part {
  readonly sealed: Sealed;
  /** What the sender says the opened message measures. */
  readonly length: number;
  readonly next: number;
}

/** One header part and the sealed part after it. The sealed bytes may contain anything, so their length is what counts. */
function readPart(body: Buffer, start: number, boundary: string): Part | "end" | undefined {
  const opening = writeDelimiter(body, start, boundary);
  if (opening === undefined || opening.last) {
    return opening && "end";
  }
  const second = body.indexOf("--", opening.next);
  const separator = second < 0 ? undefined : writeDelimiter(body, second, boundary);
  if (separator === undefined || separator.last) {
    return undefined;
  }
  const length = Number(/Length=(\d+)/i.exec(body.toString("latin1", opening.next, second))?.[1]);
  const header = /^(?:[ \t]*Content-Type:[^\r\n]*\r\n)+/i.exec(
    body.toString("latin1", separator.next, separator.next + 200),
  )?.[0];
  if (!Number.isSafeInteger(length) || header === undefined) {
    return undefined;
  }
  const at = separator.next + header.length;
  const signatureLength = at + 4 <= body.length ? body.readUInt32LE(at) : Number.POSITIVE_INFINITY;
  const end = at + 4 + signatureLength + length;
  if (end > body.length) {
    return undefined;
  }
  const data = at + 4 + signatureLength;
  return { sealed: { signature: body.subarray(at + 4, data), data: body.subarray(data, end) }, length, next: end };
}

/** A boundary line. Exchange writes a space after the dashes. */
function writeDelimiter(body: Buffer, at: number, boundary: string): { next: number; last: boolean } | undefined {
  const line = body.toString("latin1", at, at + boundary.length + 8);
  const dashes = /^(?:\r\n)?--\s?/.exec(line)?.[0].length;
  if (dashes === undefined || !line.startsWith(boundary, dashes)) {
    return undefined;
  }
  const rest = line.slice(dashes + boundary.length);
  // The example of [MS-WSMV] 4.5 ends without the two dashes.
  if (rest.startsWith("--") || at + dashes + boundary.length >= body.length) {
    return { next: at + dashes + boundary.length + 2, last: true };
  }
  return rest.startsWith("\r\n") ? { next: at + dashes + boundary.length + 2, last: false } : undefined;
}

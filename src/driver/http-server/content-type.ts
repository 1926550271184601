// Which Content-Type a file has: by its extension, else by whether it is text.
import type { FileHandle } from "node:fs/promises";

const TEXT = "text/plain; charset=utf-8";

const TYPES: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".gz": "application/gzip",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": TEXT,
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".xml": "text/xml; charset=utf-8",
};

/** Bytes that are looked at. */
const BEGINNING = 512;
/** Tab, line feed, form feed, carriage return and escape: the control characters of texts. */
const IN_TEXTS: readonly number[] = [9, 10, 12, 13, 27];

/** The type of an open file with this extension. */
export async function findContentType(extension: string, file: FileHandle): Promise<string> {
  const known = TYPES[extension.toLowerCase()];
  if (known !== undefined) {
    return known;
  }
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
  const isBinary = buffer.subarray(0, bytesRead).some((byte) => byte < 32 && !IN_TEXTS.includes(byte));
  return isBinary ? "application/octet-stream" : TEXT;
}

// Notes beside a file: what it was fetched from, so that it can be resumed or asked about later. Nothing secret stands in them.
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { writeOwn } from "./part-file.ts";

/** A server's version of a file. */
export interface Version {
  /** Digest of the address. */
  readonly from: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Bytes of the whole file, if the server said. */
  readonly size?: number | undefined;
}

/** What is remembered of a finished file. */
export interface Origin {
  readonly version?: Version | undefined;
  /** Bytes of the finished file, to tell one that somebody else has changed. */
  readonly bytes?: number | undefined;
  /** Of a file that was unpacked: the digest of what it was in, and its own SHA-256. */
  readonly unpackedFrom?: string | undefined;
  readonly sha256?: string | undefined;
}

export function addressDigest(url: string): string {
  return createHash("sha256").update(url).digest("hex");
}

export function readVersion(url: string, headers: Headers, size: number | undefined): Version {
  const etag = headers.get("etag");
  const lastModified = headers.get("last-modified");
  return {
    from: addressDigest(url),
    etag: etag === null ? undefined : etag,
    lastModified: lastModified === null ? undefined : lastModified,
    size,
  };
}

/** True when nothing that both tell is different. */
export function isSameVersion(a: Version, b: Version): boolean {
  const facts = ["etag", "lastModified", "size"] as const;
  return facts.every((fact) => a[fact] === undefined || b[fact] === undefined || a[fact] === b[fact]);
}

export async function readRecord<T>(path: string): Promise<T | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a note, or takes it away where there is nothing to remember. */
export async function writeRecord(path: string, record: object | undefined): Promise<void> {
  if (record === undefined) {
    await rm(path, { force: true });
  } else {
    await writeOwn(path, JSON.stringify(record));
  }
}

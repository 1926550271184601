// Notes beside a file: what it was fetched from, so that it can be resumed or asked about later. Nothing secret stands in them.
// Whoever can write the folder could write notes, too: they are sealed, and say which file they are about.
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { Host } from "../../host/host.ts";
import type { FileIdentity } from "../local-files/identity.ts";
import { readOwn, writeOwn } from "./part-file.ts";

/** A server's version of a file. */
export interface Version {
  /** Digest of the address. */
  readonly from: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Bytes of the whole file, if the server said. */
  readonly size?: number | undefined;
}

/** What is remembered of a part. */
export interface Beginning extends Version {
  /** The file that holds it. */
  readonly file?: FileIdentity | undefined;
}

/** What is remembered of a finished file. */
export interface Origin {
  readonly version?: Version | undefined;
  /** The finished file and its bytes, to tell one that somebody else has put there or changed. */
  readonly file?: FileIdentity | undefined;
  readonly bytes?: number | undefined;
  /** Of a file that was unpacked: the digest of what it was in, and its own SHA-256. */
  readonly unpackedFrom?: string | undefined;
  readonly sha256?: string | undefined;
}

export function digestAddress(url: string): string {
  return createHash("sha256").update(url).digest("hex");
}

export function readVersion(url: string, headers: Headers, size: number | undefined): Version {
  const etag = headers.get("etag");
  const lastModified = headers.get("last-modified");
  return {
    from: digestAddress(url),
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

/** What was noted, by this user; nothing else is believed. */
export async function readRecord<T>(path: string, host: Pick<Host, "seal">): Promise<T | undefined> {
  try {
    const { note, seal } = JSON.parse(await readOwn(path)) as { readonly note?: T; readonly seal?: unknown };
    return seal === (await makeSeal(path, note, host)) ? note : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a note, or takes it away where there is nothing to remember. */
export async function writeRecord(path: string, note: object | undefined, host: Pick<Host, "seal">): Promise<void> {
  if (note === undefined) {
    await rm(path, { force: true });
  } else {
    await writeOwn(path, JSON.stringify({ note, seal: await makeSeal(path, note, host) }));
  }
}

function makeSeal(path: string, note: unknown, host: Pick<Host, "seal">): Promise<string> {
  return host.seal(`${basename(path)}\n${JSON.stringify(note)}`);
}

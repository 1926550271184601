// Names in tar archives, which are bytes: text as a rule, but not always.
import { isUtf8 } from "node:buffer";

/** What a reader of archives is to be told, so that no byte of a name is lost. */
export const asBytes = { filenameEncoding: "latin1" } as const;

interface Header {
  readonly name: string;
  readonly linkname?: string | null | undefined;
  /** What the extended header says, by name. */
  readonly pax?: unknown;
}

/** A name: as text, and as bytes where it is none. */
export interface ArchiveName {
  readonly text: string;
  readonly bytes?: Buffer | undefined;
  /** The archive has bytes here that the library could not keep. */
  readonly isLost?: boolean | undefined;
}

/** The name of an entry that was read with `asBytes`. */
export function readName(header: Header): ArchiveName {
  return decode(header.name, readExtended(header, "path"));
}

/** Where a link leads. */
export function readTarget(header: Header): ArchiveName {
  return decode(header.linkname ?? "", readExtended(header, "linkpath"));
}

function readExtended({ pax }: Header, field: "path" | "linkpath"): string | undefined {
  return (pax as Readonly<Record<string, string>> | null | undefined)?.[field];
}

function decode(name: string, extended: string | undefined): ArchiveName {
  // Extended headers should be text, and are read as such; engines put every name there that is not ASCII.
  if (extended !== undefined && extended !== "") {
    return { text: extended, isLost: extended.includes("\uFFFD") };
  }
  const bytes = Buffer.from(name, "latin1");
  return isUtf8(bytes) ? { text: bytes.toString() } : { text: bytes.toString(), bytes };
}

// The entries of a folder on a FAT file system, 32 bytes each.
import type { FatName } from "./fat-names.ts";

export const ENTRY = 32;
/** UTF-16 units of a long name that one entry holds, and where in the entry they stand. */
const UNITS = 13;
const UNIT_PLACES = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

export const ATTRIBUTE = { label: 0x08, folder: 0x10, file: 0x20, longName: 0x0f } as const;

/** What an entry says beside its name. */
export interface EntryFacts {
  readonly attribute: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** The first cluster of the content; 0 for none. */
  readonly cluster: number;
  /** Bytes of a file; 0 for folders. */
  readonly size: number;
}

/** Number of entries that a name takes. */
export function countEntries({ long }: FatName): number {
  return 1 + Math.ceil((long ?? "").length / UNITS);
}

/** The entries of one file or folder: its long name from the end, then the alias with the facts. */
export function writeEntries(name: FatName, facts: EntryFacts): Buffer {
  return Buffer.concat([...writeLongName(name), writeAliasEntry(name.alias, facts)]);
}

function writeAliasEntry(alias: string, { attribute, modified, cluster, size }: EntryFacts): Buffer {
  const entry = Buffer.alloc(ENTRY);
  const { date, time } = encodeDosTime(modified);
  entry.write(alias, 0, 11, "latin1");
  entry.writeUInt8(attribute, 11);
  for (const [dateAt, timeAt] of [
    [16, 14],
    [24, 22],
  ] as const) {
    entry.writeUInt16LE(date, dateAt);
    entry.writeUInt16LE(time, timeAt);
  }
  entry.writeUInt16LE(date, 18);
  entry.writeUInt16LE(cluster, 26);
  entry.writeUInt32LE(size, 28);
  return entry;
}

function writeLongName({ alias, long = "" }: FatName): readonly Buffer[] {
  const count = Math.ceil(long.length / UNITS);
  const sum = sumAlias(alias);
  return Array.from({ length: count }, (_, index) => {
    const number = count - index;
    const entry = Buffer.alloc(ENTRY);
    entry.writeUInt8(index === 0 ? number | 0x40 : number, 0);
    entry.writeUInt8(ATTRIBUTE.longName, 11);
    entry.writeUInt8(sum, 13);
    UNIT_PLACES.forEach((place, unit) => {
      const at = (number - 1) * UNITS + unit;
      // Behind the name comes one zero, then what is never a character.
      const filler = at === long.length ? 0 : 0xffff;
      entry.writeUInt16LE(at < long.length ? long.charCodeAt(at) : filler, place);
    });
    return entry;
  });
}

/** Ties a long name to its alias. */
function sumAlias(alias: string): number {
  let sum = 0;
  for (const byte of Buffer.from(alias, "latin1")) {
    sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  }
  return sum;
}

/** A time as FAT writes it, in steps of two seconds between 1980 and 2107. In UTC: the file system knows no time zones. */
function encodeDosTime(milliseconds: number): { readonly date: number; readonly time: number } {
  const within = Math.min(Math.max(milliseconds, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31, 23, 59, 58));
  const at = new Date(within);
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

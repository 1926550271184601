// Looks for secrets in files that are about to be published. The files stay as they are.
import { createReadStream } from "node:fs";
import type { Secrets } from "../../core/secrets.ts";

/** Shorter ones occur by chance in any large file. */
const SHORTEST = 5;
const PIECE = 1024 * 1024;

/** Tells whether a file holds a secret in one of its forms, such as base64. What is compressed cannot be seen. */
export function startSecretScan(secrets: Pick<Secrets, "onStrong">): (path: string) => Promise<boolean> {
  const forms = new Set<string>();
  secrets.onStrong((form) => {
    // One character for each byte, so that it can be found in bytes whatever they mean.
    const bytes = Buffer.from(form).toString("latin1");
    if (bytes.length >= SHORTEST) {
      forms.add(bytes);
    }
  });
  return async (path) => {
    const needles = dropContained(forms);
    if (needles.length === 0) {
      return false;
    }
    const table = groupByBeginning(needles);
    const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(path, { highWaterMark: PIECE })) {
      const piece = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      if (holds(piece, table)) {
        return true;
      }
      rest = piece.subarray(Math.max(0, piece.length - overlap));
    }
    return false;
  };
}

/** A form that holds another one need not be looked for. */
function dropContained(forms: ReadonlySet<string>): Buffer[] {
  const kept: string[] = [];
  for (const form of [...forms].sort((a, b) => a.length - b.length)) {
    if (!kept.some((shorter) => form.includes(shorter))) {
      kept.push(form);
    }
  }
  return kept.map((form) => Buffer.from(form, "latin1"));
}

interface Beginnings {
  /** 1 where some form begins with these two bytes: nearly every position is dismissed with one look. */
  readonly begins: Uint8Array;
  readonly byPair: ReadonlyMap<number, readonly Buffer[]>;
}

function groupByBeginning(needles: readonly Buffer[]): Beginnings {
  const begins = new Uint8Array(1 << 16);
  const byPair = new Map<number, Buffer[]>();
  for (const needle of needles) {
    const pair = needle.readUInt16BE(0);
    begins[pair] = 1;
    byPair.set(pair, [...(byPair.get(pair) ?? []), needle]);
  }
  return { begins, byPair };
}

function holds(bytes: Buffer, { begins, byPair }: Beginnings): boolean {
  let pair = bytes[0] ?? 0;
  for (let at = 1; at < bytes.length; at++) {
    pair = ((pair & 0xff) << 8) | (bytes[at] as number);
    if (begins[pair] === 0) {
      continue;
    }
    for (const needle of byPair.get(pair) ?? []) {
      if (bytes.compare(needle, 0, needle.length, at - 1, Math.min(at - 1 + needle.length, bytes.length)) === 0) {
        return true;
      }
    }
  }
  return false;
}

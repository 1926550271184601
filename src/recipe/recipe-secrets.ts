// Secrets in recipes: a change is noticed, the value cannot be found out.
import { scrypt } from "node:crypto";

/** A text -> `secret:` and some digits that change when the text does. */
export type SecretDigest = (text: string) => Promise<string>;

/** Finds secrets in a text. */
export interface SecretFinder {
  holds(text: string): boolean;
}

/** Bytes of a salt. */
export const SALT_BYTES = 16;

/** A guess takes about 100 ms and 32 MiB. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/**
 * Three bytes: of 16 million changes one goes unnoticed. A longer digest would notice no more that matters, but would tell
 * somebody with a list of likely passwords which one it is; this one fits sixty of a list of a billion.
 */
const DIGEST_BYTES = 3;

/**
 * Makes digests with the salt of a record, so that two of the same record can be compared. The record with its salt may be
 * read by others (a workflow's cache can be, from a fork's pull request), so a fast keyed hash would not do: whoever has
 * both could try out passwords by the billion. Hence a slow function, and of its result so little that a hit proves nothing.
 */
export function digestSecret(salt: Uint8Array): SecretDigest {
  const known = new Map<string, Promise<string>>();
  return (text) => {
    const digest = known.get(text) ?? digestSlowly(text, salt);
    known.set(text, digest);
    return digest;
  };
}

function digestSlowly(text: string, salt: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, DIGEST_BYTES, COST, (error, key) =>
      error === null ? resolve(`secret:${key.toString("hex")}`) : reject(error),
    );
  });
}

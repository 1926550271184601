// The cipher Blowfish, whose tables are the digits of π. After https://www.schneier.com/academic/archives/1994/09/description_of_a_new.html

/** A cipher whose state keys are mixed into. */
export interface Blowfish {
  /** Mixes a key into the state, and a salt with it, as bcrypt does. */
  expandKey(key: Uint8Array, salt?: Uint8Array): void;
  /** Encrypts the two words at a position in place. */
  encrypt(words: Uint32Array, at: number): void;
}

const roundKeys = 18;
const boxWords = 4 * 256;

/** A cipher without a key. */
export function newBlowfish(): Blowfish {
  const digits = piWords();
  const p = digits.slice(0, roundKeys);
  const s = digits.slice(roundKeys);
  const encrypt = (words: Uint32Array, at: number): void => encryptWith(p, s, words, at);
  return {
    encrypt,
    expandKey: (key, salt) => {
      const keyWord = wordsFrom(key);
      const saltWord = salt === undefined ? () => 0 : wordsFrom(salt);
      for (let i = 0; i < roundKeys; i++) {
        p[i] = (p[i] ?? 0) ^ keyWord();
      }
      const block = new Uint32Array(2);
      for (const table of [p, s]) {
        for (let i = 0; i < table.length; i += 2) {
          block[0] = (block[0] ?? 0) ^ saltWord();
          block[1] = (block[1] ?? 0) ^ saltWord();
          encrypt(block, 0);
          table.set(block, i);
        }
      }
    },
  };
}

function encryptWith(p: Uint32Array, s: Uint32Array, words: Uint32Array, at: number): void {
  let left = words[at] ?? 0;
  let right = words[at + 1] ?? 0;
  for (let round = 0; round < 16; round += 2) {
    left ^= p[round] ?? 0;
    right ^= scramble(s, left);
    right ^= p[round + 1] ?? 0;
    left ^= scramble(s, right);
  }
  words[at] = right ^ (p[17] ?? 0);
  words[at + 1] = left ^ (p[16] ?? 0);
}

function scramble(s: Uint32Array, word: number): number {
  const a = s[word >>> 24] ?? 0;
  const b = s[256 + ((word >>> 16) & 255)] ?? 0;
  const c = s[512 + ((word >>> 8) & 255)] ?? 0;
  const d = s[768 + (word & 255)] ?? 0;
  return (((a + b) ^ c) + d) | 0;
}

/** Words of four bytes, over and over. */
function wordsFrom(bytes: Uint8Array): () => number {
  let at = 0;
  return () => {
    let word = 0;
    for (let i = 0; i < 4; i++) {
      word = (word << 8) | (bytes[at] ?? 0);
      at = (at + 1) % bytes.length;
    }
    return word;
  };
}

/** The first digits of π behind the point, 32 bits in each word: 16 arctan(1/5) - 4 arctan(1/239). */
function piWords(): Uint32Array {
  const count = roundKeys + boxWords;
  const spare = 64n;
  const one = 1n << (BigInt(count * 32) + spare);
  const pi = (16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one)) >> spare;
  const hex = (pi & ((1n << BigInt(count * 32)) - 1n)).toString(16).padStart(count * 8, "0");
  return Uint32Array.from({ length: count }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16));
}

/** arctan(1/x) in units of 1/one. */
function arctanOfInverse(x: bigint, one: bigint): bigint {
  let power = one / x;
  let sum = power;
  for (let n = 3n; power !== 0n; n += 2n) {
    power /= -x * x;
    sum += power / n;
  }
  return sum;
}

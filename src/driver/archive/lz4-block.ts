// The LZ4 block format: runs of literals, each followed by a copy of up to 64 KiB back.

const MIN_MATCH = 4;
/** The format wants the last bytes as literals, and no match to begin close to the end. */
const LAST_LITERALS = 5;
const MATCH_START_LIMIT = 12;
const MAX_DISTANCE = 65535;
const HASH_BITS = 16;
/** After this many misses (as a power of two) the search begins to skip. */
const PATIENCE = 6;

/** Compresses blocks that stand alone; `undefined` for one that does not get smaller. Not for two blocks at the same time. */
export type Lz4Blocks = (block: Uint8Array) => Uint8Array | undefined;

/** Makes a compressor that looks at up to `depth` earlier places for each match. */
export function lz4Blocks(depth: number): Lz4Blocks {
  const heads = new Int32Array(1 << HASH_BITS);
  const chain = new Int32Array(MAX_DISTANCE + 1);
  return (block) => {
    heads.fill(-1);
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    const out = Buffer.allocUnsafe(block.length + Math.ceil(block.length / 255) + 16);
    const length = compress({ block, view, out, heads, chain, depth });
    return length < block.length ? out.subarray(0, length) : undefined;
  };
}

interface Work {
  readonly block: Uint8Array;
  readonly view: DataView;
  readonly out: Uint8Array;
  /** The last position of each hash; -1 for none. */
  readonly heads: Int32Array;
  /** For a position (modulo 64 KiB) the position before it with the same hash. */
  readonly chain: Int32Array;
  readonly depth: number;
}

function compress(work: Work): number {
  const { block, depth } = work;
  const sequences = new SequenceWriter(work);
  const lastStart = block.length - MATCH_START_LIMIT;
  let anchor = 0;
  let at = 0;
  while (at <= lastStart) {
    let from = depth === 1 ? findLastPlace(work, at) : findBestPlace(work, at);
    if (from < 0) {
      // Where nothing repeats, look less and less often.
      at += 1 + ((at - anchor) >> PATIENCE);
      continue;
    }
    const end = at + measureMatch(work, from, at);
    let start = at;
    while (start > anchor && from > 0 && block[start - 1] === block[from - 1]) {
      start--;
      from--;
    }
    sequences.literals(anchor, start, Math.min(end - start - MIN_MATCH, 15));
    sequences.copy(start - from, end - start - MIN_MATCH);
    remember(work, depth === 1 ? Math.max(at + 1, end - 2) : at + 1, Math.min(end, lastStart + 1));
    at = end;
    anchor = end;
  }
  sequences.literals(anchor, block.length, 0);
  return sequences.written;
}

function hashWord(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
}

/** The nearest earlier place with the same four bytes, as far as the hash remembers; -1 for none. */
function findLastPlace({ view, heads }: Work, at: number): number {
  const wanted = view.getInt32(at, true);
  const hash = hashWord(wanted);
  const candidate = heads[hash] as number;
  heads[hash] = at;
  return candidate >= 0 && at - candidate <= MAX_DISTANCE && view.getInt32(candidate, true) === wanted ? candidate : -1;
}

/** The earlier place with the longest match among those that the chain leads to; -1 for none. */
function findBestPlace(work: Work, at: number): number {
  const { block, view, heads, chain } = work;
  const wanted = view.getInt32(at, true);
  const hash = hashWord(wanted);
  let candidate = heads[hash] as number;
  heads[hash] = at;
  chain[at & MAX_DISTANCE] = candidate;
  let best = -1;
  let bestLength = 0;
  for (let left = work.depth; left > 0 && candidate >= 0 && at - candidate <= MAX_DISTANCE; left--) {
    if (block[candidate + bestLength] === block[at + bestLength] && view.getInt32(candidate, true) === wanted) {
      const length = measureMatch(work, candidate, at);
      if (length > bestLength) {
        best = candidate;
        bestLength = length;
      }
    }
    candidate = chain[candidate & MAX_DISTANCE] as number;
  }
  return best;
}

/** How many bytes are equal, the first four being known to be. */
function measureMatch({ block, view }: Work, from: number, at: number): number {
  const limit = block.length - LAST_LITERALS - at;
  let length = MIN_MATCH;
  while (length + 4 <= limit && view.getInt32(from + length, true) === view.getInt32(at + length, true)) {
    length += 4;
  }
  while (length < limit && block[from + length] === block[at + length]) {
    length++;
  }
  return length;
}

/** Makes the positions from `start` to `end` findable. */
function remember({ view, heads, chain }: Work, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    const hash = hashWord(view.getInt32(at, true));
    chain[at & MAX_DISTANCE] = heads[hash] as number;
    heads[hash] = at;
  }
}

/** Writes sequences: bytes of the block as they are, then what is copied from earlier. */
class SequenceWriter {
  written = 0;
  readonly #out: Uint8Array;
  readonly #block: Uint8Array;

  constructor({ out, block }: Work) {
    this.#out = out;
    this.#block = block;
  }

  literals(start: number, end: number, matchNibble: number): void {
    const length = end - start;
    this.#out[this.written++] = (Math.min(length, 15) << 4) | matchNibble;
    if (length >= 15) {
      this.#length(length - 15);
    }
    // For a few bytes a loop is faster than a call.
    if (length > 64) {
      this.#out.set(this.#block.subarray(start, end), this.written);
    } else {
      for (let i = 0; i < length; i++) {
        this.#out[this.written + i] = this.#block[start + i] as number;
      }
    }
    this.written += length;
  }

  /** `extra` is the length beyond the shortest match; the first 15 of it stand in the sequence's first byte. */
  copy(distance: number, extra: number): void {
    this.#out[this.written++] = distance & 0xff;
    this.#out[this.written++] = distance >>> 8;
    if (extra >= 15) {
      this.#length(extra - 15);
    }
  }

  #length(length: number): void {
    let left = length;
    for (; left >= 255; left -= 255) {
      this.#out[this.written++] = 255;
    }
    this.#out[this.written++] = left;
  }
}

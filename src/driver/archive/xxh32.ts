// xxHash32, the checksum of the LZ4 frame format.

const PRIME1 = 0x9e3779b1;
const PRIME2 = 0x85ebca77;
const PRIME3 = 0xc2b2ae3d;
const PRIME4 = 0x27d4eb2f;
const PRIME5 = 0x165667b1;
const STRIPE = 16;

/** A running hash. */
export interface Xxh32 {
  update(bytes: Uint8Array): void;
  /** The hash of everything so far, as an unsigned number. */
  digest(): number;
}

/** Starts a hash with seed 0. */
export function xxh32(): Xxh32 {
  const lanes = Int32Array.of(PRIME1 + PRIME2, PRIME2, 0, -PRIME1);
  const rest = new Uint8Array(STRIPE);
  let kept = 0;
  let total = 0;
  return {
    update(bytes) {
      total += bytes.length;
      let from = 0;
      if (kept > 0) {
        from = Math.min(STRIPE - kept, bytes.length);
        rest.set(bytes.subarray(0, from), kept);
        kept += from;
        if (kept < STRIPE) {
          return;
        }
        stripes(lanes, rest);
      }
      const whole = from + STRIPE * Math.floor((bytes.length - from) / STRIPE);
      stripes(lanes, bytes.subarray(from, whole));
      rest.set(bytes.subarray(whole));
      kept = bytes.length - whole;
    },
    digest: () => finish(lanes, rest.subarray(0, kept), total),
  };
}

/** The hash of one piece. */
export function hashWithXxh32(bytes: Uint8Array): number {
  const hash = xxh32();
  hash.update(bytes);
  return hash.digest();
}

function stripes(lanes: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [a, b, c, d] = lanes as unknown as [number, number, number, number];
  for (let at = 0; at < bytes.length; at += STRIPE) {
    a = round(a, view.getInt32(at, true));
    b = round(b, view.getInt32(at + 4, true));
    c = round(c, view.getInt32(at + 8, true));
    d = round(d, view.getInt32(at + 12, true));
  }
  lanes.set([a, b, c, d]);
}

function round(lane: number, word: number): number {
  return Math.imul(rotate(lane + Math.imul(word, PRIME2), 13), PRIME1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finish(lanes: Int32Array, rest: Uint8Array, total: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = lanes;
  let hash = total < STRIPE ? PRIME5 : rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  hash = (hash + total) | 0;
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  let at = 0;
  for (; at + 4 <= rest.length; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(view.getInt32(at, true), PRIME3), 17), PRIME4);
  }
  for (; at < rest.length; at++) {
    hash = Math.imul(rotate(hash + Math.imul(view.getUint8(at), PRIME5), 11), PRIME1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

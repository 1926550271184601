// The CRC-32 of gzip and zip.
import * as zlib from "node:zlib";

/** Continues `crc` (0 at the start) over further bytes. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  return native === undefined ? withTable(bytes, crc) : native(bytes, crc);
}

// Node has its own since 20.15 and 22.2.
const native = (zlib as { crc32?: typeof zlib.crc32 | undefined }).crc32;

/** For Node versions without one. */
export function withTable(bytes: Uint8Array, crc: number): number {
  table ??= makeTable();
  let state = ~crc;
  for (const byte of bytes) {
    state = (state >>> 8) ^ (table[(state ^ byte) & 0xff] ?? 0);
  }
  return ~state >>> 0;
}

let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    }
    return value;
  });
}

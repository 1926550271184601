// The frames of yamux: twelve bytes of header, and behind a data frame its payload.

/** Bytes of a header: version, type, flags (2), stream (4), length (4), all big-endian. */
export const HEADER_LENGTH = 12;

/** Bytes that a side may send on a stream before the other one has given it more credit. */
export const WINDOW = 256 * 1024;

export const frameTypes = { data: 0, window: 1, ping: 2, goAway: 3 } as const;

export const flags = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/** Why a session was ended, as a go-away frame says it. */
export const goAwayCodes = { normal: 0, protocolError: 1, internalError: 2 } as const;

export interface FrameHeader {
  readonly type: number;
  /** Some of `flags`, added up. */
  readonly flags: number;
  /** 0 for what concerns the whole session. */
  readonly stream: number;
  /** Of a data frame the bytes behind it, of a window update the credit, of a ping its value, of a go-away its code. */
  readonly length: number;
}

/** What came is not yamux, or not as it has to be. */
export class FrameError extends Error {}

export function writeHeader(header: FrameHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, header.type);
  view.setUint16(2, header.flags);
  view.setUint32(4, header.stream);
  view.setUint32(8, header.length);
  return bytes;
}

/** Reads twelve bytes. Throws `FrameError` when they are no header. */
export function readHeader(bytes: Uint8Array): FrameHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_LENGTH);
  const version = view.getUint8(0);
  if (version !== 0) {
    throw new FrameError(`a frame of version ${version} came, and only version 0 is known`);
  }
  const type = view.getUint8(1);
  if (type > frameTypes.goAway) {
    throw new FrameError(`a frame of the unknown type ${type} came`);
  }
  return { type, flags: view.getUint16(2), stream: view.getUint32(4), length: view.getUint32(8) };
}

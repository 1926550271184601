// Reads gob's numbers and texts from a message.

/** What came is not gob, or not what was expected. */
export class GobError extends Error {}

/** A place in bytes that moves on with every read. Everything throws `GobError` when there is not enough left. */
export class GobBytes {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes on in other bytes: one value may stretch over several messages. */
  goOnIn(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) {
      throw new GobError("the message ends too early");
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Below 128 one byte; else a byte that says how many follow, as a negative number. */
  readUnsigned(): bigint {
    const first = this.take(1)[0] ?? 0;
    if (first < 128) {
      return BigInt(first);
    }
    const count = 256 - first;
    if (count > 8) {
      throw new GobError(`a number of ${count} bytes came`);
    }
    return this.take(count).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  /** A number of things or bytes that are still to come, so there cannot be more than bytes. */
  readCount(): number {
    const count = this.readUnsigned();
    if (count > BigInt(this.#bytes.length - this.#at)) {
      throw new GobError("the message says that it holds more than it does");
    }
    return Number(count);
  }

  /** The lowest bit says whether all others are turned round. */
  readSigned(): bigint {
    const n = this.readUnsigned();
    return (n & 1n) === 1n ? ~(n >> 1n) : n >> 1n;
  }

  readBlob(): Uint8Array {
    return this.take(this.readCount());
  }

  readText(): string {
    return new TextDecoder().decode(this.readBlob());
  }
}

// Bytes that came in pieces, taken out in other pieces.

/** First in, first out; nothing is copied until a piece has to be put together. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
    }
  }

  /** Exactly so many bytes; `undefined` when there are not so many yet. */
  take(count: number): Uint8Array | undefined {
    if (count > this.#length) {
      return undefined;
    }
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= count) {
      return this.takeSome(count);
    }
    const whole = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      const part = this.takeSome(count - at);
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** The bytes that came together first, `most` at most; empty when there are none. */
  takeSome(most: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined) {
      return new Uint8Array(0);
    }
    const part = first.subarray(0, most);
    if (part.length === first.length) {
      this.#chunks.shift();
    } else {
      this.#chunks[0] = first.subarray(part.length);
    }
    this.#length -= part.length;
    return part;
  }
}

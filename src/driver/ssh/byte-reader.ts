// Reads a stream by count and by line, holding the other side back while nobody reads.
import type { Readable } from "node:stream";

/** The stream ended before what was asked for had come. */
export class EndOfStream extends Error {}

const LONGEST_LINE = 64 * 1024;

/** Pulls bytes out of a stream as they are needed. `release` gives the stream back with what was not read. */
export class ByteReader {
  readonly #stream: Readable;
  #waiting: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;
  readonly #wake = (): void => {
    this.#waiting?.();
    this.#waiting = undefined;
  };
  readonly #end = (): void => {
    this.#ended = true;
    this.#wake();
  };
  readonly #fail = (error: Error): void => {
    this.#error = error;
    this.#end();
  };

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("readable", this.#wake).on("end", this.#end).on("close", this.#end).on("error", this.#fail);
  }

  /** Exactly `length` bytes. */
  async bytes(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const piece = await this.some(missing);
      pieces.push(piece);
      missing -= piece.length;
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** At least one byte and at most `limit`. */
  async some(limit: number): Promise<Buffer> {
    for (;;) {
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk !== null) {
        if (chunk.length <= limit) return chunk;
        this.#stream.unshift(chunk.subarray(limit));
        return chunk.subarray(0, limit);
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended || this.#stream.readableEnded) throw new EndOfStream("the other side ended the conversation");
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** Text up to and without the next line feed. */
  async line(): Promise<string> {
    const pieces: Buffer[] = [];
    for (let length = 0; ; ) {
      const chunk = await this.some(LONGEST_LINE);
      const end = chunk.indexOf(10);
      if (end >= 0) {
        if (end + 1 < chunk.length) this.#stream.unshift(chunk.subarray(end + 1));
        return Buffer.concat([...pieces, chunk.subarray(0, end)]).toString("utf8");
      }
      pieces.push(chunk);
      length += chunk.length;
      if (length > LONGEST_LINE) throw new EndOfStream("the other side sent a line that never ends");
    }
  }

  /** Stops reading; the stream keeps what is left. */
  release(): void {
    this.#stream.off("readable", this.#wake).off("end", this.#end).off("close", this.#end).off("error", this.#fail);
    this.#wake();
  }
}

// Reads a stream by count and by line, holding the other side back while nobody reads.
import type { Readable } from "node:stream";

/** The stream ended before what was asked for had come. */
export class EndOfStream extends Error {}

/** A line that does not end: nobody waits for what comes behind it. */
export class EndlessLine extends Error {}

const LONGEST_LINE = 64 * 1024;

/** Bytes that may lie here unread before the stream is held back. */
const ROOM = 512 * 1024;

/** Pulls bytes out of a stream as they are needed. `release` gives the stream back with what was not read. */
export class ByteReader {
  readonly #stream: Readable;
  readonly #unread: Buffer[] = [];
  #size = 0;
  #waiting: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;
  readonly #take = (chunk: Buffer): void => {
    this.#unread.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= ROOM) {
      this.#stream.pause();
    }
    this.#wake();
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
    stream.on("data", this.#take).on("end", this.#end).on("close", this.#end).on("error", this.#fail);
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

  /** At least one byte and at most `limit`: whatever lies here, in one piece. */
  async some(limit: number): Promise<Buffer> {
    const pieces = [await this.#next()];
    let length = pieces[0]?.length ?? 0;
    for (let more = this.#unread[0]; more !== undefined && length < limit; more = this.#unread[0]) {
      this.#unread.shift();
      this.#size -= more.length;
      pieces.push(more);
      length += more.length;
    }
    const last = pieces.at(-1);
    if (last !== undefined && length > limit) {
      const fits = last.length - (length - limit);
      pieces[pieces.length - 1] = last.subarray(0, fits);
      this.#putBack(last.subarray(fits));
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }

  /** Text up to and without the next line feed. */
  async line(): Promise<string> {
    const pieces: Buffer[] = [];
    for (let length = 0; ; ) {
      const chunk = await this.#next();
      const end = chunk.indexOf(10);
      if (end >= 0) {
        if (end + 1 < chunk.length) {
          this.#putBack(chunk.subarray(end + 1));
        }
        return Buffer.concat([...pieces, chunk.subarray(0, end)]).toString("utf8");
      }
      pieces.push(chunk);
      length += chunk.length;
      if (length > LONGEST_LINE) {
        throw new EndlessLine("the other side sent a line that never ends");
      }
    }
  }

  /** Stops reading; the stream, paused, keeps what is left. */
  release(): void {
    this.#stream.off("data", this.#take).off("end", this.#end).off("close", this.#end).off("error", this.#fail);
    this.#stream.pause();
    const left = Buffer.concat(this.#unread.splice(0));
    if (left.length > 0 && !this.#stream.readableEnded) {
      this.#stream.unshift(left);
    }
    this.#wake();
  }

  async #next(): Promise<Buffer> {
    for (;;) {
      const chunk = this.#unread.shift();
      if (chunk !== undefined) {
        this.#size -= chunk.length;
        return chunk;
      }
      if (this.#error !== undefined) {
        throw this.#error;
      }
      if (this.#ended || this.#stream.readableEnded) {
        throw new EndOfStream("the other side ended the conversation");
      }
      this.#stream.resume();
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  #putBack(rest: Buffer): void {
    this.#unread.unshift(rest);
    this.#size += rest.length;
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

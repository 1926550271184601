// One stream of a yamux session, as a Node stream that holds back whoever sends faster than somebody reads.
import { Duplex } from "node:stream";
import { ByteQueue } from "./byte-queue.ts";
import { FrameError, type FrameHeader, flags, frameTypes, WINDOW } from "./frame.ts";

/** Bytes of one data frame at most, so that streams take turns. */
const LARGEST_PAYLOAD = 64 * 1024;

/** What a stream needs of its session. */
export interface FrameSender {
  /** Calls `sent` when the connection has taken the frame. */
  send(frame: Omit<FrameHeader, "length">, payload: Uint8Array | number, sent?: () => void): void;
  /** The stream is over, both ways. */
  forget(stream: number): void;
}

interface Header {
  readonly count: number;
  resolve(bytes: Uint8Array): void;
  reject(reason: Error): void;
}

/** Opened by `Session.open`, or handed over by the session when the other side opened one. */
export class SessionStream extends Duplex {
  readonly id: number;
  readonly #session: FrameSender;
  /** What the other side may still send. */
  #receivable = WINDOW;
  /** Taken by the reader and not given back as credit yet. */
  #consumed = 0;
  /** What may still be sent. */
  #sendable = WINDOW;
  readonly #received = new ByteQueue();
  #header: Header | undefined;
  #wanted = false;
  #ended = false;
  #endTold = false;
  #finished = false;
  #reset = false;
  /** Goes on with a write that waits for credit. */
  #resume: (() => void) | undefined;

  constructor(id: number, session: FrameSender) {
    super();
    this.id = id;
    this.#session = session;
    // Whoever waits for data learns of an error there; nobody has to listen to a stream that is not read any more.
    this.on("error", () => {});
  }

  /** Exactly the first bytes, before anything else reads. Rejects when the stream ends before. */
  readStart(count: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#header = { count, resolve, reject };
      this.#deliver();
    });
  }

  /** A data frame came. Throws `FrameError` when it is more than was allowed. */
  receive(payload: Uint8Array): void {
    if (payload.length > this.#receivable) {
      throw new FrameError(`stream ${this.id} sent more than it was allowed to`);
    }
    this.#receivable -= payload.length;
    if (this.#ended || this.destroyed) {
      return;
    }
    this.#received.add(payload);
    this.#deliver();
  }

  /** Credit came. */
  credit(bytes: number): void {
    this.#sendable = Math.min(this.#sendable + bytes, 0xffffffff);
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  /** The other side will send no more. */
  receiveEnd(): void {
    this.#ended = true;
    this.#deliver();
  }

  /** The other side, or the whole session, has given the stream up. */
  receiveReset(reason: Error): void {
    this.#reset = true;
    this.destroy(reason);
  }

  override _read(): void {
    this.#wanted = true;
    this.#deliver();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#sendRest(chunk, done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#finished = true;
    this.#session.send({ type: frameTypes.window, flags: flags.fin, stream: this.id }, 0, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#header?.reject(error ?? new Error("the stream was closed"));
    this.#header = undefined;
    this.#resume = undefined;
    if (!this.#reset && !(this.#finished && this.#ended)) {
      this.#session.send({ type: frameTypes.window, flags: flags.rst, stream: this.id }, 0);
    }
    this.#session.forget(this.id);
    done(error);
  }

  #sendRest(chunk: Uint8Array, done: (error?: Error) => void): void {
    if (this.#sendable === 0) {
      this.#resume = () => this.#sendRest(chunk, done);
      return;
    }
    const part = chunk.subarray(0, Math.min(this.#sendable, LARGEST_PAYLOAD));
    const rest = chunk.subarray(part.length);
    this.#sendable -= part.length;
    this.#session.send({ type: frameTypes.data, flags: 0, stream: this.id }, part, () => {
      if (rest.length === 0) {
        done();
      } else if (!this.destroyed) {
        this.#sendRest(rest, done);
      }
    });
  }

  #deliver(): void {
    if (this.#header !== undefined) {
      this.#deliverHeader(this.#header);
      return;
    }
    while (this.#wanted && this.#received.length > 0) {
      const part = this.#received.takeSome(LARGEST_PAYLOAD);
      this.#wanted = this.push(part);
      this.#giveBack(part.length);
    }
    if (this.#ended && this.#received.length === 0 && !this.#endTold) {
      this.#endTold = true;
      this.push(null);
    }
  }

  #deliverHeader({ count, resolve, reject }: Header): void {
    const bytes = this.#received.take(count);
    if (bytes !== undefined) {
      this.#header = undefined;
      this.#giveBack(count);
      resolve(bytes);
      this.#deliver();
    } else if (this.#ended) {
      this.#header = undefined;
      reject(new Error("the stream ended before its first bytes came"));
      this.#deliver();
    }
  }

  #giveBack(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < WINDOW / 2 || this.#ended) {
      return;
    }
    const credit = this.#consumed;
    this.#consumed = 0;
    this.#receivable += credit;
    this.#session.send({ type: frameTypes.window, flags: 0, stream: this.id }, credit);
  }
}

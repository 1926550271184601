// The broker of a plugin's connection: both sides name what they serve by numbers, and dial the numbers that they are told.

import type { Duplex } from "node:stream";
import type { Clock } from "../../host/host.ts";
import { Session } from "./session.ts";
import type { SessionStream } from "./session-stream.ts";

/** Milliseconds that either side waits for the other one. */
const PATIENCE = 5_000;

/** The stream on which a plugin serves its component. */
export const MAIN_STREAM = 0;

interface Waiting {
  resolve(stream: Duplex): void;
  readonly timer: Disposable;
}

interface Early {
  readonly stream: SessionStream;
  readonly timer: Disposable;
}

/** Numbered streams over one session. */
export class Broker {
  readonly session: Session;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  /** Streams that nobody has asked for yet. */
  readonly #early = new Map<number, Early>();
  #last = 0;

  constructor(socket: Duplex, side: "client" | "server", clock: Clock) {
    this.#clock = clock;
    this.session = new Session(socket, side, (stream) => void this.#take(stream));
  }

  /** A number for something that this side is going to serve. */
  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  /** The stream on which the other side dials `id`. Rejects when it does not within five seconds. */
  accept(id: number): Promise<Duplex> {
    const early = this.#early.get(id);
    if (early !== undefined) {
      this.#early.delete(id);
      early.timer[Symbol.dispose]();
      early.stream.write(encodeId(id));
      return Promise.resolve(early.stream);
    }
    return new Promise((resolve, reject) => {
      const timer = this.#clock.later(PATIENCE, () => {
        this.#waiting.delete(id);
        reject(new Error(`nobody dialled stream ${id} within five seconds`));
      });
      this.#waiting.set(id, { resolve, timer });
    });
  }

  /** Opens the stream that the other side serves as `id`. Rejects when it does not take it. */
  async dial(id: number): Promise<Duplex> {
    const stream = this.session.open(encodeId(id));
    const echo = await this.#readId(stream, `stream ${id} was not taken by the other side`);
    if (echo !== id) {
      stream.destroy();
      throw new Error(`stream ${id} was dialled, and the other side answered as ${echo}`);
    }
    return stream;
  }

  async #take(stream: SessionStream): Promise<void> {
    const id = await this.#readId(stream, "the other side did not say what it dials").catch(() => undefined);
    if (id === undefined) {
      stream.destroy();
      return;
    }
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) {
      this.#waiting.delete(id);
      waiting.timer[Symbol.dispose]();
      stream.write(encodeId(id));
      waiting.resolve(stream);
      return;
    }
    this.#keepEarly(id, stream);
  }

  /** The dialler waits without a limit: what nobody takes has to be closed. */
  #keepEarly(id: number, stream: SessionStream): void {
    this.#dropEarly(id);
    const timer = this.#clock.later(PATIENCE, () => this.#dropEarly(id));
    this.#early.set(id, { stream, timer });
  }

  #dropEarly(id: number): void {
    const early = this.#early.get(id);
    if (early !== undefined) {
      this.#early.delete(id);
      early.timer[Symbol.dispose]();
      early.stream.destroy();
    }
  }

  async #readId(stream: SessionStream, problem: string): Promise<number> {
    const late = () => new Error(problem);
    try {
      const bytes = await this.#clock.within(PATIENCE, undefined, () => stream.readStart(4), late);
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    } catch (thrown) {
      stream.destroy();
      throw new Error(problem, { cause: thrown });
    }
  }
}

function encodeId(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, id, true);
  return bytes;
}

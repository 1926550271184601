// A yamux session: many streams over one connection.
import type { Duplex } from "node:stream";
import { ByteQueue } from "./byte-queue.ts";
import {
  FrameError,
  type FrameHeader,
  flags,
  frameTypes,
  goAwayCodes,
  HEADER_LENGTH,
  readHeader,
  WINDOW,
  writeHeader,
} from "./frame.ts";
import { SessionStream } from "./session-stream.ts";

/** Streams that the other side may have open at once; a command takes four. */
const MOST_STREAMS = 4096;

/** The connection is gone, or was given up because of what came over it. */
export class ConnectionLost extends Error {}

/** Speaks yamux on a connection from now on. The host of a plugin is the client, the plugin the server. */
export class Session {
  /** Settles when the connection has ended; never rejects. */
  readonly ended: Promise<ConnectionLost>;
  readonly #socket: Duplex;
  readonly #received = new ByteQueue();
  readonly #streams = new Map<number, SessionStream>();
  readonly #accept: (stream: SessionStream) => void;
  /** The other side's streams have the other parity. */
  readonly #parity: number;
  #next: number;
  #payloadOf: FrameHeader | undefined;
  #lost: ConnectionLost | undefined;
  #tellEnd: (reason: ConnectionLost) => void = () => {};

  /** `accept` is given every stream that the other side opens. */
  constructor(socket: Duplex, side: "client" | "server", accept: (stream: SessionStream) => void) {
    this.#socket = socket;
    this.#accept = accept;
    this.#next = side === "client" ? 1 : 2;
    this.#parity = this.#next % 2;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.on("error", (error) => this.#end(new ConnectionLost(error.message)));
    socket.on("end", () => this.#end(new ConnectionLost("the connection was closed")));
    socket.on("close", () => this.#end(new ConnectionLost("the connection was closed")));
  }

  /** Those that are not over. */
  get streams(): Iterable<SessionStream> {
    return this.#streams.values();
  }

  /** Opens a stream; its first bytes go with the same frame. Throws `ConnectionLost`. */
  open(start: Uint8Array): SessionStream {
    if (this.#lost !== undefined) {
      throw this.#lost;
    }
    const id = this.#next;
    this.#next += 2;
    const stream = new SessionStream(id, this.#sender);
    this.#streams.set(id, stream);
    // Together: as long as the start of a stream is missing, the other side takes no other one.
    this.#socket.cork();
    this.#send({ type: frameTypes.window, flags: flags.syn, stream: id }, 0);
    stream.write(start);
    this.#socket.uncork();
    return stream;
  }

  /** Closes the connection once everything is sent; streams that are open end with an error. */
  close(): void {
    if (this.#lost === undefined) {
      this.#send({ type: frameTypes.goAway, flags: 0, stream: 0 }, goAwayCodes.normal);
      this.#end(new ConnectionLost("the connection was closed"));
    }
  }

  readonly #sender = {
    send: (frame: Omit<FrameHeader, "length">, payload: Uint8Array | number, sent?: () => void) =>
      this.#send(frame, payload, sent),
    forget: (stream: number) => void this.#streams.delete(stream),
  };

  #send(frame: Omit<FrameHeader, "length">, payload: Uint8Array | number, sent?: () => void): void {
    if (this.#lost !== undefined || !this.#socket.writable) {
      return;
    }
    const length = typeof payload === "number" ? payload : payload.length;
    const header = writeHeader({ ...frame, length });
    if (typeof payload === "number") {
      this.#socket.write(header, () => sent?.());
      return;
    }
    this.#socket.cork();
    this.#socket.write(header);
    this.#socket.write(payload, () => sent?.());
    this.#socket.uncork();
  }

  #take(chunk: Uint8Array): void {
    this.#received.add(chunk);
    try {
      while (this.#lost === undefined && this.#takeFrame()) {
        // One frame after the other, as long as there are whole ones.
      }
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) {
        throw thrown;
      }
      this.#send({ type: frameTypes.goAway, flags: 0, stream: 0 }, goAwayCodes.protocolError);
      this.#end(new ConnectionLost(thrown.message));
    }
  }

  /** False when there is no whole frame left. */
  #takeFrame(): boolean {
    if (this.#payloadOf !== undefined) {
      return this.#takePayload(this.#payloadOf);
    }
    const bytes = this.#received.take(HEADER_LENGTH);
    if (bytes === undefined) {
      return false;
    }
    const header = readHeader(bytes);
    if (header.type === frameTypes.ping) {
      this.#answerPing(header);
    } else if (header.type === frameTypes.goAway) {
      this.#takeGoAway(header);
    } else {
      this.#takeStreamFrame(header);
    }
    return true;
  }

  #answerPing(header: FrameHeader): void {
    if ((header.flags & flags.syn) !== 0) {
      this.#send({ type: frameTypes.ping, flags: flags.ack, stream: 0 }, header.length);
    }
  }

  #takeGoAway({ length }: FrameHeader): void {
    if (length !== goAwayCodes.normal) {
      this.#end(new ConnectionLost(`the other side gave the connection up (code ${length})`));
    }
  }

  #takeStreamFrame(header: FrameHeader): void {
    if ((header.flags & flags.syn) !== 0) {
      this.#acceptStream(header.stream);
    }
    if (header.type === frameTypes.data) {
      if (header.length > WINDOW) {
        throw new FrameError(`a data frame of ${header.length} bytes came, which is more than any stream may send`);
      }
      this.#payloadOf = header;
      return;
    }
    this.#streams.get(header.stream)?.credit(header.length);
    this.#takeEndings(header);
  }

  #acceptStream(id: number): void {
    if (id === 0 || id % 2 === this.#parity || this.#streams.has(id)) {
      throw new FrameError(`stream ${id} was opened, which it may not be`);
    }
    if (this.#streams.size >= MOST_STREAMS) {
      this.#send({ type: frameTypes.window, flags: flags.rst, stream: id }, 0);
      return;
    }
    const stream = new SessionStream(id, this.#sender);
    this.#streams.set(id, stream);
    this.#send({ type: frameTypes.window, flags: flags.ack, stream: id }, 0);
    this.#accept(stream);
  }

  #takePayload(header: FrameHeader): boolean {
    const payload = this.#received.take(header.length);
    if (payload === undefined) {
      return false;
    }
    this.#payloadOf = undefined;
    // What still comes for a stream that was given up here is of no interest to anybody.
    this.#streams.get(header.stream)?.receive(payload);
    this.#takeEndings(header);
    return true;
  }

  #takeEndings({ flags: frameFlags, stream }: FrameHeader): void {
    if ((frameFlags & flags.rst) !== 0) {
      this.#streams.get(stream)?.receiveReset(new Error("the other side gave the stream up"));
    } else if ((frameFlags & flags.fin) !== 0) {
      this.#streams.get(stream)?.receiveEnd();
    }
  }

  #end(reason: ConnectionLost): void {
    if (this.#lost !== undefined) {
      return;
    }
    this.#lost = reason;
    for (const stream of [...this.#streams.values()]) {
      stream.receiveReset(reason);
    }
    this.#socket.end(() => this.#socket.destroy());
    this.#tellEnd(reason);
  }
}

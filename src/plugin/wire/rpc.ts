// Calls over one stream, as Go's net/rpc makes them with a MessagePack codec: a header and a body each way.
import type { Duplex } from "node:stream";
import { decodeMultiStream, encode } from "@msgpack/msgpack";

/** Limits for what the other side may send, far above what plugins do. */
const limits = {
  maxStrLength: 16 << 20,
  maxBinLength: 16 << 20,
  maxArrayLength: 1 << 20,
  maxMapLength: 1 << 20,
  maxExtLength: 1 << 10,
};

/** What the other side answered instead of a result: its own words. */
export class RpcFault extends Error {}

/** The methods of a service by their name; what one throws is answered as its fault. */
export type RpcService = Readonly<Record<string, (argument: unknown) => unknown>>;

interface Call {
  resolve(result: unknown): void;
  reject(reason: Error): void;
}

/** The calling side of a stream. */
export class RpcClient {
  readonly #stream: Duplex;
  readonly #calls = new Map<number, Call>();
  #next = 0;
  #lost: Error | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    void this.#read();
  }

  /** Rejects with `RpcFault` when the other side could not do it, with another error when the stream ends before. */
  call(method: string, argument?: unknown): Promise<unknown> {
    if (this.#lost !== undefined) {
      return Promise.reject(this.#lost);
    }
    const seq = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#calls.set(seq, { resolve, reject });
      this.#stream.write(join(encode({ ServiceMethod: method, Seq: seq }), encode(argument)));
    });
  }

  /** Ends the stream; calls without an answer fail. */
  close(): void {
    this.#fail(new Error("the call was given up"));
    this.#stream.destroy();
  }

  async #read(): Promise<void> {
    try {
      const values = decodeMultiStream<undefined>(this.#stream, limits);
      for (let header = await values.next(); !header.done; header = await values.next()) {
        const body = await values.next();
        if (body.done) {
          break;
        }
        this.#settle(header.value, body.value);
      }
      this.#fail(new Error("the connection was closed"));
    } catch (thrown) {
      this.#fail(asError(thrown));
      this.#stream.destroy();
    }
  }

  #settle(header: unknown, body: unknown): void {
    const seq = readField(header, "Seq");
    const call = typeof seq === "number" ? this.#calls.get(seq) : undefined;
    if (call === undefined) {
      throw new Error("an answer came to a question that was not asked");
    }
    this.#calls.delete(seq as number);
    const fault = readText(readField(header, "Error"));
    if (fault === "") {
      call.resolve(body);
    } else {
      call.reject(new RpcFault(fault));
    }
  }

  #fail(reason: Error): void {
    this.#lost ??= reason;
    for (const call of this.#calls.values()) {
      call.reject(this.#lost);
    }
    this.#calls.clear();
  }
}

/**
 * Answers calls on a stream until it ends; rejects when what came could not be read. `find` gives a service by its name, which
 * is what stands before the last dot of a call. Calls run side by side.
 */
export async function serveCalls(stream: Duplex, find: (name: string) => RpcService | undefined): Promise<void> {
  const values = decodeMultiStream<undefined>(stream, limits);
  for (let header = await values.next(); !header.done; header = await values.next()) {
    const body = await values.next();
    if (body.done) {
      return;
    }
    void answer(stream, find, header.value, body.value);
  }
}

async function answer(
  stream: Duplex,
  find: (name: string) => RpcService | undefined,
  header: unknown,
  argument: unknown,
): Promise<void> {
  const method = readText(readField(header, "ServiceMethod"));
  const seq = readField(header, "Seq");
  const reply = (fault: string, result: unknown) => {
    if (stream.writable) {
      stream.write(join(encode({ ServiceMethod: method, Seq: seq, Error: fault }), encode(result)));
    }
  };
  try {
    reply("", await findMethod(find, method)(argument));
  } catch (thrown) {
    reply(asError(thrown).message || "unknown error", {});
  }
}

function findMethod(find: (name: string) => RpcService | undefined, method: string): (argument: unknown) => unknown {
  const dot = method.lastIndexOf(".");
  const service = find(method.slice(0, Math.max(dot, 0)));
  if (service === undefined) {
    throw new Error(`rpc: can't find service ${method}`);
  }
  const name = method.slice(dot + 1);
  const found = Object.hasOwn(service, name) ? service[name] : undefined;
  if (found === undefined) {
    throw new Error(`rpc: can't find method ${method}`);
  }
  return found;
}

/** A field of a struct that came; missing ones are what Go calls zero, `undefined` here. */
export function readField(struct: unknown, name: string): unknown {
  return typeof struct === "object" && struct !== null && Object.hasOwn(struct, name)
    ? (struct as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** A text that came; old codecs send texts as bytes. Anything else is no text. */
export function readText(value: unknown): string {
  if (value instanceof Uint8Array) {
    return new TextDecoder().decode(value);
  }
  return typeof value === "string" ? value : "";
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

// A VNC server that writes down which keys are pressed and released, and that can be as odd as a test wants.
import type { Socket } from "node:net";
import { ByteReader } from "../../src/driver/stream/byte-reader.ts";
import type { Listener } from "../../src/host/host.ts";
import { nodeHost } from "../../src/host/node.ts";

export interface VncServerOptions {
  /** What it says first; `RFB 003.008\n` unless given. */
  readonly version?: string | undefined;
  /** Ways of logging in that it offers; 0 refuses. `[1]` unless given: none is needed. */
  readonly security?: readonly number[] | undefined;
  /** Why it refuses, or what it says about a log-in that failed. */
  readonly reason?: string | undefined;
  /** What becomes of the log-in: 0 when it worked, as it does unless given. */
  readonly result?: number | undefined;
  /** Closes the connection when it has sent so many bytes. */
  readonly cutAfter?: number | undefined;
  /** Sends every byte alone. */
  readonly slowly?: boolean | undefined;
  /** Sent once the client is in: bells and other things nobody asked for. */
  readonly chatter?: Uint8Array | undefined;
}

export interface VncServer extends AsyncDisposable {
  readonly port: number;
  /** `+61` for every key that went down, `-61` for every one that went up. */
  readonly keys: readonly string[];
  /** What the client said and did before keys. */
  readonly heard: readonly string[];
  /** Settles when so many keys have come, or none will any more: every client has gone. */
  keysCome(count: number): Promise<void>;
  /** Cuts every connection. */
  cut(): void;
}

class Cut extends Error {}

/** Starts one on a port of its own, or on the given one. */
export async function startVncServer(options: VncServerOptions = {}, port = 0): Promise<VncServer> {
  const sockets = new Set<Socket>();
  const keys: string[] = [];
  const heard: string[] = [];
  let waiting: (() => void)[] = [];
  let [came, left] = [0, 0];
  const told = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) {
      wake();
    }
  };
  const listener: Listener = await nodeHost().network.listen({ host: "127.0.0.1", port }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    const record = (key: string): void => {
      keys.push(key);
      told();
    };
    came++;
    // A client that goes away ends its conversation, and nothing else.
    converse(socket, options, heard, record)
      .catch(() => {})
      .finally(() => {
        socket.destroySoon();
        left++;
        told();
      });
  });
  return {
    port: listener.port,
    keys,
    heard,
    async keysCome(count) {
      while (keys.length < count && (came === 0 || left < came)) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    cut() {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

async function converse(
  socket: Socket,
  options: VncServerOptions,
  heard: string[],
  record: (key: string) => void,
): Promise<void> {
  const reader = new ByteReader(socket);
  const send = sender(socket, options);
  const talk = { reader, send, heard };
  await send(Buffer.from(options.version ?? "RFB 003.008\n", "latin1"));
  const spoken = (await reader.bytes(12)).toString("latin1");
  heard.push(spoken.trim());
  const minor = Number(spoken.slice(8, 11));
  if (!(await letIn(talk, minor, options))) {
    return;
  }
  heard.push(`shared ${(await reader.bytes(1))[0]}`);
  const name = Buffer.from("a machine");
  await send(Buffer.concat([Buffer.alloc(20), word(name.length), name]));
  if (options.chatter !== undefined) {
    await send(options.chatter);
  }
  for (;;) {
    const message = await reader.bytes(8);
    if (message[0] !== 4) {
      throw new Error(`Message ${message[0]} is no key`);
    }
    record(`${message[1] === 1 ? "+" : "-"}${message.readUInt32BE(4).toString(16)}`);
  }
}

interface Talk {
  readonly reader: ByteReader;
  send(bytes: Uint8Array): Promise<void>;
  readonly heard: string[];
}

/** Security and its result; false when the client is not to go on. */
async function letIn(
  { reader, send, heard }: Talk,
  minor: number,
  { security = [1], reason = "", result = 0 }: VncServerOptions,
): Promise<boolean> {
  const explained = Buffer.concat([word(Buffer.byteLength(reason)), Buffer.from(reason)]);
  const refuses = security.includes(0);
  if (minor === 3) {
    await send(word(security[0] ?? 0));
  } else {
    await send(Uint8Array.from(refuses ? [0] : [security.length, ...security]));
  }
  if (refuses) {
    await send(explained);
    return false;
  }
  const chosen = minor === 3 ? security[0] : (await reader.bytes(1))[0];
  heard.push(`security ${chosen}`);
  if (chosen === 2) {
    await send(Buffer.alloc(16, "challenge"));
    heard.push(`answer ${(await reader.bytes(16)).toString("hex")}`);
  }
  if (minor < 8 && chosen === 1) {
    return true;
  }
  await send(word(result));
  if (result !== 0 && minor === 8) {
    await send(explained);
  }
  return result === 0;
}

function sender(
  socket: Socket,
  { cutAfter = Number.POSITIVE_INFINITY, slowly = false }: VncServerOptions,
): (bytes: Uint8Array) => Promise<void> {
  let left = cutAfter;
  return async (bytes) => {
    const sent = bytes.subarray(0, Math.min(left, bytes.length));
    left -= sent.length;
    for (const piece of slowly ? [...sent].map((byte) => Uint8Array.of(byte)) : [sent]) {
      socket.write(piece);
      if (slowly) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    if (left === 0) {
      throw new Cut("It has said enough");
    }
  };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

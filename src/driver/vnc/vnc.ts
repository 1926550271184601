// A VNC client that only types: the remote framebuffer protocol, versions 3.3, 3.7 and 3.8 (RFC 6143).
import type { Socket } from "node:net";
import { type BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Network } from "../../host/host.ts";
import { ByteReader } from "../stream/byte-reader.ts";
import { handshake } from "./handshake.ts";

/** Where a VNC server listens. */
export interface VncTarget {
  readonly host: string;
  readonly port: number;
  /** Only its first eight bytes count. */
  readonly password?: string | undefined;
}

/** An open connection. */
export interface VncConnection {
  /** Presses or releases a key, given as an X11 keysym. Done when it is on its way. */
  key(keysym: number, down: boolean): Promise<void>;
  /** Ends the connection once every key is on its way. */
  close(): void;
}

/** Connects and logs in; the signal ends that, but not the connection that came of it. */
export async function connectVnc(
  network: Pick<Network, "connect">,
  target: VncTarget,
  signal: AbortSignal,
): Promise<VncConnection> {
  const address = `${target.host}:${target.port}`;
  const socket = await dial(network, target, address, signal);
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  // The reader tells of errors; one that comes after it must not be nobody's.
  socket.on("error", () => {});
  const reader = new ByteReader(socket);
  try {
    await handshake(reader, socket, address, target.password);
  } catch (thrown) {
    socket.destroy();
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", stop);
    reader.release();
  }
  return openConnection(socket, address);
}

async function dial(
  network: Pick<Network, "connect">,
  target: VncTarget,
  address: string,
  signal: AbortSignal,
): Promise<Socket> {
  try {
    return await network.connect({ host: target.host, port: target.port }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw failure("network", "vnc/unreachable", `The VNC server ${address} could not be connected to`, {
      detail: readMessage(thrown),
      hint: "The virtual machine may have ended, or its VNC server may listen elsewhere.",
      cause: thrown,
    });
  }
}

function openConnection(socket: Socket, address: string): VncConnection {
  let lost: BuildError | undefined;
  const lose = (cause?: unknown): void => {
    lost ??= failure("network", "vnc/lost", `The VNC connection to ${address} was lost while keys were being sent`, {
      detail: cause instanceof Error ? readMessage(cause) : undefined,
      cause: cause instanceof Error ? cause : undefined,
      hint: "The virtual machine may have been stopped, or its program may have ended.",
    });
  };
  socket.on("error", lose).on("end", lose).on("close", lose);
  // Bells, cut texts and whatever else comes is dropped: nothing of it says where keys go.
  socket.resume();
  return {
    key: (keysym, down) =>
      new Promise((resolve, reject) => {
        if (lost !== undefined) {
          return reject(lost);
        }
        socket.write(encodeKeyEvent(keysym, down), (error) => {
          if (!error) {
            return resolve();
          }
          lose(error);
          reject(lost);
        });
      }),
    close: () => void socket.destroySoon(),
  };
}

/** KeyEvent: its number, whether down, two bytes of nothing, the key. */
function encodeKeyEvent(keysym: number, down: boolean): Uint8Array {
  const message = Buffer.alloc(8);
  message[0] = 4;
  message[1] = down ? 1 : 0;
  message.writeUInt32BE(keysym, 4);
  return message;
}

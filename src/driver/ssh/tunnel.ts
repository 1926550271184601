// Carries TCP connections through an SSH connection, in both directions.
import type { Duplex } from "node:stream";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { SshConnection } from "./connection.ts";
import { forward } from "./route.ts";

/** Where a tunnel listens and where it leads. */
export interface Tunnel {
  /** The side that listens, on its loopback address. */
  readonly listen: "here" | "there";
  readonly port: number;
  readonly toHost: string;
  readonly toPort: number;
}

/** Opens a tunnel that lasts as long as the connection. */
export async function openTunnel(connection: SshConnection, tunnel: Tunnel): Promise<void> {
  try {
    await (tunnel.listen === "here" ? listenHere(connection, tunnel) : listenThere(connection, tunnel));
  } catch (thrown) {
    const side = tunnel.listen === "here" ? "this machine" : "the remote machine";
    throw failure(
      // What keeps a port of this machine does not go away while the other one starts.
      tunnel.listen === "here" ? "environment" : "network",
      "communicator/ssh-tunnel",
      `The tunnel from port ${tunnel.port} of ${side} could not be opened`,
      {
        detail: readMessage(thrown),
        hint:
          tunnel.listen === "here"
            ? "Another program may use the port."
            : "The port may be in use there, or the server's `AllowTcpForwarding` forbids it.",
        cause: thrown,
      },
    );
  }
}

async function listenHere(connection: SshConnection, { port, toHost, toPort }: Tunnel): Promise<void> {
  const listener = await connection.host.network.listen({ host: "127.0.0.1", port, halfOpen: true }, (socket) => {
    forward(connection, toHost, toPort).then(
      (channel) => join(socket, channel),
      () => socket.destroy(),
    );
  });
  void connection.ended.then(() => listener.close());
}

async function listenThere(connection: SshConnection, { port, toHost, toPort }: Tunnel): Promise<void> {
  const { client, host } = connection;
  await new Promise<void>((resolve, reject) => {
    client.forwardIn("localhost", port, (error) => (error ? reject(error) : resolve()));
  });
  client.on("tcp connection", (details, accept, reject) => {
    if (details.destPort !== port) {
      return;
    }
    host.network.connect({ host: toHost, port: toPort, halfOpen: true }).then(
      (socket) => join(socket, accept()),
      () => reject(),
    );
  });
}

function join(one: Duplex, other: Duplex): void {
  one.on("error", () => other.destroy()).pipe(other);
  other.on("error", () => one.destroy()).pipe(one);
  one.once("close", () => other.end());
  other.once("close", () => one.destroy());
}

// Sockets, names and HTTP, on Node. A file of its own, so that it is loaded when the first connection is made.
import { lookup } from "node:dns/promises";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { homedir, networkInterfaces } from "node:os";
import type { SecureContext } from "node:tls";
import type { Clock, Host, Listener, Network } from "./host.ts";

/** The network of this machine, as the environment wants it used. */
export function openNetwork(env: Host["env"], clock: Clock): Network {
  let trusted: Promise<SecureContext> | undefined;
  const trust = (): Promise<SecureContext> => {
    trusted ??= import("./http/trust.ts").then(({ loadTrust }) => loadTrust(env));
    return trusted;
  };
  const sockets: Sockets = {
    ...nodeSockets,
    async secure(socket, options, signal) {
      const isOwn = options.secureContext !== undefined || options.ca !== undefined || options.cert !== undefined;
      if (isOwn || options.rejectUnauthorized === false) {
        return nodeSockets.secure(socket, options, signal);
      }
      return nodeSockets.secure(socket, { ...options, secureContext: await trust() }, signal);
    },
  };
  const around = { env, homeDir: homedir(), platform: process.platform, clock, sockets, trust };
  type Http = Pick<Network, "fetch" | "proxyFor" | "tunnel">;
  const http = async (): Promise<Http> => (await import("./http/network.ts")).makeHttpNetwork(around);
  return {
    ...sockets,
    fetch: async (...args) => (await http()).fetch(...args),
    proxyFor: async (...args) => (await http()).proxyFor(...args),
    tunnel: async (...args) => (await http()).tunnel(...args),
  };
}

type Sockets = Omit<Network, "fetch" | "proxyFor" | "tunnel">;

const nodeSockets: Sockets = {
  async resolve(name, family) {
    const found = await lookup(name, { all: true, family });
    return found.map(({ address }) => address);
  },
  connect: (target, signal) =>
    new Promise<Socket>((resolve, reject) => {
      signal?.throwIfAborted();
      const socket =
        "path" in target
          ? connectSocket({ path: target.path })
          : connectSocket({
              host: target.host,
              port: target.port,
              noDelay: true,
              allowHalfOpen: target.halfOpen === true,
            });
      const stop = (): void => {
        socket.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", stop, { once: true });
      const settle = (done: () => void): void => {
        signal?.removeEventListener("abort", stop);
        done();
      };
      socket.once("connect", () => settle(() => resolve(socket)));
      socket.once("error", (error) => settle(() => reject(error)));
    }),
  async secure(socket, options, signal) {
    const { connect } = await import("node:tls");
    return new Promise((resolve, reject) => {
      const secured = connect({ ...options, socket });
      const stop = (): void => {
        secured.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", stop, { once: true });
      secured.once("secureConnect", () => {
        signal?.removeEventListener("abort", stop);
        resolve(secured);
      });
      secured.once("error", (error) => {
        signal?.removeEventListener("abort", stop);
        reject(error);
      });
    });
  },
  async interfaces() {
    return Object.fromEntries(
      Object.entries(networkInterfaces()).map(([name, at]) => [name, (at ?? []).map(({ address }) => address)]),
    );
  },
  listen: (at, onConnection) =>
    new Promise<Listener>((resolve, reject) => {
      const open = new Set<Socket>();
      const server = createServer({ noDelay: true, allowHalfOpen: at.halfOpen === true }, (socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
        onConnection(socket);
      });
      server.once("error", reject);
      server.listen(at.port, at.host, () => {
        const address = server.address();
        resolve({
          port: typeof address === "object" && address !== null ? address.port : at.port,
          close: () =>
            new Promise((closed) => {
              for (const socket of open) {
                socket.destroy();
              }
              server.close(() => closed());
            }),
        });
      });
    }),
};

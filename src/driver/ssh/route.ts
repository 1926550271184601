// Opens the way to a host: directly, through a proxy, or through a bastion.
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { BuildError } from "../../diagnostic/build-error.ts";
import type { Host, ProxyServer } from "../../host/host.ts";
import { DeadlineOver, notDoneWithin } from "./deadline.ts";
import type { SshPhase } from "./phase.ts";
import type { SshConnection, SshTarget } from "./target.ts";

/** Milliseconds within which a TCP connection must stand, as in Packer. */
export const DIAL_TIMEOUT = 15_000;

/** Milliseconds for a tunnel of others, which may first have to be arranged with a service. */
const TUNNEL_TIMEOUT = 60_000;

/** A stream that leads to the SSH port, and what must be closed with it. */
export interface Route {
  readonly stream: Duplex;
  readonly bastion?: SshConnection | undefined;
}

/** On whose behalf a way is opened, and who is told how far it is. */
export interface Journey {
  readonly host: Host;
  readonly signal: AbortSignal;
  onPhase(at: SshPhase): void;
}

/** Connects to `target`'s port. `openBastion` opens the connection that a bastion needs. */
export async function openRoute(
  journey: Journey,
  target: SshTarget,
  openBastion: (target: SshTarget) => Promise<SshConnection>,
): Promise<Route> {
  const { host, signal } = journey;
  const { through } = target;
  if (through === undefined) {
    return { stream: await dial(journey, target) };
  }
  if ("proxy" in through) {
    return { stream: await dialProxy(journey, through.proxy, target) };
  }
  if ("dial" in through) {
    journey.onPhase({ phase: "tunnel", address: formatAddress(target.host, target.port) });
    const to = { host: target.host, port: target.port };
    const open = (inner: AbortSignal): Promise<Duplex> => through.dial(to, inner);
    const stream = await host.clock.within(TUNNEL_TIMEOUT, signal, open, notDoneWithin(TUNNEL_TIMEOUT));
    // It may fail before anybody talks over it; whoever does asks.
    return { stream: stream.on("error", () => {}) };
  }
  const bastion = await openBastion(through.bastion);
  try {
    journey.onPhase({ phase: "bastion", address: formatAddress(through.bastion.host, through.bastion.port) });
    const stream = await host.clock.within(
      DIAL_TIMEOUT,
      signal,
      () => forward(bastion, target.host, target.port),
      notDoneWithin(DIAL_TIMEOUT),
    );
    return { stream, bastion };
  } catch (thrown) {
    await bastion.close();
    throw thrown;
  }
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatAddress(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** A stream from the other end of `connection` to a host it can reach. */
export function forward(connection: SshConnection, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    connection.client.forwardOut("127.0.0.1", 0, host, port, (error, channel) =>
      error ? reject(error) : resolve(channel),
    );
  });
}

async function dialProxy(journey: Journey, proxy: ProxyServer, target: SshTarget): Promise<Duplex> {
  const { host, signal } = journey;
  const socket = await dial(journey, { host: proxy.host, port: proxy.port });
  try {
    journey.onPhase({ phase: "proxy", address: formatAddress(proxy.host, proxy.port) });
    const to = { host: target.host, port: target.port };
    const tunnel = (inner: AbortSignal): Promise<void> => host.network.tunnel(proxy, socket, to, inner);
    await host.clock.within(DIAL_TIMEOUT, signal, tunnel, notDoneWithin(DIAL_TIMEOUT));
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw explainProxyFailure(thrown);
  }
}

function explainProxyFailure(thrown: unknown): unknown {
  if (!(thrown instanceof BuildError)) {
    return thrown;
  }
  const said = thrown.diagnostics.map((diagnostic) => ({ ...diagnostic, code: "communicator/ssh-proxy" }));
  return new BuildError(thrown.failure, said, thrown);
}

async function dial(journey: Journey, target: Pick<SshTarget, "host" | "port" | "family">): Promise<Socket> {
  const { host, signal } = journey;
  const { host: name, port, family } = target;
  const connectAny = async (limit: AbortSignal): Promise<Socket> => {
    if (isIP(name) === 0) {
      journey.onPhase({ phase: "resolving", host: name });
    }
    const addresses = await host.network.resolve(name, family);
    let failed: unknown = new DeadlineOver("no address");
    for (const [i, address] of addresses.entries()) {
      journey.onPhase({ phase: "dialling", address: formatAddress(name, port) });
      try {
        // Each address gets its share, so that a dead first one leaves time for the next.
        const share = DIAL_TIMEOUT / (addresses.length - i);
        const socket = await host.clock.within(
          share,
          limit,
          (part) => host.network.connect({ host: address, port }, part),
          notDoneWithin(share),
        );
        // It may fail before anybody talks over it; whoever does asks.
        return socket.on("error", () => {});
      } catch (thrown) {
        limit.throwIfAborted();
        failed = thrown;
      }
    }
    throw failed;
  };
  return host.clock.within(DIAL_TIMEOUT, signal, connectAny, notDoneWithin(DIAL_TIMEOUT));
}

// The HTTP side of the network: proxies, certificates and log-ins of the machine, each read when it is first needed.
import type { SecureContext } from "node:tls";
import type { Clock, Network } from "../host.ts";
import type { Wires } from "./exchange.ts";
import { fetchOver } from "./fetch.ts";
import { findLogin } from "./netrc.ts";
import { findProxy } from "./proxy.ts";
import { openTunnel } from "./tunnel.ts";

/** Milliseconds within which a connection must stand, TLS and proxies included; as Go. */
const DIAL_LIMIT = 30_000;

/** Where requests are sent from. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly sockets: Wires["sockets"];
  /** Asked once for all requests. */
  readonly trust: () => Promise<SecureContext>;
}

export function makeHttpNetwork(around: Surroundings): Pick<Network, "fetch" | "proxyFor" | "tunnel"> {
  const { env, clock, sockets, trust } = around;
  const machine = {
    sockets,
    trust,
    withinDial: <T>(signal: AbortSignal | undefined, body: (signal: AbortSignal) => Promise<T>, late: () => Error) =>
      clock.within(DIAL_LIMIT, signal, body, late),
    proxyFor: (url: URL) => findProxy(url, env),
    loginFor: (host: string, named: boolean) => findLogin(around, host, named),
  };
  return {
    fetch: (url, options = {}) => fetchOver(machine, url, options),
    proxyFor: async (url) => findProxy(url, env),
    tunnel: openTunnel,
  };
}

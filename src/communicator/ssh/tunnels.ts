// Reads tunnels as `ssh -L` and `ssh -R` write them.
import type { Tunnel } from "../../driver/ssh/tunnel.ts";

/** Reads `PORT:HOST:PORT`; an IPv6 host stands in brackets. */
export function parseTunnel(text: string, listen: Tunnel["listen"]): Tunnel | { readonly problem: string } {
  const [, from, bracketed, plain, to] = /^(\d+):(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    return { problem: `Error parsing tunnel '${text}': expected PORT:HOST:PORT` };
  }
  const [port, toPort] = [Number(from), Number(to)];
  if (port < 1 || port > 65535 || toPort < 1 || toPort > 65535) {
    return { problem: `Error parsing tunnel '${text}': a port lies outside 1 to 65535` };
  }
  return { listen, port, toHost: bracketed ?? plain ?? "", toPort };
}

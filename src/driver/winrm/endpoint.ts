// Where a machine's WinRM service is, and how requests name it.
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { Address, ProxyServer } from "../../host/host.ts";

export interface HttpEndpoint {
  readonly host: string;
  readonly port: number;
  /** `insecure` accepts any certificate. */
  readonly tls?: { readonly insecure: boolean } | undefined;
  readonly proxy?: ProxyServer | undefined;
  /** Opens the stream instead of a TCP connection. */
  readonly dial?: ((to: Address, signal: AbortSignal) => Promise<Duplex>) | undefined;
}

export const WSMAN_PATH = "/wsman";

/** `http://host:port/wsman`, the address requests name. */
export function formatWsmanUrl({ host, port, tls }: HttpEndpoint): string {
  return `${tls ? "https" : "http"}://${isIP(host) === 6 ? `[${host}]` : host}:${port}${WSMAN_PATH}`;
}

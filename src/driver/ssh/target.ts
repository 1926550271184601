// A machine that SSH leads to, and the connection to it.
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import type { Address, Host, ProxyServer } from "../../host/host.ts";
import type { Credentials } from "./authentication.ts";

/** Opens a stream to a machine that TCP alone does not lead to. */
export type Dial = (to: Address, signal: AbortSignal) => Promise<Duplex>;

/** A machine to connect to, and how. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly family?: 4 | 6 | undefined;
  readonly credentials: Credentials;
  /** Who takes connections in its place, also before it is there. */
  readonly answeredBy?: string | undefined;
  /** Ciphers in order of preference; the library's own order, AES-GCM first, when left out. */
  readonly ciphers?: readonly string[] | undefined;
  readonly keyExchange?: readonly string[] | undefined;
  readonly through?:
    | { readonly proxy: ProxyServer }
    | { readonly bastion: SshTarget }
    | { readonly dial: Dial }
    | undefined;
  /** Socket of an agent that remote commands may use. */
  readonly forwardAgent?: string | undefined;
  /** Milliseconds between signs of life; 0 sends none. */
  readonly keepAlive?: number | undefined;
  /** Milliseconds without a sign of life from the server after which the connection counts as lost; 0 waits forever. */
  readonly silence?: number | undefined;
  /** Milliseconds for key exchange and log-in together. */
  readonly handshakeTimeout?: number | undefined;
}

/** An open connection. */
export interface SshConnection {
  readonly client: Client;
  /** What the bytes go through; commands and transfers watch how much it still holds. */
  readonly stream: Duplex;
  /** What the server calls itself, such as `SSH-2.0-OpenSSH_9.2p1`. */
  readonly server: string;
  /** The SHA-256 fingerprint of its host key. */
  readonly hostKey: string;
  readonly target: SshTarget;
  readonly host: Host;
  readonly isOpen: boolean;
  /** Settles when the connection has ended, with why if that was not asked for. */
  readonly ended: Promise<Error | undefined>;
  /** Why it ended, once it has and if that was not asked for. */
  readonly lostBecause: Error | undefined;
  /** True once a remote command may use the forwarded agent, false when the server refused. */
  agentForwarding: boolean;
  close(): Promise<void>;
}

// One request over a connection of its own, and the beginning of its answer.
import { type IncomingMessage, request } from "node:http";
import { isIP, type Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { failure } from "../../diagnostic/build-error.ts";
import type { Address, Network, ProxyServer } from "../host.ts";
import { cannotConnect, cannotSecure, describeBreak } from "./failures.ts";
import { openTunnel, showAddress, wantsLogin, writeProxyAuthorization } from "./tunnel.ts";

/** What requests go through. */
export interface Wires {
  readonly sockets: Pick<Network, "connect" | "secure">;
  readonly trust: () => Promise<SecureContext>;
  /** Ends a connection that does not come about. */
  withinDial<T>(
    signal: AbortSignal | undefined,
    body: (signal: AbortSignal) => Promise<T>,
    late: () => Error,
  ): Promise<T>;
}

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly proxy: ProxyServer | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The host and the port that an address leads to. */
export function findAddress(url: URL): Address {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
  };
}

/** Sends a request and gives the answer as far as its body, which is still to be read. */
export async function exchange(one: Exchange, wires: Wires): Promise<IncomingMessage> {
  const { url, proxy, signal } = one;
  const to = findAddress(url);
  const socket = await wires.withinDial(
    signal,
    (inner) => dial(one, wires, inner),
    () => failure("timeout", "http/connect", `${showAddress(proxy ?? to)} does not answer`),
  );
  const answer = await send(one, socket);
  if (proxy !== undefined && isForwarded(one) && answer.statusCode === 407) {
    socket.destroy();
    throw wantsLogin(proxy);
  }
  return answer;
}

/** A proxy for HTTP takes requests for HTTP as they are; everything else goes through a tunnel. */
function isForwarded({ url, proxy }: Exchange): boolean {
  return url.protocol === "http:" && proxy !== undefined && proxy.kind !== "socks5";
}

async function dial(one: Exchange, wires: Wires, signal: AbortSignal): Promise<Socket> {
  const { url, proxy } = one;
  const to = findAddress(url);
  let socket = await connect(proxy ?? to, proxy !== undefined, wires, signal);
  try {
    if (proxy?.kind === "https") {
      socket = await secure(socket, proxy, wires, signal);
    }
    if (proxy !== undefined && !isForwarded(one)) {
      await openTunnel(proxy, socket, to, signal);
    }
    return url.protocol === "https:" ? await secure(socket, to, wires, signal) : socket;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

async function connect(to: Address, isProxy: boolean, { sockets }: Wires, signal: AbortSignal): Promise<Socket> {
  try {
    return await sockets.connect({ host: to.host, port: to.port }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const said = cannotConnect(showAddress(to), to.host, thrown);
    if (!isProxy) {
      throw said;
    }
    const [{ summary, code } = { summary: "", code: "http/connect" }] = said.diagnostics;
    throw failure("network", code, `The proxy ${showAddress(to)} could not be used: ${summary}`, {
      hint: "Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, and name hosts that need no proxy in NO_PROXY.",
      cause: thrown,
    });
  }
}

async function secure(socket: Socket, to: Address, { sockets, trust }: Wires, signal: AbortSignal): Promise<Socket> {
  const name = isIP(to.host) === 0 ? { servername: to.host } : {};
  const secureContext = await trust();
  // A socket may fail before anybody talks over it; whoever does asks.
  socket.on("error", () => {});
  try {
    return await sockets.secure(socket, { host: to.host, ...name, secureContext, ALPNProtocols: ["http/1.1"] }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw cannotSecure(showAddress(to), to.host, thrown);
  }
}

function send(one: Exchange, socket: Socket): Promise<IncomingMessage> {
  const { url, method, body, proxy, signal } = one;
  const address = showAddress(findAddress(url));
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void => {
      socket.destroy();
      reject(signal?.aborted ? signal.reason : describeBreak(address, thrown, false));
    };
    try {
      const outgoing = request({
        createConnection: () => socket,
        method,
        path: isForwarded(one) ? `${url.origin}${url.pathname}${url.search}` : `${url.pathname}${url.search}`,
        headers: makeHeaders(one, proxy),
        setHost: false,
        signal,
      });
      outgoing.once("response", resolve);
      outgoing.once("error", fail);
      outgoing.end(body);
    } catch (thrown) {
      // A header with a character that headers cannot have.
      socket.destroy();
      reject(
        failure("template", "http/address", `A request to ${address} cannot be sent as it is`, {
          detail: explainError(thrown),
          cause: thrown,
        }),
      );
    }
  });
}

/** The value itself may be a secret. */
function explainError(thrown: unknown): string {
  const [, name] = /\["([^"]+)"\]/.exec(thrown instanceof Error ? thrown.message : "") ?? [];
  return name === undefined
    ? "A header has a character that headers cannot have."
    : `Its header "${name}" has a character that headers cannot have.`;
}

function makeHeaders(one: Exchange, proxy: ProxyServer | undefined): Readonly<Record<string, string>> {
  const { url, headers, body } = one;
  const all: Record<string, string> = { host: url.host, connection: "close", ...headers };
  const login = proxy !== undefined && isForwarded(one) ? writeProxyAuthorization(proxy) : undefined;
  if (login !== undefined) {
    all["proxy-authorization"] = login;
  }
  if (body !== undefined) {
    all["content-length"] = String(Buffer.byteLength(body));
  } else if (["POST", "PUT", "PATCH"].includes(one.method)) {
    all["content-length"] = "0";
  }
  return all;
}

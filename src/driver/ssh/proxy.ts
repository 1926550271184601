// Reaches a host through a SOCKS5 (RFC 1928, 1929) or an HTTP (CONNECT) proxy.
import { isIP, type Socket } from "node:net";
import { failure } from "../../diagnostic/build-error.ts";
import { ByteReader } from "../stream/byte-reader.ts";

/** A proxy on the way to a host. */
export interface ProxyServer {
  readonly kind: "socks5" | "http";
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
}

/** Asks the proxy at the other end of `socket` to connect to `host`:`port`; afterwards the socket leads there. */
export async function connectThrough(proxy: ProxyServer, socket: Socket, host: string, port: number): Promise<void> {
  const reader = new ByteReader(socket);
  try {
    if (proxy.kind === "http") await httpConnect(proxy, socket, reader, host, port);
    else await socksConnect(proxy, socket, reader, host, port);
  } finally {
    reader.release();
  }
}

async function socksConnect(proxy: ProxyServer, socket: Socket, reader: ByteReader, host: string, port: number): Promise<void> {
  const methods = proxy.username === undefined ? [0] : [0, 2];
  socket.write(Uint8Array.from([5, methods.length, ...methods]));
  const [version, method] = await reader.bytes(2);
  if (version !== 5) throw proxyFailure(proxy, "It does not speak SOCKS 5.", "Check the proxy's port, and that it is a SOCKS5 proxy.");
  if (method === 2) await socksLogIn(proxy, socket, reader);
  else if (method !== 0)
    throw proxyFailure(proxy, "It wants a way to log in that was not offered.", "Give the proxy's user name and password.");
  socket.write(Buffer.concat([Uint8Array.from([5, 1, 0]), socksAddress(host), Uint8Array.from([port >> 8, port & 255])]));
  const [, status = 1, , kind] = await reader.bytes(4);
  if (status !== 0) throw proxyFailure(proxy, `It could not connect to ${host}:${port}: ${socksErrors[status] ?? `error ${status}`}.`);
  const addressLength = kind === 1 ? 4 : kind === 4 ? 16 : ((await reader.bytes(1))[0] as number);
  await reader.bytes(addressLength + 2);
}

async function socksLogIn(proxy: ProxyServer, socket: Socket, reader: ByteReader): Promise<void> {
  const user = Buffer.from(proxy.username ?? "");
  const password = Buffer.from(proxy.password ?? "");
  socket.write(Buffer.concat([Uint8Array.from([1, user.length]), user, Uint8Array.from([password.length]), password]));
  const [, status] = await reader.bytes(2);
  if (status !== 0) throw proxyFailure(proxy, "It refused the user name and password.", "Check the proxy's user name and password.");
}

function socksAddress(host: string): Uint8Array {
  if (isIP(host) === 4) return Uint8Array.from([1, ...host.split(".").map(Number)]);
  // Names and IPv6 addresses go as text: the proxy looks them up where it stands.
  const name = Buffer.from(host);
  return Buffer.concat([Uint8Array.from([3, name.length]), name]);
}

const socksErrors: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "its rules do not allow it",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "it took too long",
  7: "it cannot connect to hosts",
  8: "it does not know this kind of address",
};

async function httpConnect(proxy: ProxyServer, socket: Socket, reader: ByteReader, host: string, port: number): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const login =
    proxy.username === undefined
      ? ""
      : `Proxy-Authorization: Basic ${Buffer.from(`${proxy.username}:${proxy.password ?? ""}`).toString("base64")}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${login}\r\n`);
  const status = await reader.line();
  const code = /^HTTP\/1\.[01] (\d{3})/.exec(status)?.[1];
  if (code === undefined) throw proxyFailure(proxy, "It does not speak HTTP.", "Check the proxy's port, and that it is an HTTP proxy.");
  while ((await reader.line()).trim() !== "");
  if (code === "407") throw proxyFailure(proxy, "It wants a log-in or refused the one given.", "Check the proxy's user name and password.");
  if (!code.startsWith("2"))
    throw proxyFailure(proxy, `It would not connect to ${authority}: ${status.trim()}`, "The proxy may only allow port 443.");
}

function proxyFailure(proxy: ProxyServer, detail: string, hint?: string): Error {
  const summary = `The ${proxy.kind === "http" ? "HTTP" : "SOCKS5"} proxy ${proxy.host}:${proxy.port} could not be used`;
  return failure("network", "communicator/ssh-proxy", summary, { detail, ...(hint === undefined ? {} : { hint }) });
}

// Asks a proxy to lead a socket on to another host: SOCKS 5 (RFC 1928, 1929), or CONNECT of HTTP (RFC 9110).
import { isIP, type Socket } from "node:net";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Address, ProxyServer } from "../host.ts";

/** No proxy says more than this before it leads on. */
const LONGEST_HEAD = 64 * 1024;

/** Afterwards the socket, which leads to the proxy, leads to `to`. Throws `http/proxy` when the proxy does not want that. */
export async function openTunnel(proxy: ProxyServer, socket: Socket, to: Address, signal?: AbortSignal): Promise<void> {
  const stop = (): void => void socket.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    signal?.throwIfAborted();
    await (proxy.kind === "socks5" ? connectBySocks(proxy, socket, to) : connectByHttp(proxy, socket, to));
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown instanceof Refusal
      ? thrown.explain(proxy)
      : new Refusal("network", readMessage(thrown)).explain(proxy);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The value of `Proxy-Authorization`, where the proxy wants a log-in. */
export function writeProxyAuthorization({ username, password }: ProxyServer): string | undefined {
  if (username === undefined) {
    return undefined;
  }
  return `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}`;
}

/** `host:port`, with brackets around an IPv6 address. */
export function showAddress({ host, port }: Address): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** The proxy wants a log-in that it was not given, or does not know. */
export function wantsLogin(proxy: ProxyServer): Error {
  return explainLoginRefusal().explain(proxy);
}

function explainLoginRefusal(): Refusal {
  return new Refusal(
    "auth",
    "It wants a log-in or refused the one given.",
    "Check the proxy's user name and password.",
  );
}

class Refusal extends Error {
  readonly #kind: "auth" | "network";
  readonly #hint: string | undefined;

  constructor(kind: "auth" | "network", detail: string, hint?: string) {
    super(detail);
    this.#kind = kind;
    this.#hint = hint;
  }

  explain(proxy: ProxyServer): Error {
    const summary = `The ${proxy.kind === "socks5" ? "SOCKS5" : "HTTP"} proxy ${showAddress(proxy)} could not be used`;
    const more = this.#hint === undefined ? {} : { hint: this.#hint };
    return failure(this.#kind, "http/proxy", summary, { detail: this.message, ...more, cause: this });
  }
}

async function connectBySocks(proxy: ProxyServer, socket: Socket, to: Address): Promise<void> {
  const methods = proxy.username === undefined ? [0] : [0, 2];
  socket.write(Uint8Array.from([5, methods.length, ...methods]));
  const [version, method] = await readExactly(socket, 2);
  if (version !== 5) {
    throw new Refusal(
      "network",
      "It does not speak SOCKS 5.",
      "Check the proxy's port, and that it is a SOCKS5 proxy.",
    );
  }
  if (method === 2) {
    await logIntoSocks(proxy, socket);
  } else if (method !== 0) {
    throw new Refusal(
      "auth",
      "It wants a way to log in that was not offered.",
      "Give the proxy's user name and password.",
    );
  }
  socket.write(
    Buffer.concat([Uint8Array.from([5, 1, 0]), encodeAddress(to.host), Uint8Array.from([to.port >> 8, to.port & 255])]),
  );
  const [, status = 1, , kind] = await readExactly(socket, 4);
  if (status !== 0) {
    throw new Refusal(
      "network",
      `It could not connect to ${to.host}:${to.port}: ${SOCKS_ERRORS[status] ?? `error ${status}`}.`,
    );
  }
  const nameLength = kind === 3 ? ((await readExactly(socket, 1))[0] ?? 0) : undefined;
  await readExactly(socket, (nameLength ?? (kind === 1 ? 4 : 16)) + 2);
}

async function logIntoSocks(proxy: ProxyServer, socket: Socket): Promise<void> {
  const user = Buffer.from(proxy.username ?? "").subarray(0, 255);
  const password = Buffer.from(proxy.password ?? "").subarray(0, 255);
  socket.write(Buffer.concat([Uint8Array.from([1, user.length]), user, Uint8Array.from([password.length]), password]));
  const [, status] = await readExactly(socket, 2);
  if (status !== 0) {
    throw new Refusal("auth", "It refused the user name and password.", "Check the proxy's user name and password.");
  }
}

function encodeAddress(host: string): Uint8Array {
  if (isIP(host) === 4) {
    return Uint8Array.from([1, ...host.split(".").map(Number)]);
  }
  // Names and IPv6 addresses go as text: the proxy looks them up where it stands.
  const name = Buffer.from(host).subarray(0, 255);
  return Buffer.concat([Uint8Array.from([3, name.length]), name]);
}

const SOCKS_ERRORS: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "its rules do not allow it",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "it took too long",
  7: "it cannot connect to hosts",
  8: "it does not know this kind of address",
};

async function connectByHttp(proxy: ProxyServer, socket: Socket, to: Address): Promise<void> {
  const authority = showAddress(to);
  const login = writeProxyAuthorization(proxy);
  const authorization = login === undefined ? "" : `Proxy-Authorization: ${login}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  const [status = ""] = (await readHead(socket)).split("\r\n");
  const [, code] = /^HTTP\/1\.[01] (\d{3})/.exec(status) ?? [];
  if (code === undefined) {
    throw new Refusal("network", "It does not speak HTTP.", "Check the proxy's port, and that it is an HTTP proxy.");
  }
  if (code === "407") {
    throw explainLoginRefusal();
  }
  if (!code.startsWith("2")) {
    const said = status
      .replace(/[^\x20-\x7e]/g, "")
      .slice(0, 200)
      .trim();
    throw new Refusal("network", `It would not connect to ${authority}: ${said}`, "The proxy may only allow port 443.");
  }
}

/** What comes up to an empty line; nothing behind it is taken. */
async function readHead(socket: Socket): Promise<string> {
  let head = "";
  while (!/\r?\n\r?\n$/.test(head.slice(-4))) {
    head += (await readExactly(socket, 1)).toString("latin1");
    if (head.length > 5 && !head.startsWith("HTTP/")) {
      return head;
    }
    if (head.length > LONGEST_HEAD) {
      throw new Error("It sent a line that never ends.");
    }
  }
  return head;
}

/** Exactly so many bytes; the rest stays in the socket. */
function readExactly(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const events = ["end", "close", "error"] as const;
    const settle = (done: () => void): void => {
      socket.off("readable", take);
      for (const event of events) {
        socket.off(event, fail);
      }
      done();
    };
    const take = (): void => {
      const bytes: Buffer | null = socket.read(length);
      if (bytes !== null) {
        settle(() => resolve(bytes));
      }
    };
    const fail = (error?: unknown): void =>
      settle(() => reject(error instanceof Error ? error : new Error("the other side ended the conversation")));
    socket.on("readable", take);
    for (const event of events) {
      socket.on(event, fail);
    }
    if (socket.destroyed || socket.readableEnded) {
      fail();
    } else {
      take();
    }
  });
}

// One kept-alive HTTP connection to a WinRM machine. NTLM authenticates connections, so requests may not wander between them.
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { failure } from "../../diagnostic/build-error.ts";
import type { Network } from "../../host/host.ts";
import { explainConnect, explainDropped, explainTls, explainTunnel, reportNoTunnel } from "./connect-errors.ts";
import { formatWsmanUrl, type HttpEndpoint, WSMAN_PATH } from "./endpoint.ts";

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  /** The values of WWW-Authenticate, one for each scheme. */
  readonly challenges: readonly string[];
  readonly body: Buffer;
}

export interface HttpConnection {
  /** False once the peer has closed it. */
  readonly usable: boolean;
  /** The peer's certificate in DER, on TLS. */
  readonly certificate?: Buffer | undefined;
  post(headers: Readonly<Record<string, string>>, body: string | Uint8Array, signal: AbortSignal): Promise<HttpReply>;
  close(): void;
}

/** No answer is read beyond this: eight times the largest envelope that is asked for. */
export const MAX_ANSWER_BYTES = 4_096_000;

/** Opens a connection, through the proxy and with TLS where the endpoint says so. */
export async function openHttp(network: Network, endpoint: HttpEndpoint, signal: AbortSignal): Promise<HttpConnection> {
  const { tls } = endpoint;
  const way = await openWay(network, endpoint, signal);
  if (tls === undefined) {
    return openConnection(way, endpoint);
  }
  const name = isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {};
  const options = { rejectUnauthorized: !tls.insecure, host: endpoint.host, ...name };
  const secured = await network.secure(way, options, signal).catch((thrown) => {
    way.destroy();
    signal.throwIfAborted();
    throw explainTls(endpoint, thrown);
  });
  return openConnection(secured, endpoint);
}

/** A stream that leads to the machine, or to a proxy that takes its requests as they are. */
async function openWay(network: Network, endpoint: HttpEndpoint, signal: AbortSignal): Promise<Duplex> {
  const { proxy, dial, host, port } = endpoint;
  if (dial !== undefined) {
    return dial({ host, port }, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      throw reportNoTunnel(endpoint, thrown);
    });
  }
  const first = proxy ?? endpoint;
  const fail = (thrown: unknown): never => {
    signal.throwIfAborted();
    throw explainConnect(endpoint, thrown);
  };
  const socket = await network.connect({ host: first.host, port: first.port }, signal).catch(fail);
  if (proxy === undefined) {
    return socket;
  }
  const name = isIP(proxy.host) === 0 ? { servername: proxy.host } : {};
  try {
    const opened =
      proxy.kind === "https" ? await network.secure(socket, { host: proxy.host, ...name }, signal).catch(fail) : socket;
    if (!isForwarded(endpoint)) {
      await network.tunnel(proxy, opened, endpoint, signal);
    }
    return opened;
  } catch (thrown) {
    socket.destroy();
    signal.throwIfAborted();
    throw explainTunnel(endpoint, thrown);
  }
}

/** A proxy for HTTP takes requests for HTTP as they are; everything else goes through a tunnel. */
function isForwarded({ proxy, tls }: HttpEndpoint): boolean {
  return tls === undefined && proxy !== undefined && proxy.kind !== "socks5";
}

/** Hands the same socket to every request; Node's agent then keeps it alive between them. */
class OneSocketAgent extends Agent {
  readonly #socket: Duplex;

  constructor(socket: Duplex) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(): Duplex {
    return this.#socket;
  }

  // A stream that is no socket, such as a tunnel, has nothing to be kept alive and woken by.
  override keepSocketAlive(stream: Duplex): boolean {
    return "setKeepAlive" in stream ? Boolean(super.keepSocketAlive(stream)) : true;
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    if ("ref" in stream) {
      super.reuseSocket(stream, request);
    }
  }
}

function openConnection(socket: Duplex, endpoint: HttpEndpoint): HttpConnection {
  const agent = new OneSocketAgent(socket);
  let open = true;
  socket.once("close", () => {
    open = false;
  });
  socket.once("end", () => {
    open = false;
  });
  socket.on("error", () => {});
  const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate(true).raw : undefined;
  return {
    get usable() {
      return open && !socket.destroyed;
    },
    certificate,
    post: async (headers, body, signal) => {
      try {
        return await post(agent, endpoint, { headers, body }, signal);
      } catch (thrown) {
        open = false;
        socket.destroy();
        throw thrown;
      }
    },
    close() {
      open = false;
      agent.destroy();
      socket.destroy();
    },
  };
}

function post(
  agent: Agent,
  endpoint: HttpEndpoint,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string | Uint8Array },
  signal: AbortSignal,
): Promise<HttpReply> {
  const url = new URL(formatWsmanUrl(endpoint));
  const bytes = Buffer.from(message.body);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent,
      method: "POST",
      path: isForwarded(endpoint) ? url.href : WSMAN_PATH,
      signal,
      headers: {
        Host: url.host,
        "User-Agent": "WS-Management client",
        Connection: "Keep-Alive",
        ...makeProxyHeaders(endpoint),
        ...message.headers,
        "Content-Length": bytes.length,
      },
    });
    outgoing.once("response", (reply) => readReply(endpoint, reply, signal).then(resolve, reject));
    outgoing.once("error", (thrown) => reject(signal.aborted ? signal.reason : explainDropped(endpoint, thrown)));
    outgoing.end(bytes);
  });
}

/** What a proxy that hands requests on, instead of a tunnel, is told with each of them. */
function makeProxyHeaders(endpoint: HttpEndpoint): Readonly<Record<string, string>> {
  const { proxy } = endpoint;
  if (!isForwarded(endpoint) || proxy?.username === undefined) {
    return {};
  }
  return {
    "Proxy-Authorization": `Basic ${Buffer.from(`${proxy.username}:${proxy.password ?? ""}`).toString("base64")}`,
  };
}

async function readReply(endpoint: HttpEndpoint, reply: IncomingMessage, signal: AbortSignal): Promise<HttpReply> {
  const encoding = reply.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    reply.destroy();
    throw failure(
      "network",
      "communicator/winrm-answer",
      `${formatWsmanUrl(endpoint)} sent a compressed answer that was not asked for`,
      {
        detail: `Its Content-Encoding is "${encoding.slice(0, 40)}". Compressed answers are not unpacked.`,
      },
    );
  }
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of reply as AsyncIterable<Buffer>) {
      pieces.push(piece);
      size += piece.length;
      if (size > MAX_ANSWER_BYTES) {
        throw explainTooLarge(endpoint);
      }
    }
  } catch (thrown) {
    if (signal.aborted) {
      throw signal.reason;
    }
    if (size > MAX_ANSWER_BYTES) {
      throw thrown;
    }
    throw explainDropped(endpoint, thrown);
  }
  const challenges = reply.headersDistinct["www-authenticate"] ?? [];
  return {
    status: reply.statusCode ?? 0,
    contentType: reply.headers["content-type"] ?? "",
    challenges: challenges.flatMap(splitChallenges),
    body: Buffer.concat(pieces),
  };
}

function explainTooLarge(endpoint: HttpEndpoint): Error {
  return failure(
    "network",
    "communicator/winrm-answer-size",
    `${formatWsmanUrl(endpoint)} sent an answer of more than ${MAX_ANSWER_BYTES} bytes`,
    {
      detail: "WinRM answers are limited to 512,000 bytes by the request. The rest was not read.",
      hint: "Check that winrm_host and winrm_port name a WinRM service.",
    },
  );
}

/** One header may list several schemes: `Negotiate, Basic realm="WSMAN"`. */
function splitChallenges(header: string): string[] {
  return header
    .split(/,\s*(?=[A-Za-z][A-Za-z0-9-]*(?:\s|,|$))/)
    .map((challenge) => challenge.trim())
    .filter((challenge) => challenge !== "");
}

// An HTTP server for machines that fetch files while they are installed. It answers GET and HEAD with a folder's files, or with texts.
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Host, Listener } from "../../host/host.ts";
import { listPorts, type PortTaker, writeRange } from "../port-range/port-range.ts";
import { type Answer, type Asked, answerPlain, type Responder, withHeaders } from "./answer.ts";
import { serveFolder } from "./folder.ts";
import { serveTexts } from "./texts.ts";

/** What to serve, and where. */
export interface ServeRequest {
  /** Folder to serve. The texts are served when there is none. */
  readonly directory?: string | undefined;
  /** Texts by their paths, which start with a slash. */
  readonly content: Readonly<Record<string, string>>;
  /** The first port that may be taken. */
  readonly portMin: number;
  /** The port after the last, or the same as the first for that one alone. */
  readonly portMax: number;
  readonly address: string;
  /** Who decides which of the ports may be tried; all of them unless set. */
  readonly taker?: PortTaker | undefined;
  /** Called when a request has been answered, with the path as it was asked for. */
  onRequest?(method: string, path: string, status: number): void;
}

export interface RunningServer {
  readonly port: number;
  /** Stops listening and ends open connections. */
  close(): Promise<void>;
}

/** Serves on a random free port of the range until it is closed. */
export async function startHttpServer(
  request: ServeRequest,
  host: Pick<Host, "network" | "random" | "cwd">,
): Promise<RunningServer> {
  const respond = request.directory ? serveFolder(resolve(host.cwd, request.directory)) : serveTexts(request.content);
  // It never listens itself: the host does, and hands over its sockets.
  const server = new Server((message, response) => {
    response.once("close", () => request.onRequest?.(message.method ?? "", readPath(message), response.statusCode));
    void answer(message, response, respond);
  });
  return listenInRange(request, host, (socket) => server.emit("connection", socket));
}

/** Listening is what takes a port, so neither another build nor another process can get the same one. */
async function listenInRange(
  { address, portMin, portMax, taker }: ServeRequest,
  { network, random }: Pick<Host, "network" | "random">,
  onConnection: Parameters<Host["network"]["listen"]>[1],
): Promise<Listener> {
  const range = { from: portMin, to: portMax };
  let denied = false;
  for (const port of listPorts(range, random)) {
    if (taker?.claim(port) === false) {
      continue;
    }
    try {
      return await network.listen({ host: address, port, halfOpen: true }, onConnection);
    } catch (thrown) {
      taker?.giveBack(port);
      const { code } = thrown as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" && code !== "EACCES") {
        throw cannotListen(address, port, thrown);
      }
      denied ||= code === "EACCES";
    }
  }
  throw failure(
    "environment",
    "media/no-port",
    `No port ${writeRange(range)} is free on ${address} for the HTTP server`,
    {
      hint: denied
        ? "Some of these ports are not for everybody: choose others with http_port_min and http_port_max."
        : "Give a wider range with http_port_min and http_port_max.",
    },
  );
}

function cannotListen(address: string, port: number, thrown: unknown): Error {
  const { code } = thrown as NodeJS.ErrnoException;
  const elsewhere = code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EINVAL";
  return failure("environment", "media/listen", `The HTTP server cannot listen on ${address}, port ${port}`, {
    detail: readMessage(thrown),
    hint: elsewhere ? "It has to be an address of this machine: see http_bind_address." : undefined,
    cause: thrown,
  });
}

async function answer(message: IncomingMessage, response: ServerResponse, respond: Responder): Promise<void> {
  const isHead = message.method === "HEAD";
  try {
    const asked = parseRequest(message);
    const { status, headers, body } = "status" in asked ? asked : await respond(asked);
    // "Not modified" has no length of its own, and says nothing of the file's.
    response.writeHead(status, status === 304 ? headers : { "Content-Length": readLength(body), ...headers });
    if (body === undefined || typeof body === "string") {
      response.end(isHead ? undefined : body);
    } else {
      await sendFile(body, response, isHead);
    }
  } catch {
    // The other side went away, or the file did: what was promised cannot be sent any more.
    response.destroy();
  }
}

/** What is asked for, or the answer to what cannot be. */
function parseRequest(message: IncomingMessage): Asked | Answer {
  const { method = "", url = "", headers } = message;
  if (method !== "GET" && method !== "HEAD") {
    return withHeaders(answerPlain(405, "405 only GET and HEAD are answered"), { Allow: "GET, HEAD" });
  }
  const path = readPath(message);
  if (/%(?![0-9a-f]{2})/i.test(path)) {
    return answerPlain(400, "400 Bad Request");
  }
  const query = url.indexOf("?");
  try {
    return { path: decodeURIComponent(path), query: query < 0 ? "" : url.slice(query), headers };
  } catch {
    return answerPlain(404, "404 page not found");
  }
}

/** The path of a request as it was sent, also when a whole address was sent. */
function readPath({ url = "" }: IncomingMessage): string {
  const path = url.replace(/[?#].*$/s, "").replace(/^https?:\/\/[^/]*/i, "");
  return path.startsWith("/") ? path : `/${path}`;
}

function readLength(body: Answer["body"]): number {
  if (body === undefined) {
    return 0;
  }
  return typeof body === "string" ? Buffer.byteLength(body) : body.end - body.start;
}

async function sendFile(
  { file, start, end }: Exclude<Answer["body"], string | undefined>,
  response: ServerResponse,
  isHead: boolean,
): Promise<void> {
  if (isHead || end === start) {
    await file.close();
    response.end();
    return;
  }
  const { socket } = response;
  const stream = file.createReadStream({ start, end: end - 1 });
  await pipeline(stream, response);
  // Without an end of the connection, the other side would wait for what a file that became shorter no longer has.
  if (stream.bytesRead < end - start) {
    socket?.destroy();
  }
}

// HTTP with an engine, over its socket file or TCP: requests, streams, and the connection that an exec takes over.
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from "node:http";
import { isIP, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { noteMistakes } from "../stream/noting.ts";
import type { EngineAddress } from "./endpoint.ts";
import { explainUnreachable } from "./program.ts";

/** Bytes of an answer that is not a stream: a few kilobytes describe a container. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** An engine that can be talked to. */
export interface EngineSocket {
  readonly host: Pick<Host, "network" | "clock">;
  readonly address: EngineAddress;
  /** For people. */
  readonly shown: string;
}

export interface EngineRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly json?: unknown;
  /** A body that is sent as it comes. */
  readonly body?: AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}

export interface EngineReply {
  readonly status: number;
  readonly body: IncomingMessage;
}

/** A connection that has stopped being HTTP. */
export interface TakenOver {
  readonly socket: Socket;
  readonly head: Uint8Array;
}

/** Sends a request; the reply's body is to be read by the caller. */
export async function send(engine: EngineSocket, request: EngineRequest): Promise<EngineReply> {
  const reply = await exchange(engine, request, {});
  if ("socket" in reply) {
    throw explainUnreachable(`The engine at ${engine.shown} took over a connection that was not offered.`);
  }
  return reply;
}

/** Sends a request that asks to take over the connection; gives the reply when the engine would not. */
export function takeOver(engine: EngineSocket, request: EngineRequest): Promise<TakenOver | EngineReply> {
  return exchange(engine, request, { connection: "Upgrade", upgrade: "tcp" });
}

/** What an engine says when it has done what it was asked for, or why not. */
export type EngineAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** The reply's body as JSON, or the engine's message when it refused. */
export async function readAnswer(reply: EngineReply): Promise<EngineAnswer> {
  const text = await readWhole(reply.body);
  const value = parseAnswer(text);
  if (reply.status < 400) {
    return { ok: true, value };
  }
  const message =
    typeof value === "object" && value !== null && "message" in value ? String(value.message) : text.trim();
  return { ok: false, status: reply.status, message };
}

/** A text that an answer must have. */
export function readText(answer: unknown, name: string): string {
  const value: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, name) : undefined;
  if (typeof value === "string") {
    return value;
  }
  throw explainUnreachable(`What answers is not a Docker engine: its answer has no "${name}".`);
}

async function exchange(
  engine: EngineSocket,
  request: EngineRequest,
  headers: OutgoingHttpHeaders,
): Promise<TakenOver | EngineReply> {
  const { request: httpRequest } = await import("node:http");
  const socket = await openSocket(engine, request.signal);
  const text = request.json === undefined ? undefined : JSON.stringify(request.json);
  const options: RequestOptions = {
    method: request.method,
    path: request.path,
    createConnection: () => socket,
    signal: request.signal,
    headers: { host: "docker", connection: "close", ...makeContentHeaders(request, text), ...headers },
  };
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : noteMistakes(request.body);
    const fail = (error: unknown): void => {
      if (request.signal.aborted) {
        reject(request.signal.reason);
      } else {
        reject(
          body?.mistake() ??
            explainUnreachable(`The engine at ${engine.shown} broke off: ${readMessage(error)}`, error),
        );
      }
    };
    const outgoing = httpRequest(options, (body) => resolve({ status: body.statusCode ?? 0, body }));
    outgoing.once("upgrade", (_, taken, head) => resolve({ socket: taken as Socket, head }));
    outgoing.on("error", fail);
    if (body === undefined) {
      return void outgoing.end(text);
    }
    // The engine asks for the body once it knows that it can use it; a refusal comes without one.
    outgoing.once("continue", () => void pipeline(Readable.from(body.content), outgoing).catch(fail));
    outgoing.flushHeaders();
  });
}

async function openSocket(engine: EngineSocket, signal: AbortSignal): Promise<Socket> {
  try {
    return await dial(engine, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw explainUnreachable(`Nothing answers at ${engine.shown}: ${readMessage(thrown)}`, thrown);
  }
}

async function dial({ host: { network }, address }: EngineSocket, signal: AbortSignal): Promise<Socket> {
  if ("path" in address) {
    return network.connect(address, signal);
  }
  const { tls, host, port } = address;
  const socket = await network.connect({ host, port }, signal);
  if (tls === undefined) {
    return socket;
  }
  try {
    // A socket may fail before anybody talks over it; whoever does asks.
    socket.on("error", () => {});
    return await network.secure(socket, { host, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls }, signal);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

function makeContentHeaders(request: EngineRequest, text: string | undefined): OutgoingHttpHeaders {
  if (text !== undefined) {
    return { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  }
  if (request.body !== undefined) {
    return { "content-type": "application/x-tar", "transfer-encoding": "chunked", expect: "100-continue" };
  }
  return { "content-length": 0 };
}

async function readWhole(body: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LARGEST_ANSWER) {
        throw new Error(`it answered more than ${LARGEST_ANSWER / 1024 / 1024} MiB`);
      }
    }
  } catch (thrown) {
    throw explainUnreachable(`The engine broke off: ${readMessage(thrown)}`, thrown);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// HTTP with an engine over its socket file: requests, streams, and the connection that an exec takes over.
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { noteMistakes } from "../stream/noting.ts";
import { explainUnreachable } from "./program.ts";

/** An engine of this machine. */
export interface EngineSocket {
  readonly host: Pick<Host, "network" | "clock">;
  readonly path: string;
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
    throw explainUnreachable(`The engine at ${engine.path} took over a connection that was not offered.`);
  }
  return reply;
}

/** Sends a request that asks to take over the connection; gives the reply when the engine would not. */
export function takeOver(engine: EngineSocket, request: EngineRequest): Promise<TakenOver | EngineReply> {
  return exchange(engine, request, { connection: "Upgrade", upgrade: "tcp" });
}

/** The reply's body as JSON, or the engine's message when it refused. */
export async function readAnswer(
  reply: EngineReply,
): Promise<{ ok: true; value: unknown } | { ok: false; status: number; message: string }> {
  const text = await readText(reply.body);
  const value = parseAnswer(text);
  if (reply.status < 400) {
    return { ok: true, value };
  }
  const message =
    typeof value === "object" && value !== null && "message" in value ? String(value.message) : text.trim();
  return { ok: false, status: reply.status, message };
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
          body?.mistake() ?? explainUnreachable(`The engine at ${engine.path} broke off: ${readMessage(error)}`, error),
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
    return await engine.host.network.connect({ path: engine.path }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw explainUnreachable(`Nothing answers at ${engine.path}: ${readMessage(thrown)}`, thrown);
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

async function readText(body: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
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

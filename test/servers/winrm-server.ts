// A WinRM machine for tests, written from the protocol documents: [MS-WSMV], DSP0226 and [MS-NLMP].
import { X509Certificate } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isSealed, openBody, SEALED_TYPE, sealBody } from "../../src/driver/winrm/sealed-body.ts";
import { type AuthSettings, ConnectionAuth, type Scheme } from "./winrm-auth.ts";
import { Machine } from "./winrm-machine.ts";
import { addPrograms } from "./winrm-programs.ts";
import { Protocol, type ProtocolSettings } from "./winrm-protocol.ts";

export interface WinrmServerOptions extends Partial<ProtocolSettings> {
  readonly users?: Readonly<Record<string, string>> | undefined;
  readonly schemes?: readonly Scheme[] | undefined;
  /** Refuses messages that are neither sealed nor on TLS, as `AllowUnencrypted=false` does; then Basic is not offered on HTTP. */
  readonly allowUnencrypted?: boolean | undefined;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  readonly strictBindings?: boolean | undefined;
  readonly withoutFlags?: number | undefined;
  /** Milliseconds that a round trip takes, a new connection included. */
  readonly roundTrip?: number | undefined;
  readonly port?: number | undefined;
  /** Looks at every authenticated request first; what it returns goes out instead of the machine's answer. */
  intercept?(exchange: Exchange): Interception | undefined | Promise<Interception | undefined>;
}

/** One request as it came, opened if it was sealed. */
export interface Exchange {
  readonly number: number;
  readonly message: string;
  /** The last part of its action: `Create`, `Send` … */
  readonly action: string;
  readonly socket: Socket;
}

/** A raw answer, or the connection cut before or after the machine has acted. */
export type Interception =
  | {
      readonly status: number;
      readonly type: string;
      readonly body: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    }
  | { readonly cut: "before" | "after" };

export interface WinrmServer {
  readonly port: number;
  readonly machine: Machine;
  readonly protocol: Protocol;
  /** Requests that came in, those of authentication included. */
  readonly requests: number;
  /** Actions of the authenticated requests, in order. */
  readonly actions: readonly string[];
  readonly connections: number;
  /** True when every message since the start came sealed. */
  readonly allSealed: boolean;
  /** Cuts all connections. */
  cutAll(): void;
  close(): Promise<void>;
}

/** Starts a machine on a free port of the loopback interface. */
export async function startWinrmServer(options: WinrmServerOptions = {}): Promise<WinrmServer> {
  const state = new ServerState(options);
  const listener: RequestListener = (request, response) => {
    state.handle(request, response).catch((thrown) => {
      if (!response.headersSent) {
        response.writeHead(500, { "Content-Type": "text/plain" });
      }
      response.end(String(thrown));
    });
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.keepAliveTimeout = 120_000;
  server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => state.connected(socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const shell of state.protocol.shells.values()) {
          shell.close();
        }
        state.cutAll();
      }),
  });
}

class ServerState {
  readonly machine = new Machine();
  readonly protocol: Protocol;
  readonly actions: string[] = [];
  requests = 0;
  connections = 0;
  allSealed = true;
  readonly #options: WinrmServerOptions;
  readonly #auth: AuthSettings;
  readonly #sockets = new Map<Socket, ConnectionAuth>();
  readonly #fresh = new WeakSet<Socket>();

  constructor(options: WinrmServerOptions) {
    this.#options = options;
    addPrograms(this.machine);
    this.protocol = new Protocol(this.machine, {
      maxEnvelopeKb: options.maxEnvelopeKb ?? 500,
      maxTimeoutMs: options.maxTimeoutMs ?? 60_000,
      maxShells: options.maxShells ?? 30,
      repeatedIds: options.repeatedIds ?? false,
      administrator: options.administrator ?? true,
    });
    const schemes = options.schemes ?? ["Negotiate", "Basic"];
    const basicAllowed = options.tls !== undefined || (options.allowUnencrypted ?? true);
    this.#auth = {
      users: options.users ?? { vagrant: "vagrant" },
      schemes: basicAllowed ? schemes : schemes.filter((scheme) => scheme !== "Basic"),
      strictBindings: options.strictBindings ?? false,
      withoutFlags: options.withoutFlags ?? 0,
      certificate: options.tls === undefined ? undefined : new X509Certificate(options.tls.cert).raw,
    };
  }

  connected(socket: Socket): void {
    this.connections += 1;
    this.#sockets.set(socket, new ConnectionAuth(this.#auth));
    this.#fresh.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
  }

  cutAll(): void {
    for (const socket of this.#sockets.keys()) {
      socket.destroy();
    }
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    if (this.#options.roundTrip) {
      await sleep(this.#fresh.delete(request.socket) ? this.#options.roundTrip * 2 : this.#options.roundTrip);
    }
    const connection = this.#sockets.get(request.socket);
    if (connection === undefined) {
      return;
    }
    const verdict = connection.check(request);
    if (verdict.is === "refused") {
      return refuse(response, verdict.challenges);
    }
    if (body.length === 0) {
      return void response.writeHead(200, { Server: "Microsoft-HTTPAPI/2.0", "Content-Length": 0 }).end();
    }
    await this.#converse(request, response, connection, body);
  }

  async #converse(
    request: IncomingMessage,
    response: ServerResponse,
    connection: ConnectionAuth,
    body: Buffer,
  ): Promise<void> {
    const type = request.headers["content-type"] ?? "";
    const sealed = isSealed(type);
    this.allSealed &&= sealed;
    const opened = !sealed ? body : connection.session && openBody(connection.session, type, body);
    if (opened === undefined) {
      return void response.writeHead(400).end();
    }
    const unprotected = !sealed && this.#options.tls === undefined;
    if (unprotected && this.#options.allowUnencrypted === false) {
      return refuse(response, ["Negotiate"]);
    }
    const message = opened.toString("utf8");
    const action = /\/(\w+)<\/[\w]*:?Action>/.exec(message)?.[1] ?? "";
    this.actions.push(action);
    const exchange: Exchange = { number: this.actions.length, message, action, socket: request.socket };
    const instead = await this.#options.intercept?.(exchange);
    if (instead !== undefined && "status" in instead) {
      return void response
        .writeHead(instead.status, { "Content-Type": instead.type, ...instead.headers })
        .end(instead.body);
    }
    if (instead?.cut === "before") {
      return void request.socket.destroy();
    }
    const reply = await this.protocol.answer(message);
    if (instead?.cut === "after") {
      return void request.socket.destroy();
    }
    const session = sealed ? connection.session : undefined;
    const payload = session === undefined ? Buffer.from(reply.body) : sealBody(session, reply.body);
    const contentType = session === undefined ? "application/soap+xml;charset=UTF-8" : SEALED_TYPE;
    response.writeHead(reply.status, {
      Server: "Microsoft-HTTPAPI/2.0",
      "Content-Type": contentType,
      "Content-Length": payload.length,
    });
    response.end(payload);
  }
}

function refuse(response: ServerResponse, challenges: readonly string[]): void {
  response
    .writeHead(401, { Server: "Microsoft-HTTPAPI/2.0", "WWW-Authenticate": [...challenges], "Content-Length": 0 })
    .end();
}

// A WS-Management client for command shells: [MS-WSMV]. It knows machines, shells and commands, and nothing of builds.
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import type { XmlElement } from "../xml/xml.ts";
import { type Received, readAnswer, readCommandId, readEnvelopeLimit, readReceived, readShellId } from "./answer.ts";
import { type Access, type AuthenticatedConnection, openAuthenticated, type WinrmHost } from "./authenticated.ts";
import { formatWsmanUrl, type HttpEndpoint } from "./endpoint.ts";
import * as message from "./envelope.ts";
import { isOperationTimeout, isTooLarge, WsmanFaultError } from "./fault.ts";

/** Seconds that a machine may hold a request. Its own limit is 60 unless someone raised it, so longer is refused by many. */
const OPERATION_TIMEOUT = 60;
/** Milliseconds that an answer may take beyond that, for the network and a busy machine. */
const ANSWER_GRACE = 30_000;
/** Milliseconds to open and authenticate a connection. */
const CONNECT_LIMIT = 30_000;
/** Smallest limit of requests that WinRM is delivered with, in bytes (Windows 7); newer machines take 500 KiB. */
const SMALLEST_ENVELOPE = 150 * 1024;
/** The largest request that is made even if a machine takes more. */
const LARGEST_ENVELOPE = 4 * 1024 * 1024;
/** Room for all of a Send request but its data. */
const SEND_OVERHEAD = 4096;

/** What does no harm when a machine does it twice. Starting a command and sending input are not among it. */
const REPEATABLE: ReadonlySet<string> = new Set([
  message.ACTION.create,
  message.ACTION.delete,
  message.ACTION.get,
  message.ACTION.signal,
]);

/** A piece of a command's standard input; nothing may follow the last one. */
export interface CommandInput {
  readonly data: Uint8Array;
  readonly end: boolean;
}

export interface WinrmClient {
  readonly endpoint: HttpEndpoint;
  readonly host: WinrmHost;
  createShell(signal: AbortSignal, environment?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts a command line and gives its id. With `piped` its standard input is a pipe that `send` fills. */
  start(shell: string, commandLine: string, piped: boolean, signal: AbortSignal): Promise<string>;
  /** Waits for output or the end; `undefined` when there was neither within the time a request may take. */
  receive(shell: string, command: string, signal: AbortSignal): Promise<Received | undefined>;
  send(shell: string, command: string, input: CommandInput, signal: AbortSignal): Promise<void>;
  terminate(shell: string, command: string, signal: AbortSignal): Promise<void>;
  deleteShell(shell: string, signal: AbortSignal): Promise<void>;
  /** Bytes of standard input that one `send` may carry: asked of the machine once. */
  sendLimit(signal: AbortSignal): Promise<number>;
  /** Number of requests sent so far. */
  readonly requests: number;
  close(): void;
}

/** A client for one machine. Nothing is sent before the first call. */
export function openWinrmClient(host: WinrmHost, endpoint: HttpEndpoint, access: Access): WinrmClient {
  return new Client(host, endpoint, access);
}

class Client implements WinrmClient {
  readonly host: WinrmHost;
  readonly endpoint: HttpEndpoint;
  requests = 0;
  readonly #access: Access;
  readonly #idle: AuthenticatedConnection[] = [];
  readonly #closing = new AbortController();
  #envelopeLimit: number | undefined;

  constructor(host: WinrmHost, endpoint: HttpEndpoint, access: Access) {
    this.host = host;
    this.endpoint = endpoint;
    this.#access = access;
  }

  async createShell(signal: AbortSignal, environment: Readonly<Record<string, string>> = {}): Promise<string> {
    return readShellId(this.endpoint, await this.#request("open a shell", message.createShell(environment), signal));
  }

  async start(shell: string, commandLine: string, piped: boolean, signal: AbortSignal): Promise<string> {
    const answer = await this.#request("start a command", message.startCommand(shell, commandLine, piped), signal);
    return readCommandId(this.endpoint, answer);
  }

  async receive(shell: string, command: string, signal: AbortSignal): Promise<Received | undefined> {
    try {
      return readReceived(
        this.endpoint,
        await this.#request("give a command's output", message.receiveOutput(shell, command), signal),
      );
    } catch (thrown) {
      if (thrown instanceof WsmanFaultError && isOperationTimeout(thrown.fault)) {
        return undefined;
      }
      throw thrown;
    }
  }

  async send(shell: string, command: string, { data, end }: CommandInput, signal: AbortSignal): Promise<void> {
    try {
      await this.#request("take a command's input", message.sendInput(shell, command, data, end), signal);
    } catch (thrown) {
      if (thrown instanceof WsmanFaultError && isTooLarge(thrown.fault)) {
        this.#envelopeLimit = SMALLEST_ENVELOPE;
      }
      throw thrown;
    }
  }

  async terminate(shell: string, command: string, signal: AbortSignal): Promise<void> {
    await this.#request("end a command", message.signalCommand(shell, command, message.SIGNAL_TERMINATE), signal);
  }

  async deleteShell(shell: string, signal: AbortSignal): Promise<void> {
    await this.#request("close a shell", message.deleteShell(shell), signal);
  }

  async sendLimit(signal: AbortSignal): Promise<number> {
    this.#envelopeLimit ??= await this.#askEnvelopeLimit(signal);
    const room = Math.min(Math.max(this.#envelopeLimit, 16 * 1024), LARGEST_ENVELOPE) - SEND_OVERHEAD;
    return Math.floor(room / 4) * 3;
  }

  /** Only administrators may read the configuration: others get the smallest size that every machine takes. */
  async #askEnvelopeLimit(signal: AbortSignal): Promise<number> {
    try {
      return (
        readEnvelopeLimit(await this.#request("show its configuration", message.getConfig(), signal)) ??
        SMALLEST_ENVELOPE
      );
    } catch (thrown) {
      if (thrown instanceof WsmanFaultError) {
        return SMALLEST_ENVELOPE;
      }
      throw thrown;
    }
  }

  /**
   * Sends a request on an idle connection, or a new one. A machine may close an idle connection at any moment:
   * what may happen twice is then sent again.
   */
  async #request(asked: string, request: message.WsmanRequest, signal: AbortSignal): Promise<XmlElement> {
    const reused = this.#takeIdle();
    if (reused === undefined) {
      return this.#exchange(await this.#connect(signal), asked, request, signal);
    }
    try {
      return await this.#exchange(reused, asked, request, signal);
    } catch (thrown) {
      if (!REPEATABLE.has(request.action) || !isConnectionLoss(thrown) || signal.aborted) {
        throw thrown;
      }
      return this.#exchange(await this.#connect(signal), asked, request, signal);
    }
  }

  async #exchange(
    connection: AuthenticatedConnection,
    asked: string,
    request: message.WsmanRequest,
    signal: AbortSignal,
  ): Promise<XmlElement> {
    const addressing = {
      url: formatWsmanUrl(this.endpoint),
      messageId: this.host.random.uuid().toUpperCase(),
      operationTimeout: OPERATION_TIMEOUT,
    };
    this.requests += 1;
    const limit = OPERATION_TIMEOUT * 1000 + ANSWER_GRACE;
    const text = message.writeEnvelope(request, addressing);
    const send = (inner: AbortSignal): ReturnType<AuthenticatedConnection["exchange"]> =>
      connection.exchange(text, inner);
    try {
      const reply = await this.host.clock.within(limit, this.#either(signal), send, () => this.#silent(asked));
      return readAnswer(this.endpoint, asked, reply);
    } finally {
      this.#giveBack(connection);
    }
  }

  #takeIdle(): AuthenticatedConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.usable) {
        return idle;
      }
      idle.close();
    }
    return undefined;
  }

  #connect(signal: AbortSignal): Promise<AuthenticatedConnection> {
    const open = (inner: AbortSignal): Promise<AuthenticatedConnection> =>
      openAuthenticated(this.host, this.endpoint, this.#access, inner);
    return this.host.clock.within(CONNECT_LIMIT, this.#either(signal), open, () => this.#silent("connect"));
  }

  #giveBack(connection: AuthenticatedConnection): void {
    if (connection.usable && !this.#closing.signal.aborted) {
      this.#idle.push(connection);
    } else {
      connection.close();
    }
  }

  #either(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closing.signal]);
  }

  #silent(asked: string): BuildError {
    const { host, port } = this.endpoint;
    return failure("network", "communicator/winrm-silent", `${host}:${port} does not answer when asked to ${asked}`, {
      hint: "The machine may be restarting or overloaded, or a firewall drops its packets.",
    });
  }

  close(): void {
    this.#closing.abort(
      new BuildError("cancelled", {
        code: "host/cancelled",
        severity: "error",
        summary: "The WinRM connection was closed",
      }),
    );
    for (const connection of this.#idle.splice(0)) {
      connection.close();
    }
  }
}

/** True when a request failed because the connection or the machine went away, and not because of what was asked. */
export function isConnectionLoss(thrown: unknown): boolean {
  if (!(thrown instanceof BuildError)) {
    return false;
  }
  return thrown.diagnostics.some(({ code }) => CONNECTION_LOSSES.has(code));
}

const CONNECTION_LOSSES: ReadonlySet<string> = new Set([
  "communicator/winrm-dropped",
  "communicator/winrm-silent",
  "communicator/winrm-refused",
  "communicator/winrm-unreachable",
  "communicator/winrm-proxy",
]);

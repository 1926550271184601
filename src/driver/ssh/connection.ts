// Opens an SSH connection, and says where it stands while it does.
import type { Duplex } from "node:stream";
import type { BaseAgent, Client, ConnectConfig } from "ssh2";
import type { Host } from "../../host/host.ts";
import { algorithmsFor } from "./algorithms.ts";
import { type Authentication, makeAgent, prepareAuthentication } from "./authentication.ts";
import { sendCertificates } from "./certificate-login.ts";
import { DeadlineOver, notDoneWithin } from "./deadline.ts";
import { type AttemptState, explainAttempt } from "./failures.ts";
import { loadSsh2 } from "./load.ts";
import type { SshPhase } from "./phase.ts";
import { fingerprint } from "./private-key.ts";
import { formatAddress, openRoute, type Route } from "./route.ts";
import { watchSilence } from "./silence.ts";
import type { SshConnection, SshTarget } from "./target.ts";

export type { SshConnection, SshTarget } from "./target.ts";

const HANDSHAKE_TIMEOUT = 60_000;

const LONGEST_BANNER = 4096;

/** Connects and logs in. Throws a `BuildError` that says which step failed and what to try. Host keys are not verified, as in Packer. */
export async function connectSsh(
  host: Host,
  target: SshTarget,
  signal: AbortSignal,
  onPhase: (at: SshPhase) => void = () => {},
): Promise<SshConnection> {
  return new Attempt(host, target, onPhase).connect(signal);
}

/** One attempt to connect: to what, and where it stands. */
class Attempt {
  readonly #host: Host;
  readonly #target: SshTarget;
  readonly #onPhase: (at: SshPhase) => void;
  readonly #state: AttemptState;
  #isOver = false;

  constructor(host: Host, target: SshTarget, onPhase: (at: SshPhase) => void) {
    this.#host = host;
    this.#target = target;
    this.#onPhase = onPhase;
    this.#state = {
      target: formatAddress(target.host, target.port),
      at: { phase: "resolving", host: target.host },
      heard: "",
      algorithms: new Map(),
      credentials: target.credentials,
    };
  }

  async connect(signal: AbortSignal): Promise<SshConnection> {
    let route: Route | undefined;
    try {
      // First of all: it needs only this machine.
      const authentication = await prepareAuthentication(this.#host, this.#target.credentials, (record, trying) =>
        this.#enter({ phase: "authentication", offered: record.offered, trying }),
      );
      this.#state.record = authentication.record;
      const way = await this.#openRoute(signal);
      route = way;
      this.#enter({ phase: "banner", address: this.#state.target, answeredBy: this.#target.answeredBy });
      const limit = this.#target.handshakeTimeout ?? HANDSHAKE_TIMEOUT;
      const shake = (inner: AbortSignal): Promise<SshConnection> => this.#handshake(way, authentication, inner);
      return await this.#host.clock.within(limit, signal, shake, notDoneWithin(limit));
    } catch (thrown) {
      route?.stream.destroy();
      await route?.bastion?.close();
      signal.throwIfAborted();
      throw explainAttempt(thrown, this.#state, thrown instanceof DeadlineOver);
    }
  }

  #enter(at: SshPhase): void {
    if (this.#isOver) {
      return;
    }
    this.#state.at = at;
    this.#onPhase(at);
  }

  #openRoute(signal: AbortSignal): Promise<Route> {
    const journey = { host: this.#host, signal, onPhase: (at: SshPhase) => this.#enter(at) };
    return openRoute(journey, this.#target, (bastion) => connectSsh(this.#host, bastion, signal, this.#onPhase));
  }

  async #handshake(route: Route, authentication: Authentication, signal: AbortSignal): Promise<SshConnection> {
    const ssh2 = await loadSsh2();
    const { forwardAgent } = this.#target;
    const forwarded =
      forwardAgent === undefined ? undefined : await makeAgent(this.#host, forwardAgent, [], new WeakMap());
    signal.throwIfAborted();
    const client = new ssh2.Client();
    // Every command listens for the connection's end.
    client.setMaxListeners(0);
    const opened = this.#untilReady(client);
    opened.catch(() => {});
    const connection = this.#connectionOver(client, route);
    // The library only hears of what happens from now on.
    if (route.stream.destroyed || route.stream.readableEnded) {
      throw route.stream.errored ?? new Error("the connection was closed");
    }
    client.connect(this.#settingsFor(route.stream, authentication, forwarded));
    sendCertificates(client, authentication.certificates);
    this.#listenForBanner(route.stream);
    await opened;
    // Keys are exchanged again from time to time; that is no step of connecting any more.
    this.#isOver = true;
    quieten(client);
    // What follows a log-in is many small packets; waiting to fill one costs a round trip each.
    client.setNoDelay(true);
    watchSilence(this.#host.clock, connection, this.#target.silence ?? 0);
    return connection;
  }

  #untilReady(client: Client): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      client.once("ready", resolve);
      client.once("handshake", () =>
        this.#enter({ phase: "authentication", offered: [], trying: "asking what the server accepts" }),
      );
      client.once("close", () => reject(new Error("the connection was closed")));
      client.on("error", (error: Error & { level?: string; code?: unknown }) => {
        // An agent that cannot sign with one key goes on with the next.
        if (error.level === "agent") {
          return;
        }
        if (typeof error.code === "number") {
          this.#state.farewell = error.message;
        }
        reject(error);
      });
    });
  }

  #settingsFor(stream: Duplex, authentication: Authentication, forwarded: BaseAgent | undefined): ConnectConfig {
    const settings: ConnectConfig = {
      sock: stream,
      username: this.#target.credentials.username,
      readyTimeout: 0,
      authHandler: authentication.handler,
      keepaliveInterval: this.#target.keepAlive ?? 0,
      // How long an answer may take is decided by `silence`.
      keepaliveCountMax: Number.POSITIVE_INFINITY,
      hostVerifier: (key: Buffer) => {
        const hostKey = fingerprint(key);
        this.#state.hostKey = hostKey;
        this.#enter({ phase: "host key", fingerprint: hostKey });
        return true;
      },
      debug: (line: string) => this.#noteAlgorithms(line),
      algorithms: algorithmsFor(this.#target),
    };
    // The library's types want a field that is there or not.
    return forwarded === undefined ? settings : { ...settings, agent: forwarded };
  }

  /** The lists both sides offered appear only in the library's debug output. */
  #noteAlgorithms(line: string): void {
    const [, side, what, list = ""] = /^Handshake: \((local|remote)\) ([^:]+): (.*)$/.exec(line) ?? [];
    if (side === undefined || what === undefined) {
      return;
    }
    const spoken = what === "KEX method" ? "key exchange algorithm" : what.toLowerCase();
    this.#state.algorithms.set(`${side} ${spoken}`, list).set(`${side} ${what}`, list);
  }

  /** Watches the first bytes for the server's identification line; the library reads the same bytes. */
  #listenForBanner(stream: Duplex): void {
    const listen = (chunk: Buffer): void => {
      this.#state.heard += chunk.toString("latin1");
      const identification = /^SSH-[^\r\n]*(?=\r?\n)/m.exec(this.#state.heard)?.[0];
      if (identification === undefined && this.#state.heard.length < LONGEST_BANNER) {
        return;
      }
      stream.off("data", listen);
      if (identification === undefined) {
        return;
      }
      this.#state.heard = identification;
      this.#enter({ phase: "key exchange", server: identification });
    };
    stream.on("data", listen);
  }

  #connectionOver(client: Client, route: Route): SshConnection {
    const state = this.#state;
    let isOpen = true;
    let asked = false;
    let reason: Error | undefined;
    client.on("error", (error) => {
      reason ??= error;
    });
    const ended = new Promise<Error | undefined>((resolve) => {
      client.once("close", () => {
        isOpen = false;
        // Closing both together: the way to the machine has no other use.
        void route.bastion?.close();
        resolve(asked ? undefined : (reason ?? new Error("the connection was closed by the other side")));
      });
    });
    return {
      client,
      stream: route.stream,
      target: this.#target,
      host: this.#host,
      ended,
      agentForwarding: this.#target.forwardAgent !== undefined,
      get server() {
        return state.heard;
      },
      get hostKey() {
        return state.hostKey ?? "";
      },
      get isOpen() {
        return isOpen;
      },
      get lostBecause() {
        return isOpen || asked ? undefined : reason;
      },
      async close() {
        asked = true;
        if (isOpen) {
          client.end();
          route.stream.destroy();
          await ended;
        }
        await route.bastion?.close();
      },
    };
  }
}

/** Stops the debug output: the library would build a text for every packet. */
function quieten(client: Client): void {
  const inner = client as unknown as { _protocol: { _debug?: unknown }; config: { debug?: unknown } };
  inner._protocol._debug = undefined;
  inner.config.debug = undefined;
}

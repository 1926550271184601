// Opens an SSH connection, and says where it stands while it does.
import type { Duplex } from "node:stream";
import type { BaseAgent, CipherAlgorithm, Client, ConnectConfig, KexAlgorithm } from "ssh2";
import type { Host } from "../../host/host.ts";
import { type Authentication, agentWith, prepareAuthentication } from "./authentication.ts";
import { sendCertificates } from "./certificate-login.ts";
import { DeadlineOver, notDoneWithin } from "./deadline.ts";
import { type AttemptState, explain } from "./failures.ts";
import { loadSsh2 } from "./load.ts";
import type { SshPhase } from "./phase.ts";
import { fingerprint } from "./private-key.ts";
import { addressOf, openRoute, type Route } from "./route.ts";
import { watchSilence } from "./silence.ts";
import type { SshConnection, SshTarget } from "./target.ts";

export type { SshConnection, SshTarget } from "./target.ts";

const HANDSHAKE_TIMEOUT = 60_000;

/** Connects and logs in. Throws a `BuildError` that says which step failed and what to try. Host keys are not verified, as in Packer. */
export async function connectSsh(
  host: Host,
  target: SshTarget,
  signal: AbortSignal,
  onPhase: (at: SshPhase) => void = () => {},
): Promise<SshConnection> {
  const address = addressOf(target.host, target.port);
  const { credentials } = target;
  const state: AttemptState = {
    target: address,
    at: { phase: "resolving", host: target.host },
    heard: "",
    algorithms: new Map(),
    credentials,
  };
  const enter = (at: SshPhase): void => {
    state.at = at;
    onPhase(at);
  };
  let route: Route | undefined;
  try {
    // First of all: it needs only this machine.
    const authentication = await prepareAuthentication(host, credentials, (record, trying) =>
      enter({ phase: "authentication", offered: record.offered, trying }),
    );
    state.record = authentication.record;
    const way = await openRoute(host, target, signal, enter, (bastion) => connectSsh(host, bastion, signal, onPhase));
    route = way;
    enter({ phase: "banner", address });
    const limit = target.handshakeTimeout ?? HANDSHAKE_TIMEOUT;
    const shake = (inner: AbortSignal): Promise<SshConnection> =>
      handshake(host, target, way, authentication, state, enter, inner);
    return await host.clock.within(limit, signal, shake, notDoneWithin(limit));
  } catch (thrown) {
    route?.stream.destroy();
    await route?.bastion?.close();
    signal.throwIfAborted();
    throw explain(thrown, state, thrown instanceof DeadlineOver);
  }
}

async function handshake(
  host: Host,
  target: SshTarget,
  route: Route,
  authentication: Authentication,
  state: AttemptState,
  enter: (at: SshPhase) => void,
  signal: AbortSignal,
): Promise<SshConnection> {
  const ssh2 = await loadSsh2();
  const forwarded =
    target.forwardAgent === undefined ? undefined : await agentWith(host, target.forwardAgent, [], new WeakMap());
  signal.throwIfAborted();
  const client = new ssh2.Client();
  // Every command listens for the connection's end.
  client.setMaxListeners(0);
  const config = configOf(target, route.stream, authentication, forwarded, state, enter);
  const opened = new Promise<void>((resolve, reject) => {
    client.once("ready", resolve);
    client.once("handshake", () =>
      enter({ phase: "authentication", offered: [], trying: "asking what the server accepts" }),
    );
    client.once("close", () => reject(new Error("the connection was closed")));
    client.on("error", (error: Error & { level?: string; code?: unknown }) => {
      // An agent that cannot sign with one key goes on with the next.
      if (error.level === "agent") {
        return;
      }
      if (typeof error.code === "number") {
        state.farewell = error.message;
      }
      reject(error);
    });
  });
  opened.catch(() => {});
  const connection = connectionOver(host, client, route, target, state);
  // The library only hears of what happens from now on.
  if (route.stream.destroyed || route.stream.readableEnded) {
    throw route.stream.errored ?? new Error("the connection was closed");
  }
  client.connect(config);
  sendCertificates(client, authentication.certificates);
  listenForBanner(route.stream, state, enter);
  await opened;
  quieten(client);
  // What follows a log-in is many small packets; waiting to fill one costs a round trip each.
  client.setNoDelay(true);
  watchSilence(host.clock, connection, target.silence ?? 0);
  return connection;
}

function configOf(
  target: SshTarget,
  stream: Duplex,
  authentication: Authentication,
  forwarded: BaseAgent | undefined,
  state: AttemptState,
  enter: (at: SshPhase) => void,
): ConnectConfig {
  const { ciphers = [], keyExchange = [] } = target;
  return {
    sock: stream,
    username: target.credentials.username,
    readyTimeout: 0,
    authHandler: authentication.handler,
    keepaliveInterval: target.keepAlive ?? 0,
    // How long an answer may take is decided by `silence`.
    keepaliveCountMax: Number.POSITIVE_INFINITY,
    hostVerifier: (key: Buffer) => {
      state.hostKey = fingerprint(key);
      enter({ phase: "host key", fingerprint: state.hostKey });
      return true;
    },
    debug: (line: string) => noteAlgorithms(line, state),
    ...(forwarded === undefined ? {} : { agent: forwarded }),
    algorithms: {
      ...(ciphers.length === 0 ? {} : { cipher: ciphers as CipherAlgorithm[] }),
      ...(keyExchange.length === 0 ? {} : { kex: keyExchange as KexAlgorithm[] }),
    },
  };
}

/** The lists both sides offered appear only in the library's debug output. */
function noteAlgorithms(line: string, state: AttemptState): void {
  const [, side, what, list] = /^Handshake: \((local|remote)\) ([^:]+): (.*)$/.exec(line) ?? [];
  if (side !== undefined) {
    state.algorithms.set(
      `${side} ${what === "KEX method" ? "key exchange algorithm" : what?.toLowerCase()}`,
      list ?? "",
    );
  }
  if (side !== undefined && what !== undefined) {
    state.algorithms.set(`${side} ${what}`, list ?? "");
  }
}

/** Stops the debug output: the library would build a text for every packet. */
function quieten(client: Client): void {
  const inner = client as unknown as { _protocol: { _debug?: unknown }; config: { debug?: unknown } };
  inner._protocol._debug = undefined;
  inner.config.debug = undefined;
}

const LONGEST_BANNER = 4096;

/** Watches the first bytes for the server's identification line; the library reads the same bytes. */
function listenForBanner(stream: Duplex, state: AttemptState, enter: (at: SshPhase) => void): void {
  const listen = (chunk: Buffer): void => {
    state.heard += chunk.toString("latin1");
    const identification = /^SSH-[^\r\n]*(?=\r?\n)/m.exec(state.heard)?.[0];
    if (identification === undefined && state.heard.length < LONGEST_BANNER) {
      return;
    }
    stream.off("data", listen);
    if (identification === undefined) {
      return;
    }
    state.heard = identification;
    enter({ phase: "key exchange", server: identification });
  };
  stream.on("data", listen);
}

function connectionOver(
  host: Host,
  client: Client,
  route: Route,
  target: SshTarget,
  state: AttemptState,
): SshConnection {
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
    target,
    host,
    ended,
    agentForwarding: target.forwardAgent !== undefined,
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

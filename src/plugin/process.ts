// A running plugin: one process that serves one component, until its connection is closed.
import type { Duplex } from "node:stream";
import { BuildError, failure, readMessage } from "../diagnostic/build-error.ts";
import type { Host, RunningProcess } from "../host/host.ts";
import { OwnWords } from "./own-words.ts";
import { Broker, MAIN_STREAM } from "./wire/broker.ts";
import { readHandshake } from "./wire/handshake.ts";
import { RpcClient, RpcFault } from "./wire/rpc.ts";

/** Milliseconds from the start of a plugin to its introduction. */
const START_LIMIT = 60_000;
/** Milliseconds that a plugin gets to end by itself once its connection is closed: it removes its machine in that time. */
const END_LIMIT = 30_000;
/** Milliseconds to an answer that takes no work. */
const ANSWER_LIMIT = 120_000;
/** Milliseconds that a plugin which has stopped answering gets to end. */
const LAST_WORDS = 1_000;
/** Characters of the line with which a plugin introduces itself. */
const LONGEST_HANDSHAKE = 4096;

/** Shows a plugin that it was started by a host. The value is the protocol's. */
const COOKIE = {
  PACKER_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PACKER_PLUGIN_MIN_PORT: "10000",
  PACKER_PLUGIN_MAX_PORT: "25000",
};

/** The component of a plugin that a process is to serve. */
export interface PluginPart {
  /** The file of the plugin. */
  readonly path: string;
  /** For messages, such as `docker v1.1.2`. */
  readonly title: string;
  readonly kind: "builder" | "provisioner" | "post-processor" | "datasource";
  /** As the plugin itself calls it. */
  readonly name: string;
  /** It knows Protocol Buffers; else gob is spoken with it. */
  readonly usesProtobuf: boolean;
}

/** What starting a plugin needs. */
export interface PluginWorld {
  readonly host: Pick<Host, "clock" | "network" | "processes" | "random" | "tempDir">;
  /** Changes to the environment. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Every line that the plugin says beside the protocol. */
  log(line: string): void;
  readonly signal?: AbortSignal | undefined;
}

/** A plugin that answers. */
export interface RunningPlugin {
  readonly part: PluginPart;
  readonly pid: number;
  readonly broker: Broker;
  /**
   * Calls a method of the component. Rejects with `BuildError`: `plugin/crashed` when the plugin ends meanwhile; what the plugin
   * itself says went wrong is thrown as `RpcFault`.
   */
  call(method: string, argument?: unknown): Promise<unknown>;
  /** The same for what takes no time: a plugin that does not answer within two minutes is ended. */
  ask(method: string, argument?: unknown): Promise<unknown>;
  /** Opens what the plugin serves under a number; calls there reject in the same way. */
  dial(id: number): Promise<PluginService>;
  /** Closes the connection, which makes a plugin clean up and end, and waits for that. Kills it when it does not end in time. */
  close(): Promise<void>;
}

/** Something that a plugin serves on a stream of its own: an artifact, a connection to a machine. */
export interface PluginService {
  call(method: string, argument?: unknown): Promise<unknown>;
  close(): void;
}

/** Starts a plugin and connects to it. Throws `BuildError`. */
export async function startPlugin(part: PluginPart, world: PluginWorld): Promise<RunningPlugin> {
  const words = await OwnWords.open(world.host, world.log);
  const encoding = part.usesProtobuf ? ["--protobuf"] : [];
  let child: RunningProcess | undefined;
  try {
    child = await world.host.processes.start([part.path, "start", part.kind, ...encoding, part.name], {
      stdin: "ignore",
      stderr: words.fd,
      env: { ...world.env, ...COOKIE },
    });
    const started: Started = { part, child, words, world };
    return new ConnectedPlugin(started, await connect(started));
  } catch (thrown) {
    child?.kill("SIGKILL");
    await words.close();
    throw thrown;
  }
}

/** A process that may become a plugin. */
interface Started {
  readonly part: PluginPart;
  readonly child: RunningProcess;
  readonly words: OwnWords;
  readonly world: PluginWorld;
}

async function connect(started: Started): Promise<Duplex> {
  const { child, part, world } = started;
  const { clock, network } = world.host;
  const tooLate = new Error("too late");
  const line = await clock
    .within(
      START_LIMIT,
      world.signal,
      () => readFirstLine(child),
      () => tooLate,
    )
    .catch(async (thrown: unknown) => {
      const what = "was started and did not introduce itself within a minute";
      throw thrown === tooLate ? await explainEnd(started, "plugin/silent", what) : thrown;
    });
  if (line === undefined) {
    throw await explainEnd(started, "plugin/exited", "ended before it could be spoken to");
  }
  const address = readHandshake(line, part.title);
  try {
    return await clock.within(
      START_LIMIT,
      undefined,
      (signal) => network.connect(address, signal),
      () => tooLate,
    );
  } catch (thrown) {
    const where = "path" in address ? address.path : `${address.host}:${address.port}`;
    const what = `says that it listens at ${where}, but there: ${readMessage(thrown)}`;
    throw await explainEnd(started, "plugin/unreachable", what);
  }
}

/** The line with which a plugin introduces itself; `undefined` when it ends without one. */
function readFirstLine(child: RunningProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const take = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes("\n") || text.length > LONGEST_HANDSHAKE) {
        settle(text.split("\n")[0]?.slice(0, LONGEST_HANDSHAKE));
      }
    };
    const settle = (line: string | undefined) => {
      child.stdout.off("data", take);
      resolve(line);
    };
    child.stdout.on("data", take);
    void child.ended.then(() => settle(undefined));
  });
}

class ConnectedPlugin implements RunningPlugin {
  readonly part: PluginPart;
  readonly pid: number;
  readonly broker: Broker;
  readonly #started: Started;
  readonly #main: Promise<RpcClient>;
  #closing: Promise<void> | undefined;

  constructor(started: Started, socket: Duplex) {
    this.#started = started;
    this.part = started.part;
    this.pid = started.child.pid;
    this.broker = new Broker(socket, "client", started.world.host.clock);
    this.#main = this.broker.dial(MAIN_STREAM).then((stream) => new RpcClient(stream));
    this.#main.catch(() => {});
    // What a plugin prints after its introduction is meant for nobody.
    started.child.stdout.resume();
  }

  call(method: string, argument?: unknown): Promise<unknown> {
    return this.#explained(async () => (await this.#main).call(method, argument));
  }

  async ask(method: string, argument?: unknown): Promise<unknown> {
    const { world, child } = this.#started;
    const tooLate = new Error("too late");
    try {
      return await world.host.clock.within(
        ANSWER_LIMIT,
        world.signal,
        () => this.call(method, argument),
        () => tooLate,
      );
    } catch (thrown) {
      if (thrown !== tooLate && world.signal?.aborted !== true) {
        throw thrown;
      }
      child.kill("SIGKILL");
      throw thrown === tooLate
        ? await explainEnd(
            this.#started,
            "plugin/silent",
            `did not answer within two minutes when it was asked for ${method}`,
          )
        : thrown;
    }
  }

  async dial(id: number): Promise<PluginService> {
    const client = new RpcClient(await this.#explained(() => this.broker.dial(id)));
    return {
      call: (method, argument) => this.#explained(() => client.call(method, argument)),
      close: () => client.close(),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { child, words, world } = this.#started;
    this.broker.session.close();
    const { clock } = world.host;
    await clock
      .within(
        END_LIMIT,
        undefined,
        () => child.ended,
        () => new Error("too late"),
      )
      .catch(() => child.kill("SIGKILL"));
    await words.close();
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw await this.#explain(thrown);
    } finally {
      void this.#started.words.read();
    }
  }

  async #explain(thrown: unknown): Promise<unknown> {
    if (thrown instanceof RpcFault || thrown instanceof BuildError || this.#closing !== undefined) {
      return thrown;
    }
    const { child, world } = this.#started;
    const hasEnded = await world.host.clock
      .within(
        LAST_WORDS,
        undefined,
        () => child.ended,
        () => new Error("too late"),
      )
      .then(
        () => true,
        () => false,
      );
    const how = hasEnded ? "ended in the middle of its work" : `stopped answering: ${readMessage(thrown)}`;
    return explainEnd(this.#started, "plugin/crashed", how);
  }
}

async function explainEnd({ part, words }: Started, code: string, what: string): Promise<BuildError> {
  const said = pickLastWords(await words.read());
  return failure("environment", code, `The plugin ${part.title} ${what}`, {
    detail: [`It was started for its ${part.kind} "${part.name}".`, ...said].join("\n"),
    hint: `Look for a newer version of the plugin, or run "${part.path} describe" to see whether it starts at all.`,
  });
}

/** What a Go program says when it crashes, else the last lines. */
function pickLastWords(lines: readonly string[]): readonly string[] {
  const panic = lines.findIndex((line) => /^(panic|fatal error|runtime error)\b/.test(line));
  const words = panic === -1 ? lines.slice(-5) : lines.slice(panic, panic + 1);
  return words.length === 0 ? [] : ["It said last:", ...words.map((line) => `  ${line}`)];
}

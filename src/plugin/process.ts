// A running plugin: one process that serves one component, until its connection is closed.
import type { Duplex, Readable } from "node:stream";
import { type BuildError, failure, readMessage } from "../diagnostic/build-error.ts";
import type { Clock, Host, Network, RunningProcess } from "../host/host.ts";
import { Broker, MAIN_STREAM } from "./wire/broker.ts";
import { type Address, readHandshake } from "./wire/handshake.ts";
import { RpcClient, RpcFault } from "./wire/rpc.ts";

/** Milliseconds from the start of a plugin to its introduction. */
const START_LIMIT = 60_000;
/** Milliseconds that a plugin gets to end by itself once its connection is closed: it removes its machine in that time. */
const END_LIMIT = 30_000;
/** Lines of what a plugin said that are kept for the message about its end. */
const KEPT_LINES = 400;
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
  readonly host: Pick<Host, "clock" | "network" | "processes">;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
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
  const encoding = part.usesProtobuf ? ["--protobuf"] : [];
  const running = await world.host.processes.start([part.path, "start", part.kind, ...encoding, part.name], {
    stdin: "ignore",
    env: { ...world.env, ...COOKIE },
  });
  const said = listen(running.stderr, world.log);
  try {
    const socket = await connect(running, part, said, world);
    return serve(part, running, socket, said, world.host.clock);
  } catch (thrown) {
    running.kill("SIGKILL");
    throw thrown;
  }
}

async function connect(running: RunningProcess, part: PluginPart, said: Said, world: PluginWorld): Promise<Duplex> {
  const { clock, network } = world.host;
  const late = () =>
    pluginFailure(part, said, "plugin/silent", "was started and did not introduce itself within a minute");
  const line = await clock.within(START_LIMIT, world.signal, () => readFirstLine(running), late);
  if (line === undefined) {
    await Promise.race([running.ended, clock.sleep(1_000)]);
    throw pluginFailure(part, said, "plugin/exited", "ended before it could be spoken to");
  }
  const address = readHandshake(line, part.title);
  return await dial(network, address, part, said, clock);
}

async function dial(network: Network, to: Address, part: PluginPart, said: Said, clock: Clock): Promise<Duplex> {
  const name = "path" in to ? to.path : `${to.host}:${to.port}`;
  const late = () => new Error("nothing answers");
  try {
    return await clock.within(START_LIMIT, undefined, (signal) => network.connect(to, signal), late);
  } catch (thrown) {
    throw pluginFailure(part, said, "plugin/unreachable", `listens at ${name}, it says, but ${readMessage(thrown)}`);
  }
}

function serve(part: PluginPart, running: RunningProcess, socket: Duplex, said: Said, clock: Clock): RunningPlugin {
  const broker = new Broker(socket, "client", clock);
  // What a plugin prints after its introduction is meant for nobody.
  running.stdout.resume();
  const main = broker.dial(MAIN_STREAM).then((stream) => new RpcClient(stream));
  main.catch(() => {});
  const explain = async (thrown: unknown): Promise<unknown> => {
    if (thrown instanceof RpcFault || isExplained(thrown)) {
      return thrown;
    }
    await Promise.race([running.ended, broker.session.ended, clock.sleep(0)]);
    const ended = await Promise.race([running.ended, clock.sleep(1_000)]);
    const how = ended === undefined ? `stopped answering (${readMessage(thrown)})` : "ended in the middle of its work";
    return pluginFailure(part, said, "plugin/crashed", how);
  };
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      throw await explain(thrown);
    }
  };
  const dial = async (id: number): Promise<PluginService> => {
    const client = new RpcClient(await explained(() => broker.dial(id)));
    return {
      call: (method, argument) => explained(() => client.call(method, argument)),
      close: () => client.close(),
    };
  };
  const close = async (): Promise<void> => {
    broker.session.close();
    const ended = await Promise.race([running.ended, clock.sleep(END_LIMIT)]);
    if (ended === undefined) {
      running.kill("SIGKILL");
    }
  };
  const call = (method: string, argument?: unknown) => explained(async () => (await main).call(method, argument));
  return { part, broker, call, dial, close, pid: running.pid };
}

function isExplained(thrown: unknown): thrown is BuildError {
  return thrown instanceof Error && thrown.name === "BuildError";
}

/** The last lines of what a plugin said. */
interface Said {
  readonly lines: string[];
}

function listen(stream: Readable, log: (line: string) => void): Said {
  const said: Said = { lines: [] };
  let rest = "";
  const take = (line: string) => {
    said.lines.push(line);
    if (said.lines.length > KEPT_LINES) {
      said.lines.shift();
    }
    log(line);
  };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, 64 * 1024);
    for (const line of lines) {
      take(line.trimEnd());
    }
  });
  stream.on("end", () => rest !== "" && take(rest));
  return said;
}

/** The line with which a plugin introduces itself; `undefined` when it ends without one. */
function readFirstLine(running: RunningProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const take = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes("\n") || text.length > LONGEST_HANDSHAKE) {
        settle(text.split("\n")[0]?.slice(0, LONGEST_HANDSHAKE));
      }
    };
    const settle = (line: string | undefined) => {
      running.stdout.off("data", take);
      resolve(line);
    };
    running.stdout.on("data", take);
    void running.ended.then(() => settle(undefined));
  });
}

function pluginFailure(part: PluginPart, { lines }: Said, code: string, what: string): BuildError {
  const where = `${part.kind} "${part.name}"`;
  return failure("environment", code, `The plugin ${part.title} ${what}`, {
    detail: [`It was started for its ${where}.`, ...readLastWords(lines)].join("\n"),
    hint: `Look for a newer version of the plugin, or run "${part.path} describe" to see whether it starts at all.`,
  });
}

/** What a Go program says when it crashes, else the last lines. */
function readLastWords(lines: readonly string[]): readonly string[] {
  const panic = lines.findIndex((line) => /^(panic|fatal error|runtime error)\b/.test(line));
  const words = panic === -1 ? lines.slice(-5) : lines.slice(panic, panic + 1);
  return words.length === 0 ? [] : ["It said last:", ...words.map((line) => `  ${line}`)];
}

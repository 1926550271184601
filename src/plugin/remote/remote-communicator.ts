// A plugin's connection to its machine, as ours.
import type { Duplex } from "node:stream";
import type { GeneratedData } from "../../sdk/artifact.ts";
import {
  type CommandEnd,
  type CommandIo,
  type Communicator,
  DISCONNECTED_STATUS,
  type FolderTransfer,
  type UploadSource,
} from "../../sdk/communicator.ts";
import type { PluginService } from "../process.ts";
import type { Broker } from "../wire/broker.ts";
import { readExitStatus } from "../wire/exit-status.ts";

/** Bytes that tell how a command ended; more is something else. */
const LONGEST_END = 4096;

/** What is between us and the machine. */
export interface CommunicatorLink {
  readonly broker: Broker;
  readonly client: PluginService;
  readonly generated: GeneratedData;
}

/** The connection that a plugin serves while its hook runs. */
export class RemoteCommunicator implements Communicator {
  readonly type: string;
  readonly generated: GeneratedData;
  readonly #broker: Broker;
  readonly #client: PluginService;

  constructor({ broker, client, generated }: CommunicatorLink) {
    this.#broker = broker;
    this.#client = client;
    this.generated = generated;
    const type = generated["ConnType"];
    this.type = typeof type === "string" && type !== "" ? type : "plugin";
  }

  async exec(command: string, io: CommandIo, signal: AbortSignal): Promise<CommandEnd> {
    signal.throwIfAborted();
    const streams = [io.stdin, io.stdout, io.stderr, "end"].map((wanted) => (wanted === undefined ? 0 : this.#offer()));
    const [stdin, stdout, stderr, end] = streams.map((one) => (one === 0 ? undefined : one));
    const cleanUp = closeOnAbort(signal, [stdin, stdout, stderr, end]);
    try {
      await this.#client.call("Communicator.Start", {
        Command: command,
        StdinStreamId: stdin?.id ?? 0,
        StdoutStreamId: stdout?.id ?? 0,
        StderrStreamId: stderr?.id ?? 0,
        ResponseStreamId: end?.id ?? 0,
      });
      // Only when both outputs are over is the end of the command told for certain.
      const [status] = await Promise.all([
        readEnd(await end?.stream),
        readOutput(await stdout?.stream, (chunk) => io.stdout(chunk)),
        readOutput(await stderr?.stream, (chunk) => io.stderr(chunk)),
        writeInput(stdin?.stream, io.stdin),
      ]);
      signal.throwIfAborted();
      return status === undefined || status === DISCONNECTED_STATUS
        ? { end: "disconnected" }
        : { end: "exited", code: status };
    } finally {
      cleanUp();
    }
  }

  async upload(source: UploadSource, remotePath: string, signal: AbortSignal): Promise<void> {
    const reader = this.#offer();
    const cleanUp = closeOnAbort(signal, [reader]);
    const { mode, modified, size } = source;
    const name = remotePath.slice(remotePath.lastIndexOf("/") + 1);
    const facts = { N: name, S: size ?? 0, M: mode ?? 0, T: new Date(modified ?? 0) };
    try {
      await Promise.all([
        this.#client.call("Communicator.Upload", {
          Path: remotePath,
          ReaderStreamId: reader.id,
          FileInfo: mode === undefined ? null : facts,
        }),
        writeInput(reader.stream, source.content, source.onProgress),
      ]);
      signal.throwIfAborted();
    } finally {
      cleanUp();
    }
  }

  async uploadDir(from: string, to: string, signal: AbortSignal, transfer: FolderTransfer = {}): Promise<void> {
    signal.throwIfAborted();
    await this.#client.call("Communicator.UploadDir", { Dst: to, Src: from, Exclude: transfer.exclude ?? null });
    signal.throwIfAborted();
  }

  async *download(remotePath: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const writer = this.#offer();
    const cleanUp = closeOnAbort(signal, [writer]);
    try {
      const done = this.#client.call("Communicator.Download", { Path: remotePath, WriterStreamId: writer.id });
      done.catch(() => {});
      // A file that cannot be read gives an empty stream and says why in its answer.
      yield* await Promise.race([writer.stream, done.then(() => writer.stream)]);
      await done;
      signal.throwIfAborted();
    } finally {
      cleanUp();
    }
  }

  async downloadDir(from: string, to: string, signal: AbortSignal, transfer: FolderTransfer = {}): Promise<void> {
    signal.throwIfAborted();
    await this.#client.call("Communicator.DownloadDir", { Dst: to, Src: from, Exclude: transfer.exclude ?? null });
    signal.throwIfAborted();
  }

  /** The plugin opened it and closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #offer(): Offered {
    const id = this.#broker.nextId();
    const stream = this.#broker.accept(id);
    stream.catch(() => {});
    return { id, stream };
  }
}

/** A stream that the plugin is going to dial. */
interface Offered {
  readonly id: number;
  readonly stream: Promise<Duplex>;
}

function closeOnAbort(signal: AbortSignal, offered: readonly (Offered | undefined)[]): () => void {
  const close = () => {
    for (const one of offered) {
      one?.stream.then((stream) => stream.destroy()).catch(() => {});
    }
  };
  signal.addEventListener("abort", close, { once: true });
  return () => {
    signal.removeEventListener("abort", close);
    close();
  };
}

async function readOutput(
  stream: Duplex | undefined,
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  for await (const chunk of stream ?? []) {
    await take(chunk as Uint8Array);
  }
}

async function readEnd(stream: Duplex | undefined): Promise<number | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length > LONGEST_END) {
      break;
    }
  }
  return readExitStatus(Buffer.concat(chunks));
}

/** A command may end before it has read everything: what is left then is nobody's loss. */
async function writeInput(
  offered: Promise<Duplex> | undefined,
  content: AsyncIterable<Uint8Array> | undefined,
  told?: (bytes: number) => void,
): Promise<void> {
  const stream = await offered;
  if (stream === undefined) {
    return;
  }
  for await (const chunk of content ?? []) {
    if (!stream.writable) {
      return;
    }
    await new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
    told?.(chunk.length);
  }
  stream.end();
}

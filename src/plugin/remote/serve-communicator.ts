// Our connection to a machine, served to a provisioner that lives in a plugin.
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Clock } from "../../host/host.ts";
import { type CommandEnd, type Communicator, DISCONNECTED_STATUS } from "../../sdk/communicator.ts";
import type { Broker } from "../wire/broker.ts";
import { writeExitStatus } from "../wire/exit-status.ts";
import { type RpcService, readField, readText } from "../wire/rpc.ts";
import { readId, readTexts } from "./plain-data.ts";

/** Milliseconds after which a command that has not failed yet counts as started. */
const STARTED = 250;

/** The permission bits of a Go file mode, which are those of Unix. */
const PERMISSIONS = 0o777;

export function serveCommunicator(
  communicator: Communicator,
  broker: Broker,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): RpcService {
  return {
    Start: (wanted) => startCommand(communicator, broker, wanted, { clock, signal }),
    Upload: async (wanted) => {
      const content = await broker.dial(readId(readField(wanted, "ReaderStreamId")));
      const facts = readField(wanted, "FileInfo");
      const mode = readField(facts, "M");
      const size = readField(facts, "S");
      const modified = readField(facts, "T");
      const source = {
        content,
        mode: typeof mode === "number" ? mode & PERMISSIONS : undefined,
        size: typeof size === "number" ? size : undefined,
        modified: modified instanceof Date ? modified.getTime() : undefined,
      };
      await communicator.upload(source, readText(readField(wanted, "Path")), signal);
    },
    UploadDir: (wanted) => {
      const exclude = readTexts(readField(wanted, "Exclude"));
      const [from, to] = [readText(readField(wanted, "Src")), readText(readField(wanted, "Dst"))];
      return communicator.uploadDir(from, to, signal, { exclude });
    },
    Download: async (wanted) => {
      const to = await broker.dial(readId(readField(wanted, "WriterStreamId")));
      const content = communicator.download(readText(readField(wanted, "Path")), signal);
      await pipeline(Readable.from(content, { objectMode: false }), to);
    },
    DownloadDir: (wanted) => {
      const exclude = readTexts(readField(wanted, "Exclude"));
      const [from, to] = [readText(readField(wanted, "Src")), readText(readField(wanted, "Dst"))];
      return communicator.downloadDir(from, to, signal, { exclude });
    },
  };
}

/** Ends when the command runs; its end goes over a stream of its own. */
async function startCommand(
  communicator: Communicator,
  broker: Broker,
  wanted: unknown,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const dial = async (name: string): Promise<Duplex | undefined> => {
    const id = readId(readField(wanted, name));
    return id === 0 ? undefined : broker.dial(id);
  };
  const stdin = await dial("StdinStreamId");
  const stdout = await dial("StdoutStreamId");
  const stderr = await dial("StderrStreamId");
  const response = await dial("ResponseStreamId");
  const command = readText(readField(wanted, "Command"));
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const put = async (to: Duplex | undefined, chunk: Uint8Array): Promise<void> => {
    begin();
    if (to?.writable === true) {
      await new Promise<void>((resolve) => to.write(chunk, () => resolve()));
    }
  };
  const io = {
    stdin,
    stdout: (chunk: Uint8Array) => put(stdout, chunk),
    stderr: (chunk: Uint8Array) => put(stderr, chunk),
  };
  const ended = communicator.exec(command, io, signal);
  const tell = (status: number) => {
    stdout?.end();
    stderr?.end();
    stdin?.destroy();
    response?.end(writeExitStatus(status));
  };
  const over = ended.then(
    (end) => tell(asStatus(end)),
    (thrown: unknown) => {
      stderr?.write(`${readMessage(thrown)}\n`);
      tell(DISCONNECTED_STATUS);
    },
  );
  // Nobody says when a command has started: when it says something, or ends, or nothing went wrong for a moment.
  await Promise.race([begun, ended, clock.sleep(STARTED)]);
  void over;
}

function asStatus(end: CommandEnd): number {
  return end.end === "exited" ? end.code : DISCONNECTED_STATUS;
}

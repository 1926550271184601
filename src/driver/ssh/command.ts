// Runs commands over a connection.
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { ClientChannel, ExecOptions } from "ssh2";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { SshConnection } from "./connection.ts";
import { notDoneWithin } from "./deadline.ts";
import { countGarbage } from "./garbage.ts";
import { formatAddress } from "./route.ts";

/** How a command ended; `disconnected` when no exit status came. */
export type SshCommandEnd = { readonly end: "exited"; readonly code: number } | { readonly end: "disconnected" };

/** A command under way. Both output streams must be read to the end. */
export interface SshCommand {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the command has ended and its output was read. Never rejects. */
  readonly ended: Promise<SshCommandEnd>;
  /** Sends a chunk to the command's standard input; settles when the connection has room for more. */
  send(chunk: Uint8Array): Promise<void>;
  /** Ends the command's session at once. */
  close(): void;
}

const SESSION_TIMEOUT = 60_000;
/** Bytes that may wait in the socket before a sender has to wait too. */
const SOCKET_ROOM = 256 * 1024;

// As Packer 1.6.6: a terminal of 40 lines and 80 columns that does not echo.
const terminal = {
  term: "xterm",
  rows: 40,
  cols: 80,
  height: 320,
  width: 640,
  modes: { ECHO: 0, TTY_OP_ISPEED: 14400, TTY_OP_OSPEED: 14400 },
};

/** Starts a command in a session of its own. Throws when the session or the command cannot be started. */
export async function startCommand(
  connection: SshConnection,
  command: string,
  options: { pty?: boolean | undefined } = {},
): Promise<SshCommand> {
  const open = (forward: boolean): Promise<SshCommand> =>
    openSession(
      connection,
      (done) =>
        connection.client.exec(
          command,
          { pty: options.pty ? terminal : undefined, agentForward: forward ? true : undefined } as ExecOptions,
          done,
        ),
      (channel: ClientChannel) => openCommand(connection, channel),
    );
  if (!connection.agentForwarding) {
    return open(false);
  }
  try {
    return await open(true);
  } catch (thrown) {
    // Forwarding is a convenience: a server that forbids it still runs the command.
    if (!connection.isOpen) {
      throw thrown;
    }
    connection.agentForwarding = false;
    return open(false);
  }
}

/**
 * Opens a session through one of the library's calls, within a limit of time. `adopt` is called before anything else from
 * the server is looked at: the end of a short command can arrive together with the news that it was started.
 */
export async function openSession<S, T>(
  connection: SshConnection,
  open: (done: (error: Error | undefined, session: S) => void) => void,
  adopt: (session: S) => T,
): Promise<T> {
  try {
    const openOrLose = async (): Promise<T> => {
      const opened = new Promise<T>((resolve, reject) =>
        open((error, session) => (error ? reject(error) : resolve(adopt(session)))),
      );
      opened.catch(() => {});
      const lost = connection.ended.then((reason) => Promise.reject(reason ?? new Error("the connection was closed")));
      lost.catch(() => {});
      return await Promise.race([opened, lost]);
    };
    return await connection.host.clock.within(SESSION_TIMEOUT, undefined, openOrLose, notDoneWithin(SESSION_TIMEOUT));
  } catch (thrown) {
    const { host, port } = connection.target;
    const where = formatAddress(host, port);
    throw failure("network", "communicator/ssh-session", `${where} opened no session`, {
      detail: readMessage(thrown),
      hint: connection.isOpen
        ? "Check `MaxSessions`, `ForceCommand` and the account's shell on the server."
        : "The connection was lost: the machine may be rebooting.",
      cause: thrown,
    });
  }
}

function openCommand(connection: SshConnection, channel: ClientChannel): SshCommand {
  let status: SshCommandEnd = { end: "disconnected" };
  channel.on("exit", (code: number | null, signal?: string) => {
    status = { end: "exited", code: code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0) };
  });
  channel.on("error", () => {});
  const closed = new Promise<void>((resolve) => channel.once("close", () => resolve()));
  const errorsRead = new Promise<void>((resolve) => {
    channel.stderr.once("end", resolve).once("close", resolve);
  });
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended: closed.then(() => errorsRead).then(() => status),
    send: openSender(connection, channel),
    close() {
      terminate(channel);
      channel.close();
    },
  };
}

/** Asks the server to end the command. The library does not, once the command's input has ended; the protocol does not mind. */
function terminate(channel: ClientChannel): void {
  const { outgoing, _client: client } = channel as unknown as {
    readonly outgoing: { readonly id: number; readonly state: string };
    readonly _client: { readonly _protocol: { signal(id: number, name: string): void } };
  };
  if (outgoing.state === "open" || outgoing.state === "eof") {
    client._protocol.signal(outgoing.id, "TERM");
  }
}

function openSender(connection: SshConnection, channel: ClientChannel): (chunk: Uint8Array) => Promise<void> {
  const { stream } = connection;
  // One listener for all chunks: a promise per chunk on the same end would pile up over a large file.
  let giveUp: (() => void) | undefined;
  let broken = false;
  const breakPipe = (): void => {
    broken = true;
    giveUp?.();
  };
  // The channel's own "close" waits until its output was read, which a sender may not do.
  channel.once("exit", breakPipe).once("close", breakPipe);
  connection.client.once("close", breakPipe);
  channel.once("close", () => connection.client.off("close", breakPipe));
  const untilBroken = (body: (done: () => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      giveUp = () => reject(new BrokenPipe());
      body(resolve);
    });
  return async (chunk) => {
    if (broken || !channel.writable) {
      throw new BrokenPipe();
    }
    countGarbage("sent", chunk.length);
    await untilBroken((done) => {
      // One chunk is many packets; together they cost one call of the system instead of one each.
      stream.cork();
      channel.write(chunk, () => done());
      stream.uncork();
    });
    // The library hands packets to the socket without waiting: a server with a large window would fill this process's memory.
    if (stream.writableLength > SOCKET_ROOM && stream.writableNeedDrain) {
      await untilBroken((done) => stream.once("drain", done));
    }
  };
}

/** The command no longer reads. */
export class BrokenPipe extends Error {
  constructor() {
    super("the remote program ended before it had read everything");
  }
}

// Runs one command on a machine in a shell of its own, from its start to the shell's end.
import { BuildError } from "../../diagnostic/build-error.ts";
import type { Received } from "./answer.ts";
import { isConnectionLoss, type WinrmClient } from "./client.ts";
import { isShellGone, WsmanFaultError } from "./fault.ts";

export interface CommandStreams {
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  stdout(chunk: Uint8Array): void | Promise<void>;
  stderr(chunk: Uint8Array): void | Promise<void>;
}

/** How a command ended: with its code, or with the machine gone. */
export type CommandOutcome = { readonly end: "exited"; readonly code: number } | { readonly end: "disconnected" };

/** Milliseconds that tidying up after a cancelled or lost command may take. */
const TIDY_LIMIT = 6_000;

/**
 * Runs a command line to its end. Every command has a shell of its own, so that it sees what earlier ones changed
 * in the machine's environment. Throws when the command could not be started.
 */
export async function runCommand(
  client: WinrmClient,
  commandLine: string,
  streams: CommandStreams,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  const shell = await client.createShell(signal);
  let command: string | undefined;
  try {
    command = await client.start(shell, commandLine, streams.stdin !== undefined, signal);
    return await converse(client, { shell, command }, streams, signal);
  } catch (thrown) {
    if (signal.aborted && command !== undefined) {
      await tidy(client, (inner) => client.terminate(shell, command as string, inner));
    }
    throw thrown;
  } finally {
    await tidy(client, (inner) => client.deleteShell(shell, inner));
  }
}

/** A started command and the shell it runs in. */
export interface RunningCommand {
  readonly shell: string;
  readonly command: string;
}

async function converse(
  client: WinrmClient,
  running: RunningCommand,
  streams: CommandStreams,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  if (streams.stdin === undefined) {
    return followOutput(client, running, streams, signal);
  }
  const ended = new AbortController();
  const sending = sendAll(client, running, streams.stdin, AbortSignal.any([signal, ended.signal]));
  // The command may end without reading all of its input; then what could not be sent does not matter.
  const broken = new Promise<never>((_, reject) => {
    sending.catch((thrown) => (isCommandsEnd(thrown) ? undefined : reject(thrown)));
  });
  broken.catch(() => {});
  try {
    return await Promise.race([followOutput(client, running, streams, signal), broken]);
  } finally {
    ended.abort();
  }
}

function isCommandsEnd(thrown: unknown): boolean {
  return thrown instanceof WsmanFaultError || isConnectionLoss(thrown);
}

async function sendAll(
  client: WinrmClient,
  running: RunningCommand,
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const limit = await client.sendLimit(signal);
  let held: Uint8Array = new Uint8Array();
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length; at += limit) {
      if (held.length > 0) {
        await client.send(running.shell, running.command, { data: held, end: false }, signal);
      }
      held = chunk.subarray(at, at + limit);
    }
  }
  await client.send(running.shell, running.command, { data: held, end: true }, signal);
}

/** Hands over output until the command is done. */
export async function followOutput(
  client: WinrmClient,
  { shell, command }: RunningCommand,
  streams: Pick<CommandStreams, "stdout" | "stderr">,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  for (;;) {
    const received = await receiveAgain(client, { shell, command }, signal);
    if (received === "gone") {
      return { end: "disconnected" };
    }
    for (const { stream, data } of received?.pieces ?? []) {
      if (data.length > 0) {
        await streams[stream](data);
      }
    }
    const done = received?.done;
    if (done !== undefined) {
      return done.exitCode === undefined ? { end: "disconnected" } : { end: "exited", code: done.exitCode };
    }
  }
}

/** One Receive. Shells outlive connections: after a lost one it is asked once more before the machine counts as gone. */
async function receiveAgain(
  client: WinrmClient,
  { shell, command }: RunningCommand,
  signal: AbortSignal,
): Promise<Received | "gone" | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await client.receive(shell, command, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof WsmanFaultError && isShellGone(thrown.fault)) {
        return "gone";
      }
      if (!isConnectionLoss(thrown)) {
        throw thrown;
      }
      if (tries === 2) {
        return "gone";
      }
    }
  }
}

/** Cleans up without caring how that goes: the machine may be gone, and it deletes idle shells by itself. */
export async function tidy(client: WinrmClient, body: (signal: AbortSignal) => Promise<void>): Promise<void> {
  let isLate = false;
  const late = (): Error => {
    isLate = true;
    return new Error("Tidying up took too long");
  };
  try {
    await client.host.clock.within(TIDY_LIMIT, undefined, body, late);
  } catch (thrown) {
    if (!(thrown instanceof BuildError) && !isLate) {
      throw thrown;
    }
  }
}

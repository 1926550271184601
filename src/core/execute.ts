// A remote command whose output the user sees as it comes.
import type { Clock, LineCuts } from "../host/host.ts";
import type { CommandEnd, CommandIo, Communicator } from "../sdk/communicator.ts";
import type { Ui } from "../sdk/run.ts";
import { untilCancelled } from "./cancel.ts";
import { splitOutput } from "./output-lines.ts";

/** Where a command runs. */
interface ExecuteContext {
  readonly ui: Pick<Ui, "message" | "error">;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Where a line that is far too long may be cut. */
  readonly cuts?: LineCuts | undefined;
}

/** Runs `command`; standard output becomes messages and standard error errors, unless `io` takes a stream for itself. */
export async function execute(
  communicator: Communicator,
  command: string,
  { ui, signal, clock, cuts }: ExecuteContext,
  io: Partial<CommandIo> = {},
): Promise<CommandEnd> {
  const messages = splitOutput((line) => ui.message(line), cuts);
  const errors = splitOutput((line) => ui.error(line), cuts);
  const streams: CommandIo = {
    stdout: io.stdout ?? ((chunk) => messages.write(chunk)),
    stderr: io.stderr ?? ((chunk) => errors.write(chunk)),
    stdin: io.stdin,
  };
  // A connection may take its time to notice that it was cancelled; nobody waits for that.
  const gate = openGateStreams(streams);
  try {
    return await untilCancelled(communicator.exec(command, gate.io, signal), signal, clock);
  } finally {
    gate.close();
    messages.end();
    errors.end();
  }
}

/** Drops what arrives after the command is over for us. */
function openGateStreams(streams: CommandIo): { io: CommandIo; close(): void } {
  let open = true;
  return {
    io: {
      stdout: (chunk) => (open ? streams.stdout(chunk) : undefined),
      stderr: (chunk) => (open ? streams.stderr(chunk) : undefined),
      stdin: streams.stdin,
    },
    close: () => {
      open = false;
    },
  };
}

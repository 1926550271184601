// QEMU's control socket, QMP: one JSON object a line (https://www.qemu.org/docs/master/interop/qmp-spec.html).
import { createInterface } from "node:readline";
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";

/** An open control socket. */
export interface Qmp {
  /** Runs one command and gives what it returns; throws with QEMU's words when it refuses. */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

interface Answer {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly desc?: string | undefined };
}

/** Connects to the socket at `path` and agrees on what both sides can do. */
export async function connectQmp(network: Host["network"], path: string, signal: AbortSignal): Promise<Qmp> {
  const socket = await network.connect({ path }, signal);
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  let broken: unknown;
  socket.on("error", (error) => {
    broken = error;
  });
  const close = (): void => {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  };
  const answer = async (): Promise<Answer> => {
    for (;;) {
      const line = await lines.next().catch((thrown: unknown) => {
        broken = thrown;
        return { done: true } as const;
      });
      signal.throwIfAborted();
      if (line.done === true) {
        throw explainLoss(broken);
      }
      const said = JSON.parse(line.value) as Answer;
      // Everything else is an event.
      if ("QMP" in said || "return" in said || "error" in said) {
        return said;
      }
    }
  };
  const execute = async (command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    const said = await answer();
    if (said.error !== undefined) {
      throw failure("environment", "qemu/control", `QEMU refused the command "${command}"`, {
        detail: said.error.desc ?? "",
      });
    }
    return said.return;
  };
  try {
    await answer();
    await execute("qmp_capabilities");
    return { execute, close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

function explainLoss(broken: unknown): Error {
  return failure(
    "environment",
    "qemu/control",
    "QEMU closed its control socket",
    broken === undefined ? {} : { detail: readMessage(broken) },
  );
}

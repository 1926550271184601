// QEMU's control socket, QMP: one JSON object a line (https://www.qemu.org/docs/master/interop/qmp-spec.html).
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { ByteReader } from "../stream/byte-reader.ts";

/** Milliseconds until an answer. QEMU gives it between two turns of the machine. */
const PATIENCE = 60_000;

/** An open control socket. */
export interface Qmp {
  /** Runs one command and gives what it returns; throws with QEMU's words when it refuses. */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

/** Something that happened by itself, such as `STOP` or `BLOCK_IO_ERROR`. */
export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

interface Answer {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly desc?: string | undefined };
}

/** Connects to the socket at `path` and agrees on what both sides can do. Events are told as they come, until it is closed. */
export async function connectQmp(
  { network, clock }: Pick<Host, "network" | "clock">,
  path: string,
  signal: AbortSignal,
  onEvent: (event: QmpEvent) => void = () => {},
): Promise<Qmp> {
  const socket = await network.connect({ path }, signal);
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  // The reader tells of errors; one that comes after it must not be nobody's.
  socket.on("error", () => {});
  const answers = new Answers();
  void answers.readAll(new ByteReader(socket), onEvent);
  const close = (): void => {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  };
  const nextAnswer = async (): Promise<Answer> => {
    try {
      return await clock.within(PATIENCE, signal, () => answers.next(), explainSilence);
    } catch (thrown) {
      signal.throwIfAborted();
      throw explainLoss(thrown);
    }
  };
  const execute = async (command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const answered = nextAnswer();
    socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    const said = await answered;
    if (said.error !== undefined) {
      throw failure("environment", "qemu/control", `QEMU refused the command "${command}"`, {
        detail: said.error.desc ?? "",
      });
    }
    return said.return;
  };
  try {
    await nextAnswer();
    await execute("qmp_capabilities");
    return { execute, close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

/** What comes is handed to those who wait for it, in order. */
class Answers {
  readonly #waiting: { resolve(said: Answer): void; reject(thrown: unknown): void }[] = [];
  readonly #early: Answer[] = [];
  #end: { readonly because: unknown } | undefined;

  next(): Promise<Answer> {
    const early = this.#early.shift();
    if (early !== undefined) {
      return Promise.resolve(early);
    }
    if (this.#end !== undefined) {
      return Promise.reject(this.#end.because);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async readAll(reader: ByteReader, onEvent: (event: QmpEvent) => void): Promise<void> {
    try {
      for (;;) {
        const said = parseAnswer(await reader.line());
        if ("QMP" in said || "return" in said || "error" in said) {
          this.#give(said);
        } else if ("event" in said && typeof said.event === "string") {
          onEvent(said as QmpEvent);
        }
      }
    } catch (thrown) {
      this.#end = { because: thrown };
      for (const { reject } of this.#waiting.splice(0)) {
        reject(thrown);
      }
    }
  }

  #give(said: Answer): void {
    const first = this.#waiting.shift();
    if (first === undefined) {
      this.#early.push(said);
    } else {
      first.resolve(said);
    }
  }
}

function parseAnswer(line: string): Answer {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) {
      return value;
    }
  } catch {
    // Told below.
  }
  throw new Error(`it said something that is not QMP: ${JSON.stringify(line.slice(0, 100))}`);
}

function explainSilence(): Error {
  return new Error(`it did not answer within ${PATIENCE / 1000} s`);
}

function explainLoss(thrown: unknown): Error {
  return failure("environment", "qemu/control", "QEMU cannot be talked to over its control socket", {
    detail: readMessage(thrown),
    cause: thrown,
  });
}

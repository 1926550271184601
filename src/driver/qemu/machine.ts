// A running QEMU program.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host, ProcessEnd } from "../../host/host.ts";

/** A machine, from the moment its program was started. */
export interface Machine {
  readonly pid: number;
  /** Settles when the program has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Aborted, with a failure that says why as its reason, when the program has ended. */
  readonly gone: AbortSignal;
  /** What the program said last. */
  words(): string;
}

const KEEP = 4096;

/** Starts the program. What it says is kept for a failure. */
export async function startMachine(
  host: Pick<Host, "processes" | "cwd">,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<Machine> {
  const running = await host.processes.start(command, { stdin: "ignore", cwd: host.cwd, env });
  let said = "";
  const listen = (chunk: Uint8Array): void => {
    said = (said + Buffer.from(chunk).toString("utf8")).slice(-KEEP);
  };
  running.stdout.on("data", listen);
  running.stderr.on("data", listen);
  const words = (): string => said.trim();
  const gone = new AbortController();
  const ended = running.ended.then((end) => {
    gone.abort(endedFailure(end, words()));
    return end;
  });
  return { pid: running.pid, ended, gone: gone.signal, words };
}

function endedFailure({ code, signal }: ProcessEnd, words: string): Error {
  const how =
    signal === undefined ? (code === 0 ? "It was switched off." : `QEMU ended with status ${code}.`) : `QEMU was ended by ${signal}.`;
  return failure("environment", "qemu/ended", "The machine is not running any more", {
    detail: words === "" ? how : `${how} It said:\n${words}`,
  });
}

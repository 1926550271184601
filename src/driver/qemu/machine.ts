// A running QEMU program.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host, ProcessEnd } from "../../host/host.ts";

/** A program, from the moment it was started. */
export interface Program {
  readonly pid: number;
  /** Settles when the program has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** What the program said last. */
  words(): string;
}

/** The program of a machine. */
export interface Machine extends Program {
  /** Aborted, with a failure that says why as its reason, when the program has ended. */
  readonly gone: AbortSignal;
}

const KEEP = 4096;

type Command = readonly [string, ...string[]];

/** Starts a program. What it says is kept for a failure. */
export async function startProgram(
  host: Pick<Host, "processes" | "cwd">,
  command: Command,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const { pid, stdout, stderr, ended } = await host.processes.start(command, { stdin: "ignore", cwd: host.cwd, env });
  let said = "";
  const listen = (chunk: Uint8Array): void => {
    said = (said + Buffer.from(chunk).toString("utf8")).slice(-KEEP);
  };
  stdout.on("data", listen);
  stderr.on("data", listen);
  return { pid, ended, words: () => said.trim() };
}

/** Starts the program of a machine. */
export async function startMachine(...how: Parameters<typeof startProgram>): Promise<Machine> {
  const program = await startProgram(...how);
  const gone = new AbortController();
  void program.ended.then((end) => gone.abort(reportEnd(end, program.words())));
  return { ...program, gone: gone.signal };
}

function reportEnd(end: ProcessEnd, words: string): Error {
  const how = describeEnd(end);
  return failure("environment", "qemu/ended", "The machine is not running any more", {
    detail: words === "" ? how : `${how} It said:\n${words}`,
  });
}

function describeEnd({ code, signal }: ProcessEnd): string {
  if (signal !== undefined) {
    return `QEMU was ended by ${signal}.`;
  }
  return code === 0 ? "It was switched off." : `QEMU ended with status ${code}.`;
}
